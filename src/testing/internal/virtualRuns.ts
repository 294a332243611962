import type { Observable } from 'rxjs';
import type { RunHelpers } from 'rxjs/testing';
import type { LifecycleEvent } from '../../index.js';
import { newVirtualRun, type VirtualRun } from './virtualRun.js';

type Expected = ReturnType<RunHelpers['expectObservable']>;

interface ExpectedRun {
  readonly source: Observable<unknown>;
  readonly subscriptionMarbles: string | null;
  readonly run: VirtualRun<unknown>;
  /** What RxJS takes the expected values by. */
  readonly expected: Expected;
  /** Its values are expected already. */
  taken: boolean;
}

/**
 * The runs of a test. What is expected of the values and of the lifecycle of the same source is of one run: else each teardown
 * would be logged twice. But, as in RxJS, two expectations of its values are of two.
 */
export class VirtualRuns {
  readonly #expectObservable: RunHelpers['expectObservable'];
  readonly #runs: ExpectedRun[] = [];

  constructor(expectObservable: RunHelpers['expectObservable']) {
    this.#expectObservable = expectObservable;
  }

  ofValues(source: Observable<unknown>, subscriptionMarbles: string | null): Expected {
    const found = this.#find(source, subscriptionMarbles, ({ taken }) => !taken);
    found.taken = true;
    return found.expected;
  }

  eventsOf(source: Observable<unknown>, subscriptionMarbles: string | null): readonly LifecycleEvent[] {
    const { run } = this.#find(source, subscriptionMarbles, (each) => !each.run.watched);
    run.watched = true;
    return run.events;
  }

  #find(
    source: Observable<unknown>,
    subscriptionMarbles: string | null,
    isFree: (run: ExpectedRun) => boolean,
  ): ExpectedRun {
    const found = this.#runs.find(
      (each) => each.source === source && each.subscriptionMarbles === subscriptionMarbles && isFree(each),
    );
    return found ?? this.#start(source, subscriptionMarbles);
  }

  #start(source: Observable<unknown>, subscriptionMarbles: string | null): ExpectedRun {
    const run = newVirtualRun(source);
    const expected = this.#expectObservable(run.result, subscriptionMarbles);
    const started = { source, subscriptionMarbles, run, expected, taken: false };
    this.#runs.push(started);
    return started;
  }
}
