import type { Observable } from 'rxjs';
import { TestScheduler, type RunHelpers } from 'rxjs/testing';
import { check } from './internal/check.js';
import type { Diagram } from './internal/diagram.js';
import { Expectations } from './internal/expectations.js';
import { lifecycleRows } from './internal/lifecycleRows.js';
import {
  marbleInterrupt,
  usualSignals,
  type MarbleInterrupt,
  type MarbleInterruptOptions,
} from './internal/marbleInterrupt.js';
import {
  marbleRunner,
  type MarbleRunner,
  type MarbleRunnerOptions,
  type SubscriptionLog,
} from './internal/marbleRunner.js';
import { observableRow, type TestMessage } from './internal/observableRow.js';
import { parseLifecycle, parseTeardown } from './internal/parse.js';
import { periodRows, subscriptionDiagram, teardownDiagram } from './internal/periodRows.js';
import type { TeardownLog } from './internal/teardownLog.js';
import { VirtualRuns } from './internal/virtualRuns.js';

/**
 * The rows of a lifecycle, by the paths of the members. What is due too soon after a group of marbles stands in a further
 * diagram, which is laid over the first.
 *
 * @public
 */
export type LifecycleRows = Readonly<Record<string, string | readonly string[]>>;

/**
 * What a marble test of lifecycles works with: RxJS's helpers of its run mode, and these.
 *
 * @public
 */
export interface LifecycleHelpers extends RunHelpers {
  /** A runner from marbles, that logs when its run was subscribed and when its teardown began and ended. */
  readonly runner: <T = string>(marbles: string, options?: MarbleRunnerOptions<T>) => MarbleRunner<T>;
  /**
   * An `interrupt()` whose process has these signals, from the beginning of the test on, whenever it is subscribed; `i` stands
   * for SIGINT, `t` for SIGTERM, `h` for SIGHUP, where no names are given. Its debounce is in virtual time.
   */
  readonly interrupt: (
    marbles: string,
    signals?: Readonly<Record<string, string>>,
    options?: MarbleInterruptOptions,
  ) => MarbleInterrupt;
  /**
   * Compares teardowns with diagrams such as `'---^--!'`: `^` where one began, `!` where it ended, `#` where it failed, neither
   * where it had not ended, or was left behind because a grace period was over. Several are an array, none `[]`.
   */
  readonly expectTeardowns: (teardowns: readonly TeardownLog[]) => {
    readonly toBe: (marbles: string | readonly string[]) => void;
  };
  /**
   * Compares the lives of the members of the groups in a source with a row each, by path: `'api'`, `'api/socket'`.
   *
   * `s` it started, `r` is ready, `x` was told to stop; at its end `c` it completed, `|` it has stopped, `#` failed, `!` was left
   * behind; `~` it is going to be restarted. What happens in one frame is a group: `(sr)`. A member without an event has no row.
   *
   * It subscribes, and unsubscribes where `subscriptionMarbles` say so, as `expectObservable` does. Both for the same source and
   * the same subscription are of one run.
   */
  readonly expectLifecycle: (
    source: Observable<unknown>,
    subscriptionMarbles?: string,
  ) => { readonly toBe: (rows: LifecycleRows) => void };
}

/**
 * Runs a marble test in virtual time, on RxJS's `TestScheduler` in its run mode, with helpers for lifecycles: when a teardown
 * began and when it ended, and what happened to each member of a group.
 *
 * For every test framework: it throws an error for what is not as expected, with the two diagrams one above the other.
 *
 * ```
 * api run         -a-b-c
 * api teardown         ---|
 * SIGINT          -----i
 * result          -a-b-i--|
 * row of api      sr---x--|
 * ```
 *
 * As always with virtual time, promises and the timers of the host are not moved by it; an `async` function is refused. Runs
 * that are still going on at its end are given up.
 *
 * @example
 * ```ts
 * import { group } from 'rx-runner';
 * import { lifecycleMarbles } from 'rx-runner/testing';
 *
 * lifecycleMarbles(({ runner, interrupt, expectObservable, expectTeardowns, expectLifecycle }) => {
 *   const api = runner('-a-b-c', { teardown: '---|' });
 *   const app = group({ api, interrupt: interrupt('-----i') });
 *
 *   expectObservable(app).toBe('-a-b-i--|', { a: 'a', b: 'b', i: 'SIGINT' });
 *   expectTeardowns(api.teardowns).toBe('-----^--!');
 *   expectLifecycle(app).toBe({ api: 'sr---x--|', interrupt: '(sr)-c' });
 * });
 * ```
 * @param test - the test; it makes its expectations synchronously
 * @returns what the test returns
 * @throws Error if something is not as expected
 * @throws TypeError for a test that returns a promise, an expectation without `toBe`, and a row that is none
 * @public
 */
export function lifecycleMarbles<R>(test: (helpers: LifecycleHelpers) => R): R {
  check(typeof test === 'function', 'lifecycleMarbles', 'the test', 'a function', test);
  const expectations = new Expectations();
  const scheduler = new TestScheduler((actual: readonly unknown[], expected: readonly unknown[]) => {
    expectations.compareNext(actual, expected);
  });
  const result = scheduler.run((helpers) => {
    const returned = test(lifecycleHelpers(scheduler, helpers, expectations));
    check(!isPromise(returned), 'lifecycleMarbles', 'the test', 'a function that is not async', returned);
    return returned;
  });
  expectations.settle();
  expectations.requireStated();
  return result;
}

function lifecycleHelpers(scheduler: TestScheduler, helpers: RunHelpers, expectations: Expectations): LifecycleHelpers {
  const { cold, hot, flush } = helpers;
  const now = (): number => scheduler.frame;
  const runs = new VirtualRuns(helpers.expectObservable);
  return {
    ...helpers,

    flush() {
      flush();
      expectations.settle();
    },

    runner: (marbles, options = {}) => marbleRunner(cold, now, marbles, options),

    interrupt(marbles, signals = usualSignals, options = {}) {
      return marbleInterrupt(hot(marbles, checkedSignals(marbles, signals)), now, options);
    },

    expectObservable<T>(source: Observable<T>, subscriptionMarbles: string | null = null) {
      const state = expectations.add('expectObservable', true);
      const expected = runs.ofValues(source, subscriptionMarbles);
      return {
        toBe(marbles: string, values?: unknown, error?: unknown) {
          state(this.toBe, (actual, messages) => comparedMessages(actual, messages, values));
          expected.toBe(marbles, values, error);
        },
        toEqual(other: Observable<T>) {
          state(this.toEqual, comparedMessages);
          expected.toEqual(other);
        },
      };
    },

    expectSubscriptions(logs) {
      const state = expectations.add('expectSubscriptions', true);
      const expected = helpers.expectSubscriptions(logs);
      return {
        toBe(marbles) {
          state(this.toBe, (actual, periods) => ({
            rows: periodRows(diagrams(periods, subscriptionDiagram), diagrams(actual, subscriptionDiagram)),
          }));
          expected.toBe(marbles);
        },
      };
    },

    expectTeardowns(teardowns) {
      const state = expectations.add('expectTeardowns');
      return {
        toBe(marbles) {
          const expected = [marbles].flat().flatMap((each) => parseTeardown(each) ?? []);
          state(this.toBe, () => ({
            rows: periodRows(expected.map(teardownDiagram), teardowns.map(teardownDiagram)),
          }));
        },
      };
    },

    expectLifecycle(source, subscriptionMarbles) {
      const state = expectations.add('expectLifecycle');
      const events = runs.eventsOf(source, subscriptionMarbles ?? null);
      return {
        toBe(rows) {
          const expected = new Map(Object.entries(rows).map(([member, row]) => [member, parseLifecycle(member, row)]));
          state(this.toBe, () => ({ rows: lifecycleRows(events, expected) }));
        },
      };
    },
  };
}

function comparedMessages(actual: readonly unknown[], expected: readonly unknown[], values?: unknown) {
  // as RxJS has it: with anything else each letter stands for itself
  const named = typeof values === 'object' ? (values as Readonly<Record<string, unknown>>) : undefined;
  const { row, legend } = observableRow(actual as readonly TestMessage[], expected as readonly TestMessage[], named);
  return { rows: [row], legend };
}

function diagrams(logs: readonly unknown[], draw: (log: SubscriptionLog) => Diagram): readonly Diagram[] {
  return (logs as readonly SubscriptionLog[]).map(draw);
}

/** Else a letter without a name would be a signal that nobody hears. */
function checkedSignals(marbles: string, signals: Readonly<Record<string, string>>) {
  for (const { notification } of TestScheduler.parseMarbles(marbles, undefined, undefined, false, true)) {
    const letter = notification.kind === 'N' ? (notification.value as string) : undefined;
    check(
      letter && signals[letter],
      'interrupt',
      'the marbles',
      `signals (${Object.keys(signals).join(', ')})`,
      marbles,
    );
  }
  return signals;
}

function isPromise(value: unknown): boolean {
  return typeof (value as { then?: unknown } | null | undefined)?.then === 'function';
}
