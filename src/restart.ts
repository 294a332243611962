import type { MonoTypeOperatorFunction, ObservableInput } from 'rxjs';
import { isBranded } from './internal/brand.js';
import { carefully } from './internal/carefully.js';
import { check, checkDelay, checkFunctions, checkGrace, checkNumbers, isCount, isFunction } from './internal/check.js';
import type { Child } from './internal/child.js';
import { delayOf } from './internal/delayOf.js';
import { failureOf } from './internal/failures.js';
import { outcomeOf } from './internal/outcomeOf.js';
import type { Destination, Why } from './internal/owner.js';
import { SerialOwner } from './internal/serialOwner.js';
import { RestartLimitError } from './RestartLimitError.js';
import type { RunGroupError } from './RunGroupError.js';
import type { Failure, GraceOptions } from './types.js';
import { asyncScheduler, concat, defer, from, ignoreElements, noop, Observable, of, take } from './internal/rxjs.js';

/**
 * Says how long to wait before a restart: milliseconds, or anything that fires with its first value or its completion.
 *
 * `attempt` counts from 1; `error` is what the run failed with, undefined after a completion. What it returns may have a
 * number `delay`, in milliseconds, which the event of the restart tells.
 *
 * @public
 */
export interface DelayStrategy {
  (attempt: number, error: unknown): number | ObservableInput<unknown>;
  /** Makes another such strategy; `restart` asks for one at each subscription, where the strategy remembers something. */
  readonly anew?: () => DelayStrategy;
}

/**
 * The options of `restart`.
 *
 * @public
 */
export interface RestartOptions extends GraceOptions {
  /** After which end it runs again; default `'error'`. */
  readonly on?: 'error' | 'completion' | 'both';
  /** How long it waits before: milliseconds (default 0: at once), or a strategy. */
  readonly delay?: number | DelayStrategy;
  /** After so many milliseconds of running `attempt` starts at 1 again; default 60,000. */
  readonly resetAfter?: number;
  /** How many restarts there may be; default: no limit. */
  readonly limit?: number;
  /** The time, in milliseconds, in which `limit` counts; default: ever. */
  readonly within?: number;
  /** Says of an error that it is final. */
  readonly unless?: (error: unknown) => boolean;
}

/**
 * Runs the source again after it has ended: when its teardown has settled, and never two at once.
 *
 * As `retry` and `repeat`, which start again while the old one still holds its port. Pipe a member through it to restart that
 * member alone, or a group to restart all of it. As Go's suture.
 *
 * ```
 * source      -a-#
 * teardown       --|
 * restart     -a----a----a-...
 * ```
 *
 * It emits what the runs emit. It completes when a run completes (with `on: 'completion'` it does not), and errs with the error
 * of a run that is not restarted: with `on: 'completion'` any, else one of which `unless` says so; with a `RestartLimitError` when
 * the limit is reached. What a teardown failed with is an error of the run that it belongs to. Stopped while it waits, it does
 * not start again. Each restart of a group's member is an event, `restarting`, with its attempt, delay and error.
 *
 * @example
 * ```ts
 * import { exponentialBackoff, group, interrupt, restart, runner } from 'rx-runner';
 *
 * const consumer = runner(async () => { throw new Error('broker is down'); });
 * group({
 *   consumer: consumer.pipe(restart({ delay: exponentialBackoff({ initial: 100, max: 5_000 }), limit: 10, within: 60_000 })),
 *   interrupt: interrupt(),
 * }).subscribe({ error: console.error });
 * ```
 * @param options - when it runs again, how soon, how often
 * @throws TypeError for a bad option
 * @public
 */
export function restart<T>(options: RestartOptions = {}): MonoTypeOperatorFunction<T> {
  checkOptions(options);
  return (source) =>
    new Observable<T>((subscriber) => {
      new RestartOwner<T>(subscriber, options, source).runFirst();
    });
}

function checkOptions(options: RestartOptions): void {
  const { on = 'error', delay = 0, resetAfter, limit = 0, within, unless = noop } = checkGrace('restart', options);
  const kinds: readonly unknown[] = ['error', 'completion', 'both'];
  check(kinds.includes(on), 'restart', "'on'", "'error', 'completion' or 'both'", on);
  const isDelay = isFunction(delay) || (typeof delay === 'number' && delay >= 0);
  check(isDelay, 'restart', "'delay'", 'milliseconds (0 or more) or a function', delay);
  checkNumbers('restart', { resetAfter, within });
  check(isCount(limit, 0), 'restart', "'limit'", 'an integer, 0 or more', limit);
  checkFunctions('restart', { unless });
}

class RestartOwner<T> extends SerialOwner<T> {
  readonly #settings: RestartOptions;
  readonly #source: Observable<T>;
  readonly #delay: number | DelayStrategy;
  /** What the run that goes on, or has just ended, failed with. */
  #failures: Failure[] = [];
  #attempt = 0;
  #startedAt = 0;
  #ranFor = 0;
  /** When it was restarted, as far back as the limit counts. */
  readonly #restarts: number[] = [];

  constructor(destination: Destination<T>, options: RestartOptions, source: Observable<T>) {
    super(destination, { ...options, until: 'error' });
    const { delay = 0 } = options;
    this.#settings = options;
    this.#source = defer(() => {
      this.#startedAt = asyncScheduler.now();
      return source;
    });
    this.#delay = typeof delay === 'number' ? delay : (delay.anew?.() ?? delay);
  }

  runFirst(): void {
    this.runInstead(this.#source);
  }

  override failed(child: Child<T>, failure: Failure): void {
    if (child === this.current && !this.why) this.#failures.push(failure);
    else super.failed(child, failure);
  }

  override ended(child: Child<T>): void {
    this.#ranFor = asyncScheduler.now() - this.#startedAt;
    super.ended(child);
  }

  override settled(child: Child<T>): void {
    if (child === this.current) this.#decide(child);
    super.settled(child);
  }

  /** What has not been restarted by now never will be. */
  override close(why: Why): void {
    super.close(why);
    if (this.current) this.#giveUp(this.current);
  }

  #decide(child: Child<T>): void {
    const failed = this.#failures.length > 0;
    const error = failed ? outcomeOf(this.#failures) : undefined;
    if (this.why || isLeftBehind(error) || !this.#isWanted(failed, error)) {
      this.#giveUp(child);
      return;
    }
    if (!this.#isAllowed()) {
      const { limit = 0, within = Infinity } = this.#settings;
      this.#failures = [failureOf(new RestartLimitError(limit, within, error), 'run')];
      this.#giveUp(child);
      return;
    }
    this.#restart(child, failed, error);
  }

  /** Passes on what the run failed with. */
  #giveUp(child: Child<T>): void {
    for (const failure of this.#failures.splice(0)) super.failed(child, failure);
  }

  #isWanted(failed: boolean, error: unknown): boolean {
    const { on = 'error', unless } = this.#settings;
    if (on !== 'both' && failed !== (on === 'error')) return false;
    return !failed || !this.#ask(() => unless?.(error), true);
  }

  #isAllowed(): boolean {
    const { limit = Infinity, within = Infinity } = this.#settings;
    if (limit === Infinity) return true;
    const now = asyncScheduler.now();
    const restarts = this.#restarts;
    while (restarts.length > 0 && now - (restarts[0] ?? now) >= within) restarts.shift();
    return restarts.push(now) <= limit;
  }

  #restart(child: Child<T>, failed: boolean, error: unknown): void {
    const { resetAfter = 60_000 } = this.#settings;
    if (this.#ranFor >= resetAfter) this.#attempt = 0;
    this.#attempt++;
    const delay = this.#ask(() => this.#delayBefore(this.#attempt, error), undefined);
    if (!delay) {
      this.#giveUp(child);
      return;
    }
    this.#failures = [];
    this.#tell(failed, error, (delay as { readonly delay?: unknown }).delay);
    if (!this.why) this.#restartAfter(delay);
  }

  #delayBefore(attempt: number, error: unknown): ObservableInput<unknown> {
    const delay = typeof this.#delay === 'number' ? this.#delay : this.#delay(attempt, error);
    checkDelay('restart', "what 'delay' returns", delay);
    return typeof delay === 'number' ? delayOf(delay) : delay;
  }

  #restartAfter(delay: ObservableInput<unknown>): void {
    const wait = this.child(undefined, () => {
      this.runInstead(this.#source);
    });
    const over = concat(from(delay).pipe(take(1), ignoreElements()), of(true));
    wait.call(over as Observable<unknown> as Observable<T>);
  }

  /** Asks what belongs to the user; what that throws is one more failure of the run, and final, as a stop is. */
  #ask<R>(question: () => R, otherwise: R): R {
    try {
      const answer = this.callDown(question);
      if (!this.why) return answer;
    } catch (error: unknown) {
      this.#failures.push(failureOf(error, 'run'));
    }
    return otherwise;
  }

  #tell(failed: boolean, error: unknown, delay: unknown): void {
    const { link } = this;
    if (!link?.observed) return;
    const event = {
      type: 'restarting' as const,
      path: [],
      at: asyncScheduler.now(),
      attempt: this.#attempt,
      ...(typeof delay === 'number' && { delay }),
      ...(failed && { error }),
    };
    link.relay(event, link);
  }
}

/** Whether something of the run goes on, after a grace period that was over: it must not run beside another. */
function isLeftBehind(error: unknown): boolean {
  const isOfGrace = (): boolean => !!(error as Partial<RunGroupError>).failures?.some(({ phase }) => phase === 'grace');
  return isBranded(error, 'GraceExceededError') || carefully(isOfGrace, false);
}
