import type { Waiter } from './waiters.js';

/** A failure that a program has made, and where it was told. */
export interface Made {
  readonly error: Error;
  readonly kind: 'run' | 'teardown' | 'observer';
  /** Who waits for it had been left before, with nobody waiting. */
  afterLeave: boolean;
  /** RxJS catches it, and if its subscriber has ended by then, tells of it as of any notification that comes too late. */
  readonly caughtByRxjs: boolean;
  readonly at: number;
  readonly told: string[];
  /** Who has it, and tells of it in another way, or later, or not at all when it is stopped. */
  readonly held: Set<string>;
  /** Whose source notified it. */
  readonly waiters: Set<Waiter>;
  stoppedNotifications: number;
}

const ours =
  /^(GraceExceededError|StartTimeoutError|AlreadyRunningError|RestartLimitError|EmptyError|TimeoutError|AbortError)$/;

/** Every failure of a program, each an error of its own, and where each was told. */
export class Failures {
  /** Errors that nobody has made. */
  readonly foreign: unknown[] = [];
  readonly #made = new Map<unknown, Made>();

  /** Makes one; `waiter`: who waits for what fails. */
  make(kind: Made['kind'], what: string, waiter?: Waiter): Error {
    const { stackTraceLimit } = Error;
    Error.stackTraceLimit = 100;
    const error = new Error(`${what} #${this.#made.size}`);
    Error.stackTraceLimit = stackTraceLimit;
    this.#made.set(error, {
      error,
      kind,
      afterLeave: !!waiter?.isForsaken,
      caughtByRxjs: isCaughtByRxjs(error),
      at: Date.now(),
      told: [],
      held: new Set(),
      waiters: new Set(waiter ? [waiter] : []),
      stoppedNotifications: 0,
    });
    return error;
  }

  /** Whether a finalizer threw into RxJS: some of its operators are never told then that an inner one has ended. */
  get stray(): boolean {
    return this.all().some(({ kind, caughtByRxjs }) => kind === 'teardown' && caughtByRxjs);
  }

  all(): readonly Made[] {
    return [...this.#made.values()];
  }

  told(error: unknown, where: string): void {
    for (const each of this.#flat(error)) each.told.push(where);
  }

  /** It went to somebody who handles it, or keeps it for later. */
  holds(error: unknown, who: string): void {
    for (const each of this.#flat(error)) each.held.add(who);
  }

  cameTo(error: unknown, waiter: Waiter): void {
    for (const each of this.#flat(error)) {
      each.waiters.add(waiter);
      each.afterLeave ||= waiter.isForsaken;
    }
  }

  stoppedNotification(error: unknown): void {
    for (const each of this.#flat(error)) each.stoppedNotifications++;
  }

  #flat(error: unknown): readonly Made[] {
    const made = this.#made.get(error);
    if (made) return [made];
    const { errors, cause, name, message, stack } = Object(error) as Partial<AggregateError>;
    if (Array.isArray(errors)) return errors.flatMap((each) => this.#flat(each));
    if (name === 'RestartLimitError') {
      const causes = cause === undefined ? [] : this.#flat(cause);
      // whatever has failed, that it is given up is a failure of the run, and may come too late
      for (const each of causes) each.held.add('limit');
      return causes;
    }
    // two of RxJS's operators stumble when they are unsubscribed while they emit
    if (/^[^\n]*\n[^\n]*node_modules.rxjs/.test(String(stack))) return [];
    if (!ours.test(name ?? '') && !/^\w+: 'acquire' completed without a resource$/.test(String(message)))
      this.foreign.push(error);
    return [];
  }
}

const catchers =
  /internal.child\.|util.lift\.|operators.timeout\.|_trySubscribe|OperatorSubscriber\.(?:_this\.)?_(?:next|error|complete)/;

/** Whether the first on the call stack that catches what is thrown is RxJS, and not an owner of ours. */
function isCaughtByRxjs({ stack = '' }: Error): boolean {
  const [catcher = ''] = catchers.exec(stack) ?? [];
  return !!catcher && !catcher.includes('child');
}
