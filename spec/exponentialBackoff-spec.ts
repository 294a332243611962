import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { defer, map, timer, type Observable } from 'rxjs';
import {
  exponentialBackoff,
  group,
  restart,
  type ExponentialBackoffOptions,
  type LifecycleEvent,
} from '../src/index.js';
import { run } from './helpers/marbles.js';

/** The delays before so many restarts. */
function delays(options: ExponentialBackoffOptions | undefined, count: number): number[] {
  const strategy = exponentialBackoff(options);
  return Array.from({ length: count }, (_, index) => {
    const { delay } = strategy(index + 1, undefined) as Observable<unknown> & { readonly delay: number };
    return delay;
  });
}

describe('exponentialBackoff', () => {
  it('should make each delay a multiple of the one before', () => {
    run(({ cold, expectObservable, expectSubscriptions }) => {
      const e1 = cold('#');
      const delay = exponentialBackoff({ initial: 100, max: 5_000 });

      expectObservable(e1.pipe(restart({ delay })), '999ms !').toBe('-');
      expectSubscriptions(e1.subscriptions).toBe(['(^!)', '100ms (^!)', '300ms (^!)', '700ms (^!)']);
    });
  });

  it('should begin with 100 ms, double, go up to 30 s, and have no jitter, unless told otherwise', () => {
    expect(delays(undefined, 11)).toStrictEqual([100, 200, 400, 800, 1600, 3200, 6400, 12_800, 25_600, 30_000, 30_000]);
  });

  it('should take initial, max and factor as they are given', () => {
    expect(delays({ initial: 10, max: 100, factor: 3 }, 5)).toStrictEqual([10, 30, 90, 100, 100]);
    expect(delays({ initial: 10, factor: 1 }, 3)).toStrictEqual([10, 10, 10]);
    expect(delays({ initial: 10, factor: 1.5 }, 3)).toStrictEqual([10, 15, 22.5]);
    expect(delays({ initial: 10, max: 5 }, 2)).toStrictEqual([5, 5]);
    expect(delays({ max: 0 }, 2)).toStrictEqual([0, 0]);
  });

  it('should take a random share off with jitter, and nothing without', () => {
    const random = (): number => 0.5;

    expect(delays({ initial: 100, jitter: 0.2, random }, 2)).toStrictEqual([90, 180]);
    expect(delays({ initial: 100, jitter: 1, random }, 2)).toStrictEqual([50, 100]);
    expect(delays({ initial: 100, jitter: 0, random }, 2)).toStrictEqual([100, 200]);
  });

  it('should have a number for each delay, however many there have been', () => {
    expect(delays({ initial: 0 }, 1100).every((delay) => delay === 0)).toBe(true);
    expect(delays({ max: Infinity }, 1100).at(-1)).toBe(Infinity);
    fc.assert(
      fc.property(
        fc.record({
          initial: fc.nat(1000),
          max: fc.nat(100_000),
          factor: fc.integer({ min: 1, max: 5 }),
          jitter: fc.double({ min: 0, max: 1, noNaN: true }),
        }),
        fc.integer({ min: 1, max: 2000 }),
        (options, count) => {
          const all = delays(options, count);

          expect(all.every((delay) => delay >= 0 && delay <= options.max)).toBe(true);
        },
      ),
      { numRuns: 30 },
    );
  });

  it('should wait for ever rather than not at all, where no timer is long enough', () => {
    run(({ expectObservable }) => {
      const strategy = exponentialBackoff({ initial: 2 ** 31, max: Infinity });

      expectObservable(strategy(1, undefined) as Observable<unknown>).toBe('-');
    });
  });

  it('should not wait at all for a delay of 0', () => {
    const fired: unknown[] = [];

    (exponentialBackoff({ initial: 0 })(1, undefined) as Observable<unknown>).subscribe((value) => fired.push(value));

    expect(fired).toHaveLength(1);
  });

  it('should begin anew when restart does, after so long a run', () => {
    run(({ flush }) => {
      const delayed: unknown[] = [];
      const lasts = [1, 1, 50, 1];
      const source = defer(() =>
        timer(lasts.shift() ?? 0).pipe(
          map(() => {
            throw new Error('sad');
          }),
        ),
      );
      const lifecycle = { next: ({ type, delay }: LifecycleEvent) => type === 'restarting' && delayed.push(delay) };
      const delay = exponentialBackoff({ initial: 10 });

      group({ api: source.pipe(restart({ delay, resetAfter: 50, limit: 4 })) }, { lifecycle }).subscribe({
        error: () => delayed.push('limit'),
      });
      flush();

      expect(delayed).toStrictEqual([10, 20, 10, 20, 'limit']);
    });
  });

  it.each<{ options: unknown; message: string }>([
    { options: { initial: -1 }, message: "'initial' must be 0 or more, got -1" },
    { options: { initial: NaN }, message: "'initial' must be 0 or more, got NaN" },
    { options: { initial: '5' }, message: "'initial' must be 0 or more, got '5'" },
    { options: { max: -1 }, message: "'max' must be 0 or more, got -1" },
    { options: { max: null }, message: "'max' must be 0 or more, got null" },
    { options: { factor: 0.5 }, message: "'factor' must be 1 or more, got 0.5" },
    { options: { factor: NaN }, message: "'factor' must be 1 or more, got NaN" },
    { options: { jitter: 1.1 }, message: "'jitter' must be from 0 to 1, got 1.1" },
    { options: { jitter: -0.1 }, message: "'jitter' must be from 0 to 1, got -0.1" },
    { options: { jitter: true }, message: "'jitter' must be from 0 to 1, got true" },
    { options: { random: 0.5 }, message: "'random' must be a function, got 0.5" },
  ])('should refuse at the call: $message', ({ options, message }) => {
    const call = (): unknown => exponentialBackoff(options as ExponentialBackoffOptions);

    expect(call).toThrow(new TypeError(`exponentialBackoff: ${message}`));
  });
});
