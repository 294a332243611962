import type { Waiter } from './waiters.js';

/** A failure that a program has made, and where it was told. */
export interface Made {
  readonly error: Error;
  readonly kind: 'run' | 'teardown' | 'observer';
  /** What failed had been told to stop before. */
  readonly stopped: boolean;
  /** RxJS may have nobody to tell: it came while the source was still being subscribed, or was closed. */
  readonly silently: boolean;
  /** A grace period may be over when it comes, or a group tells of the first failure alone. */
  readonly kept: boolean;
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

  make(kind: Made['kind'], what: string, facts: Partial<Pick<Made, 'stopped' | 'silently' | 'kept'>> = {}): Error {
    const error = new Error(`${what} #${this.#made.size}`);
    this.#made.set(error, {
      error,
      kind,
      stopped: false,
      silently: false,
      kept: false,
      ...facts,
      told: [],
      held: new Set(),
      waiters: new Set(),
      stoppedNotifications: 0,
    });
    return error;
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
    for (const each of this.#flat(error)) each.waiters.add(waiter);
  }

  stoppedNotification(error: unknown): void {
    for (const each of this.#flat(error)) each.stoppedNotifications++;
  }

  #flat(error: unknown): readonly Made[] {
    const made = this.#made.get(error);
    if (made) return [made];
    const { errors, cause, name, message, stack } = Object(error) as Partial<AggregateError>;
    if (Array.isArray(errors)) return errors.flatMap((each) => this.#flat(each));
    if (name === 'RestartLimitError') return cause === undefined ? [] : this.#flat(cause);
    // two of RxJS's operators stumble when they are unsubscribed while they emit
    if (/^[^\n]*\n[^\n]*node_modules.rxjs/.test(String(stack))) return [];
    if (!ours.test(name ?? '') && message !== "withResource: 'acquire' completed without a resource")
      this.foreign.push(error);
    return [];
  }
}
