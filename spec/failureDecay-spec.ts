import { afterEach, describe, expect, it, jest } from '@jest/globals';
import fc from 'fast-check';
import { concat, defer, map, Subject, timer, type Observable } from 'rxjs';
import {
  failureDecay,
  group,
  restart,
  runner,
  stopWhen,
  type DelayStrategy,
  type FailureDecayOptions,
  type LifecycleEvent,
} from '../src/index.js';
import { failing } from './helpers/teardowns.js';
import { run } from './helpers/marbles.js';

/** The delay that a strategy asks for now. */
function delayOf(strategy: DelayStrategy): number {
  return (strategy(1, undefined) as Observable<unknown> & { readonly delay: number }).delay;
}

/** The delays after failures that come so many milliseconds after one another. */
function delaysAfter(options: FailureDecayOptions | undefined, gaps: readonly number[]): number[] {
  const delays: number[] = [];
  run(({ flush }) => {
    const strategy = failureDecay(options);
    concat(...gaps.map((gap) => timer(gap))).subscribe(() => delays.push(delayOf(strategy)));
    flush();
  });
  return delays;
}

/** The highest count of failures that does not pause: the count is seen by where the threshold must be. */
function countAfter(gaps: readonly number[], decay: number): number {
  let [low, high] = [0, gaps.length + 1];
  while (high - low > 1e-9) {
    const threshold = (low + high) / 2;
    const [last] = delaysAfter({ decay, threshold, pause: 1 }, gaps).slice(-1);
    const paused = delaysAfter({ decay, threshold, pause: 1 }, gaps).slice(0, -1).includes(1);
    if (last === 1 || paused) low = threshold;
    else high = threshold;
  }
  return high;
}

describe('failureDecay', () => {
  afterEach(() => {
    jest.useRealTimers();
  });

  it('should restart at once, but pause when failures come faster than they are forgotten', () => {
    run(({ cold, expectObservable, expectSubscriptions }) => {
      // it fails at once, six times over, and then runs
      const e1 = cold('#');
      let runs = 0;
      const source = defer(() => (++runs <= 6 ? e1 : cold('a----')));

      const result = source.pipe(restart({ delay: failureDecay({ threshold: 5, pause: 9 }) }));

      expectObservable(result, '------------!').toBe('---------a');
      expectSubscriptions(e1.subscriptions).toBe(Array.from({ length: 6 }, () => '(^!)'));
    });
  });

  it('should count 1, 2, 2 after failures at 0, 0, and one decay later: 2 x 0.5 + 1', () => {
    const decay = 1000;

    expect(countAfter([0], decay)).toBeCloseTo(1);
    expect(countAfter([0, 0], decay)).toBeCloseTo(2);
    expect(countAfter([0, 0, decay], decay)).toBeCloseTo(2);
  });

  it('should halve the count in each decay, to the millisecond', () => {
    expect(countAfter([0, 2000], 1000)).toBeCloseTo(1.25);
    expect(countAfter([0, 500], 1000)).toBeCloseTo(1 + Math.SQRT1_2);
    expect(delaysAfter({ decay: 1000, threshold: 1.5, pause: 7 }, [0, 999])).toStrictEqual([0, 7]);
    expect(delaysAfter({ decay: 1000, threshold: 1.5, pause: 7 }, [0, 1000])).toStrictEqual([0, 0]);
  });

  it('should not restart the one whose count is over the threshold, and leave healthy ones running', () => {
    run(({ cold, expectObservable, expectSubscriptions }) => {
      const fails = cold('-#');
      const healthy = cold('--b---b---b---b');
      const events: unknown[] = [];
      const lifecycle = {
        next: ({ at, type, path, delay }: LifecycleEvent) => type === 'restarting' && events.push([at, path[0], delay]),
      };
      const delay = failureDecay({ threshold: 2, pause: 8, decay: Infinity });

      const result = group({ fails: fails.pipe(restart({ delay })), healthy }, { lifecycle });

      expectObservable(result, '-------------!').toBe('--b---b---b--');
      expectSubscriptions(fails.subscriptions).toBe(['^!', '-^!', '--^!', '-----------^!', '------------^!']);
      expectSubscriptions(healthy.subscriptions).toBe('^------------!');
      cold('-------------|').subscribe({
        complete: () =>
          expect(events).toStrictEqual([
            [1, 'fails', 0],
            [2, 'fails', 0],
            [3, 'fails', 8],
            [12, 'fails', 0],
          ]),
      });
    });
  });

  it('should begin at 0 again after a pause: the next single failure restarts at once', () => {
    expect(delaysAfter({ decay: Infinity, threshold: 1, pause: 5 }, [0, 0, 5, 0, 5])).toStrictEqual([0, 5, 0, 5, 0]);
  });

  it('should not restart one that is removed while it pauses', () => {
    run(({ cold, expectObservable, expectSubscriptions }) => {
      const fails = cold('-#');
      const delay = failureDecay({ threshold: 0, pause: 8 });

      expectObservable(fails.pipe(restart({ delay }), stopWhen(cold('----x')))).toBe('----|');
      expectSubscriptions(fails.subscriptions).toBe('^!');
    });
  });

  it('should have a decay of 30 s, a threshold of 5, a pause of 15 s and no jitter, unless told otherwise', () => {
    expect(delaysAfter(undefined, [0, 0, 0, 0, 0, 0])).toStrictEqual([0, 0, 0, 0, 0, 15_000]);
    expect(delaysAfter({ threshold: 1.5 }, [0, 29_999])).toStrictEqual([0, 15_000]);
    expect(delaysAfter({ threshold: 1.5 }, [0, 30_000])).toStrictEqual([0, 0]);
  });

  it('should take its options as they are given', () => {
    expect(delaysAfter({ threshold: 2, pause: 7 }, [0, 0, 0])).toStrictEqual([0, 0, 7]);
    expect(delaysAfter({ threshold: 0, pause: 7 }, [0, 0])).toStrictEqual([7, 7]);
    expect(delaysAfter({ threshold: Infinity }, [0, 0, 0, 0, 0, 0, 0])).toStrictEqual([0, 0, 0, 0, 0, 0, 0]);
    expect(delaysAfter({ threshold: 0, pause: 0 }, [0, 0])).toStrictEqual([0, 0]);
    expect(delaysAfter({ decay: 0, threshold: 1 }, [0, 0, 0])).toStrictEqual([0, 0, 0]);
    expect(delaysAfter({ decay: Infinity, threshold: 2, pause: 7 }, [0, 9e9, 9e9])).toStrictEqual([0, 0, 7]);
  });

  it('should take a random share off a pause with jitter, and nothing without', () => {
    const random = (): number => 0.5;

    expect(delaysAfter({ threshold: 0, pause: 100, jitter: 0.2, random }, [0])).toStrictEqual([90]);
    expect(delaysAfter({ threshold: 0, pause: 100, jitter: 0, random }, [0])).toStrictEqual([100]);
    expect(delaysAfter({ threshold: 0, pause: 100, jitter: 1, random: () => 0 }, [0])).toStrictEqual([100]);
  });

  it('should remember the failures of one subscription of restart, and of no other', () => {
    jest.useFakeTimers();
    const delayed: unknown[] = [];
    const result = failing('sad').pipe(
      restart({ delay: failureDecay({ threshold: 2, pause: Infinity, decay: Infinity }) }),
    );
    const lifecycle = { next: ({ type, delay }: LifecycleEvent) => type === 'restarting' && delayed.push(delay) };

    const first = group([result], { lifecycle }).subscribe();
    const second = group([result], { lifecycle }).subscribe();
    jest.runAllTimers();
    first.unsubscribe();
    second.unsubscribe();

    expect(delayed).toStrictEqual([0, 0, 0, 0, Infinity, Infinity]);
  });

  it('should count a completion too, where that is restarted', () => {
    run(({ cold, expectObservable }) => {
      const delay = failureDecay({ threshold: 1, pause: 5, decay: Infinity });

      expectObservable(cold('a|').pipe(restart({ on: 'both', delay })), '--------!').toBe('aa-----a');
    });
  });

  it('should count as the formula says, whenever failures come', () => {
    const gaps = fc.array(fc.nat(3000), { minLength: 1, maxLength: 8 });
    fc.assert(
      fc.property(gaps, fc.integer({ min: 1, max: 4 }), (each, threshold) => {
        const decay = 1000;
        let failures = 0;
        const expected = each.map((gap, index) => {
          failures = (index === 0 ? 0 : failures * 0.5 ** (gap / decay)) + 1;
          if (failures <= threshold) return 0;
          failures = 0;
          return 10;
        });

        expect(delaysAfter({ decay, threshold, pause: 10 }, each)).toStrictEqual(expected);
      }),
      { numRuns: 50 },
    );
  });

  it('should let go of its timer when what it delays is stopped', () => {
    run(({ flush }) => {
      const stop = new Subject<void>();
      const log: string[] = [];
      const source = runner(() => failing('sad')).pipe(restart({ delay: failureDecay({ threshold: 0, pause: 50 }) }));

      source.pipe(stopWhen(stop)).subscribe({ complete: () => log.push('stopped') });
      timer(10)
        .pipe(map(() => stop.next()))
        .subscribe();
      flush();

      expect([log, stop.observed]).toStrictEqual([['stopped'], false]);
    });
  });

  it.each<{ options: unknown; message: string }>([
    { options: { decay: -1 }, message: "'decay' must be 0 or more, got -1" },
    { options: { decay: NaN }, message: "'decay' must be 0 or more, got NaN" },
    { options: { threshold: '5' }, message: "'threshold' must be 0 or more, got '5'" },
    { options: { threshold: -1 }, message: "'threshold' must be 0 or more, got -1" },
    { options: { pause: null }, message: "'pause' must be 0 or more, got null" },
    { options: { pause: -1 }, message: "'pause' must be 0 or more, got -1" },
    { options: { jitter: 2 }, message: "'jitter' must be from 0 to 1, got 2" },
    { options: { jitter: NaN }, message: "'jitter' must be from 0 to 1, got NaN" },
    { options: { random: 1 }, message: "'random' must be a function, got 1" },
  ])('should refuse at the call: $message', ({ options, message }) => {
    const call = (): unknown => failureDecay(options as FailureDecayOptions);

    expect(call).toThrow(new TypeError(`failureDecay: ${message}`));
  });
});
