import { Observable, tap, type MonoTypeOperatorFunction } from 'rxjs';
import type { TeardownContext } from '../../../src/index.js';
import { Failures } from './failures.js';
import { currentWaiter, Waiter } from './waiters.js';
import { VirtualClock } from './clock.js';

/** Something asynchronous that a teardown waits for. */
export interface Work {
  readonly name: string;
  readonly waiter: Waiter | undefined;
  readonly context: TeardownContext | undefined;
}

/** One subscription to a leaf. */
export interface Life {
  readonly name: string;
  /** Nothing but a stop ends it. */
  endless: boolean;
  torn: number;
  /** How often it may be torn down: once, unless it ends by itself in a moment in which it may be stopped as well. */
  readonly expected: () => readonly number[];
}

/** Everything that happens in one run of one program, and what must not. */
export class World {
  readonly failures = new Failures();
  readonly clock = new VirtualClock((error) => {
    this.failures.told(error, 'uncaught');
  });
  readonly violations: string[] = [];
  readonly pending = new Set<Work>();
  readonly lives: Life[] = [];
  /** Whether the stop is going on, in a call that nobody's scope was around. */
  private inStop = false;
  /** Stopped from within one of its own scopes, it waits for itself: who waits for whom is another matter then. */
  unclear = false;
  /** Who waits for whom among the users of a shared resource is its own matter. */
  shares = false;
  /** Called at each call of a callback, with its place. */
  onPoke: (place: string) => void = () => undefined;
  readonly aborts: AbortController[] = [];
  readonly root = new Waiter('root');
  readonly #checks: (() => void)[] = [];
  readonly #begunInStop: Work[] = [];

  wrong(what: string): void {
    this.violations.push(`${this.clock.now}: ${what}`);
  }

  /** To be called by each callback: the program may be stopped there. */
  poke(place: string): void {
    this.onPoke(place);
  }

  /** Something to be looked at when all is over. */
  atEnd(check: () => void): void {
    this.#checks.push(check);
  }

  checkEnd(): void {
    for (const check of this.#checks) check();
  }

  begin(name: string, waiter = currentWaiter(), context?: TeardownContext, isTeardown = true): Work {
    const work = { name, waiter, context };
    this.pending.add(work);
    if (isTeardown && this.inStop) this.#begunInStop.push(work);
    return work;
  }

  /** Stops the program in a call whose teardowns are all to be waited for. */
  duringStop(stop: () => void): void {
    this.inStop = true;
    stop();
    this.inStop = false;
    for (const work of this.#begunInStop)
      if (!this.unclear && !work.waiter?.chain().includes(this.root) && !this.#graced(work))
        this.wrong(`${work.name}, torn down by the stop, is waited for by ${chainOf(work.waiter)}`);
  }

  settle(work: Work): void {
    if (!this.pending.delete(work)) return;
    const over = this.#reaching(work).find(({ isOver }) => isOver);
    if (over && work.context?.signal.aborted === false)
      this.wrong(`${work.name} was not told that the grace period of ${over.name} is over`);
    if (this.#graced(work) || this.unclear) return;
    const ended = work.waiter?.chain().find(({ state }) => state === 'ended');
    if (ended) this.wrong(`${ended.name} ended before ${work.name} had settled (${chainOf(work.waiter)})`);
  }

  /** What `waiter` is to wait for. */
  pendingOf(waiter: Waiter): readonly Work[] {
    if (this.unclear) return [];
    return [...this.pending].filter((work) => work.waiter?.chain().includes(waiter) && !this.#graced(work));
  }

  isGraced(waiter: Waiter | undefined): boolean {
    return !!waiter?.chain().some(({ graced }) => graced);
  }

  #graced({ waiter }: Work): boolean {
    return this.isGraced(waiter);
  }

  live(name: string, expected: Life['expected'] = () => [1]): Life {
    const life = { name, endless: false, torn: 0, expected };
    this.lives.push(life);
    return life;
  }

  /** What waits: `make` is given its record, for the scopes that it opens. */
  waiting<T>(name: string, make: (waiter: Waiter) => Observable<T>, grace?: number): Observable<T> {
    return new Observable((subscriber) => {
      const waiter = new Waiter(name, grace);
      subscriber.add(() => {
        waiter.leave();
      });
      const end = (): void => {
        waiter.end();
        this.#checkTold(waiter);
      };
      make(waiter)
        .pipe(tap({ error: end, complete: end }))
        .subscribe(subscriber);
    });
  }

  /** Who tells of the end of its grace period. */
  #reaching({ waiter }: Work): readonly Waiter[] {
    const chain = waiter?.chain() ?? [];
    return this.unclear || chain.some(({ isUncut }) => isUncut) ? [] : chain;
  }

  /** What has been left behind at the end of a grace period has been told so. */
  #checkTold(waiter: Waiter): void {
    if (!waiter.graced) return;
    for (const work of this.pending)
      if (this.#reaching(work).includes(waiter) && work.context?.signal.aborted === false)
        this.wrong(`${waiter.name} ended, and ${work.name} was not told (${chainOf(work.waiter)})`);
  }
}

function chainOf(waiter: Waiter | undefined): string {
  return (
    waiter
      ?.chain()
      .map(({ name, state }) => `${name} ${state}`)
      .join(' < ') ?? 'nobody'
  );
}

/** Marks the scope in which the source is subscribed as one of the waiter's. */
export function within<T>(world: World, waiter: Waiter): MonoTypeOperatorFunction<T> {
  const error = (thrown: unknown): void => {
    world.failures.cameTo(thrown, waiter);
  };
  return (source) =>
    new Observable((subscriber) => {
      waiter.adopt();
      source.pipe(tap({ error })).subscribe(subscriber);
    });
}

/** Marks the scope in which the source is drained as one of the waiter's. */
export function drainedBy<T>(waiter: Waiter): MonoTypeOperatorFunction<T> {
  return (source) =>
    new Observable((subscriber) => {
      subscriber.add(() => {
        waiter.adoptStranger();
      });
      source.subscribe(subscriber);
    });
}
