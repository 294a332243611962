import type { MonoTypeOperatorFunction, ObservableInput } from 'rxjs';
import { failureDecay } from './failureDecay.js';
import { isBranded } from './internal/brand.js';
import { carefully } from './internal/carefully.js';
import { check, checkDelay, checkFunctions, checkGrace, checkNumbers, isCount, isFunction } from './internal/check.js';
import type { Child } from './internal/child.js';
import { delayOf } from './internal/delayOf.js';
import { failureOf, flatten } from './internal/failures.js';
import { outcomeOf } from './internal/outcomeOf.js';
import type { Destination, Why } from './internal/owner.js';
import { Series } from './internal/series.js';
import { RestartLimitError } from './RestartLimitError.js';
import type { RunGroupError } from './RunGroupError.js';
import type { DelayStrategy, Failure, GraceOptions } from './types.js';
import {
  asyncScheduler,
  defaultIfEmpty,
  defer,
  forkJoin,
  from,
  noop,
  Observable,
  take,
  timer,
} from './internal/rxjs.js';

/**
 * The options of `restart`.
 *
 * @public
 */
export interface RestartOptions extends GraceOptions {
  /** After which end it runs again; default `'error'`. */
  readonly on?: 'error' | 'completion' | 'both';
  /**
   * How long it waits before: milliseconds, or a strategy. Default: after a failure `failureDecay()`, after a completion 0.
   * `0` is a turn of the event loop, and so is whatever fires sooner: what fails at once must not starve the program.
   */
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
 * By default five failures in a row are followed at once, then there are pauses: see `failureDecay`. There is always a turn of the
 * event loop in between. As `retry` and `repeat`, which start again while the old one still holds its port. Pipe a member through it to restart that
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
 * the limit is reached. What a teardown failed with is an error of the run that it belongs to. Stopped while it waits, or while what
 * has failed is torn down, it does not start again, and that run's failure is none. Each restart of a group's member is an event, `restarting`, with its attempt, delay and error.
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
      const runs = new RestartSeries(subscriber, options, source);
      subscriber.add(runs);
      runs.runFirst();
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

class RestartSeries extends Series {
  readonly #settings: RestartOptions;
  readonly #source: Observable<unknown>;
  readonly #delayAfterFailure: number | DelayStrategy;
  readonly #delayAfterCompletion: number | DelayStrategy;
  /** What the run that goes on, or has just ended, failed with. */
  #failures: Failure[] = [];
  #attempt = 0;
  #startedAt = 0;
  #ranFor = 0;
  /** When it was restarted, as far back as the limit counts. */
  readonly #restarts: number[] = [];
  #isDeciding = false;
  /** The run had failed before the stop, and an operator around it has held that back. */
  #hasFailed = false;

  constructor(destination: Destination, options: RestartOptions, source: Observable<unknown>) {
    super(destination, options);
    const { delay } = options;
    this.#settings = options;
    this.#source = defer(() => {
      this.#startedAt = asyncScheduler.now();
      return source;
    });
    this.#delayAfterFailure = anew(delay ?? failureDecay());
    this.#delayAfterCompletion = delay === undefined ? 0 : this.#delayAfterFailure;
  }

  runFirst(): void {
    this.runInstead(this.#source);
  }

  override failed(child: Child, failure: Failure, heldBack = false): void {
    // what an operator around the source holds back comes when that is stopped
    const isHeldBack = heldBack && !!this.why && this.isAwaited;
    this.#hasFailed ||= isHeldBack;
    if (child === this.current && (isHeldBack || !this.why)) this.#failures.push(failure);
    else super.failed(child, failure, heldBack);
  }

  override ended(child: Child): void {
    this.#ranFor = asyncScheduler.now() - this.#startedAt;
    super.ended(child);
  }

  override settled(child: Child): void {
    if (child === this.current && this.why) this.#giveUpStopped(child);
    else if (child === this.current) this.#decide(child);
    super.settled(child);
  }

  /** What has not been restarted by now never will be. */
  override close(why: Why): void {
    super.close(why);
    if (this.current && !this.isAwaited && !this.#isDeciding) this.#giveUp(this.current);
  }

  protected override stopChildren(): void {
    super.stopChildren();
    if (this.current && !this.#isDeciding) this.#giveUpStopped(this.current);
  }

  #decide(child: Child): void {
    const failed = this.#failures.length > 0;
    const error = failed ? outcomeOf(this.#failures) : undefined;
    this.#isDeciding = true;
    let delay: ObservableInput<unknown> | undefined;
    const isWanted = !isLeftBehind(error) && this.#isWanted(failed, error);
    if (isWanted) {
      if (this.#isAllowed()) delay = this.#delayBefore(failed, error);
      else this.#failures = [failureOf(this.#limitError(error), 'run')];
    }
    this.#isDeciding = false;
    if (delay && !this.why) this.#restart(failed, error, delay);
    else this.#giveUp(child, !!delay);
  }

  /** A stop has come while what had failed was torn down: a moment later it would have found another run. */
  #giveUpStopped(child: Child): void {
    const ofRun = this.#failures.filter(({ phase }) => phase === 'run');
    const hasFailed = this.isAwaited && ofRun.length > 0 && (child.erred || this.#hasFailed);
    this.#isDeciding = true;
    const isWanted = hasFailed && this.#isWanted(true, outcomeOf(ofRun)) && this.#isAllowed();
    this.#isDeciding = false;
    this.#giveUp(child, isWanted);
  }

  /** Passes on what the run failed with; not to who waits for a stop, if but for that there would have been another run. */
  #giveUp(child: Child, isWanted = false): void {
    const isForgotten = isWanted && this.isAwaited;
    // an error may be of a run and of a teardown that failed after it
    const failures = this.#failures.splice(0).flatMap((failure) => (isForgotten ? flatten(failure) : failure));
    for (const failure of failures) {
      if (isForgotten && failure.phase === 'run') continue;
      child.failure ??= failure;
      this.fail(failure, true);
    }
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

  #limitError(error: unknown): RestartLimitError {
    const { limit = 0, within = Infinity } = this.#settings;
    return new RestartLimitError(limit, within, error);
  }

  #delayBefore(failed: boolean, error: unknown): ObservableInput<unknown> | undefined {
    const { resetAfter = 60_000 } = this.#settings;
    if (this.#ranFor >= resetAfter) this.#attempt = 0;
    this.#attempt++;
    const strategy = failed ? this.#delayAfterFailure : this.#delayAfterCompletion;
    return this.#ask(() => {
      const delay = typeof strategy === 'number' ? strategy : strategy(this.#attempt, error);
      checkDelay('restart', "what 'delay' returns", delay);
      return typeof delay === 'number' ? delayOf(delay) : delay;
    }, undefined);
  }

  #restart(failed: boolean, error: unknown, delay: ObservableInput<unknown>): void {
    this.#failures = [];
    this.#tell(failed, error, (delay as { readonly delay?: unknown }).delay);
    if (!this.why) this.#restartAfter(delay);
  }

  #restartAfter(delay: ObservableInput<unknown>): void {
    const wait = this.child(() => {
      this.runInstead(this.#source);
    });
    const over = from(delay).pipe(take(1), defaultIfEmpty(0));
    // at least a turn of the event loop: else what fails at once, and is restarted at once, lets nothing else happen
    wait.call(forkJoin([over, timer(0)]));
  }

  /** Asks what belongs to the user; what that throws is one more failure of the run, and final. */
  #ask<R>(question: () => R, otherwise: R): R {
    try {
      return this.callDown(question);
    } catch (error: unknown) {
      this.#failures.push(failureOf(error, 'run'));
      return otherwise;
    }
  }

  #tell(failed: boolean, error: unknown, delay: unknown): void {
    const { around } = this;
    if (!around?.observed) return;
    const event = {
      type: 'restarting' as const,
      path: [],
      at: asyncScheduler.now(),
      attempt: this.#attempt,
      ...(typeof delay === 'number' && { delay }),
      ...(failed && { error }),
    };
    around.relay(event);
  }
}

/** A strategy that remembers something is one for this subscription alone. */
function anew(delay: number | DelayStrategy): number | DelayStrategy {
  return typeof delay === 'number' ? delay : (delay.anew?.() ?? delay);
}

/** Whether something of the run goes on, after a grace period that was over: it must not run beside another. */
function isLeftBehind(error: unknown): boolean {
  const isOfGrace = (): boolean => !!(error as Partial<RunGroupError>).failures?.some(({ phase }) => phase === 'grace');
  return isBranded(error, 'GraceExceededError') || carefully(isOfGrace, false);
}
