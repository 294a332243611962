/** What the protocol between copies of the package says of a scope. */
interface Scope {
  readonly open: boolean;
}

const ambient = (globalThis as unknown as Record<symbol, { readonly scope: Scope | undefined }>)[
  Symbol.for('rx-runner.ambient.1')
];

const waiters = new WeakMap<Scope, Waiter>();

/** The scope that is current, if it still waits for what registers. */
export function openScope(): Scope | undefined {
  return ambient?.scope?.open ? ambient.scope : undefined;
}

/** Whoever waits for what begins in the current scope. */
export function currentWaiter(): Waiter | undefined {
  const scope = openScope();
  return scope && waiters.get(scope);
}

/** One subscription to what waits for teardowns: what it should wait for, by the documentation, and whether it has ended. */
export class Waiter {
  readonly name: string;
  /** After how many milliseconds of its stop it ends, though not all has settled. */
  readonly grace: number | undefined;
  /** Whether it tells of the first failure alone. */
  tellsFirst = false;
  /** Whether it runs again after a failure, and forgets it when it is stopped meanwhile. */
  restarts = false;
  /** Whether what fails in it is a failure of a teardown, which waits for it. */
  isWork = false;
  /** Whether it is never cut off, as an acquisition: the end of a grace period does not reach it. */
  isUncut = false;
  /** Whether it has ended by itself, or was left. */
  state: 'running' | 'left' | 'ended' = 'running';
  leftAt: number | undefined;
  /** Who waits for it since it was left. */
  above: Waiter | undefined;
  readonly #home = ambient?.scope;

  constructor(name: string, grace?: number) {
    this.name = name;
    this.grace = grace;
  }

  /** The scope that is current is one of its own. */
  adopt(): void {
    if (ambient?.scope) waiters.set(ambient.scope, this);
  }

  /** The scope that is current is one of its own, if it is nobody else's. */
  adoptStranger(): void {
    if (ambient?.scope && !waiters.has(ambient.scope)) this.adopt();
  }

  /** A part of it that is waited for as it is: one of its members, one of its runs. */
  part(name: string): Waiter {
    const part = new Waiter(`${this.name}.${name}`);
    part.state = 'left';
    part.above = this;
    return part;
  }

  get graced(): boolean {
    return this.grace !== undefined;
  }

  /** Whether its grace period has been over for a while. */
  get isOver(): boolean {
    return this.leftAt !== undefined && this.leftAt + (this.grace ?? Infinity) < Date.now();
  }

  /** Whether it, or who waits for it, was left with nobody waiting. */
  get isForsaken(): boolean {
    const last = this.chain().at(-1);
    return last?.state === 'left' && !last.above;
  }

  end(): void {
    this.state = 'ended';
  }

  /** Its subscriber leaves: who waits is the current scope, else the one in which it was subscribed. */
  leave(): void {
    if (this.state !== 'running') return;
    this.state = 'left';
    this.leftAt = Date.now();
    const home = this.#home?.open ? this.#home : undefined;
    const scope = openScope() ?? home;
    const above = scope && waiters.get(scope);
    // one that would wait for itself is not waited for
    this.above = above && above.#isIn(this) ? undefined : above;
  }

  /** Whether `waiter` waits for it, or will: what goes on finds the way home. */
  #isIn(waiter: Waiter): boolean {
    return upwards(this, (each) => each.above ?? (each.#home && waiters.get(each.#home))).includes(waiter);
  }

  /** All that have to wait for what this waits for. */
  chain(): readonly Waiter[] {
    return upwards(this, ({ state, above }) => (state === 'left' ? above : undefined));
  }
}

function upwards(from: Waiter, next: (waiter: Waiter) => Waiter | undefined): readonly Waiter[] {
  const passed: Waiter[] = [];
  for (let each: Waiter | undefined = from; each && !passed.includes(each); each = next(each)) passed.push(each);
  return passed;
}
