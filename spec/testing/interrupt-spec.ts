import { afterEach, beforeEach, describe, expect, it, jest } from '@jest/globals';
import * as fc from 'fast-check';
import { EventEmitter } from 'node:events';
import { asyncScheduler, mergeMap, Subscription, tap, timer } from 'rxjs';
import { group, interrupt as coreInterrupt } from '../../src/index.js';
import { lifecycleMarbles } from '../../src/testing/index.js';

const i = 'SIGINT';
const t = 'SIGTERM';
const h = 'SIGHUP';
const usual: Partial<Record<string, string>> = { i, t };

describe('interrupt of lifecycleMarbles', () => {
  it('should emit the name of the first signal, and complete', () => {
    lifecycleMarbles(({ interrupt, expectObservable }) => {
      const e1 = interrupt(' --t--i');
      const expected = '     --(t|)';

      expectObservable(e1).toBe(expected, { t });
    });
  });

  it('should be Ctrl-C: the group stops, and is waited for', () => {
    lifecycleMarbles(({ runner, interrupt, expectObservable, expectTeardowns, expectLifecycle }) => {
      const worker = runner('  -a-b-c    ', { teardown: '---|' });
      const teardown = '       ----^--!  ';
      const ctrlC = interrupt('----i     ', { i });
      const expected = '       -a-bi--|  ';
      const rows = {
        worker: '              sr--x--|  ',
        ctrlC: '               (sr)c     ',
      };

      const app = group({ worker, ctrlC });

      expectObservable(app).toBe(expected, { a: 'a', b: 'b', i });
      expectTeardowns(worker.teardowns).toBe(teardown);
      expectLifecycle(app).toBe({ ...rows, ctrlC: ['s---c', 'r'] });
    });
  });

  it('should take a double Ctrl-C for one, and not be killed by it', () => {
    lifecycleMarbles(({ runner, interrupt, expectObservable, expectTeardowns }) => {
      const worker = runner('  -a-b-c     ', { teardown: '3s |' });
      const teardown = '       --^ 2999ms !';
      const ctrlC = interrupt('--i-i 494ms i', { i });

      expectObservable(group({ worker, ctrlC })).toBe('-ai 2999ms |', { a: 'a', i });
      expectObservable(ctrlC.kills).toBe('-');
      expectTeardowns(worker.teardowns).toBe(teardown);
    });
  });

  it('should be killed by the second Ctrl-C when the debounce is over', () => {
    lifecycleMarbles(({ runner, interrupt, expectObservable, expectTeardowns }) => {
      const worker = runner('  -a-b-c       ', { teardown: '3s |' });
      const ctrlC = interrupt('--i 499ms i--i', { i });
      const kills = '          --- 499ms k--k';

      expectObservable(group({ worker, ctrlC })).toBe('-ai 2999ms |', { a: 'a', i });
      expectObservable(ctrlC.kills).toBe(kills, { k: i });
      expectTeardowns(worker.teardowns).toBe('--^ 2999ms !');
    });
  });

  it('should be killed by a signal that nobody listens to', () => {
    lifecycleMarbles(({ interrupt, expectObservable }) => {
      const e1 = interrupt(' i--h--t');
      const subs = '         -^------';
      const expected = '     ------(t|)';
      const kills = '        i--h----';

      expectObservable(e1, subs).toBe(expected, { t });
      expectObservable(e1.kills).toBe(kills, { i, h });
    });
  });

  it('should listen to other signals where it is told to, and debounce as long as it is told to', () => {
    lifecycleMarbles(({ interrupt, expectObservable }) => {
      const e1 = interrupt(' -i-h-hh', { i, h }, { signals: [h], debounce: 3 });
      const expected = '     ---(h|)  ';
      const kills = '        -i----k  ';

      expectObservable(e1).toBe(expected, { h });
      expectObservable(e1.kills).toBe(kills, { i, k: h });
    });
  });

  it('should force a group whose grace it is: one Ctrl-C stops, another one does not wait', () => {
    lifecycleMarbles(({ runner, interrupt, expectLifecycle }) => {
      const worker = runner('  -a-b-c      ', { teardown: '-' });
      const ctrlC = interrupt('--i----i    ', { i }, { debounce: 3 });

      expectLifecycle(group({ worker, ctrlC }, { grace: ctrlC })).toBe({
        worker: '              srx----!    ',
        ctrlC: ['              s-c         ', 'r'],
      });
    });
  });

  it.each([
    [() => ['--x', { i }], "interrupt: the marbles must be signals (i), got '--x'"],
    [() => ['--i|', undefined], "interrupt: the marbles must be signals (i, t, h), got '--i|'"],
    [() => ['--i', undefined, { debounce: -1 }], "interrupt: 'debounce' must be 0 or more, got -1"],
    [() => ['--i', undefined, { signals: [] }], "interrupt: 'signals' must be names of signals, got []"],
  ])('should refuse bad input: %#', (args, message) => {
    expect(() => {
      lifecycleMarbles(({ interrupt }) => {
        void interrupt(...(args() as Parameters<typeof interrupt>));
      });
    }).toThrow(new TypeError(message));
  });

  describe('beside the one of the core', () => {
    beforeEach(() => {
      jest.useFakeTimers({ now: 0 });
    });

    afterEach(() => {
      jest.useRealTimers();
    });

    type Heard = readonly [listener: number, frame: number, signal: string];

    it('should hear the same signals at the same times, and be killed by the same ones', () => {
      const signals = fc.array(fc.constantFrom('-', '-', 'i', 't'), { maxLength: 30 });
      // at odd times, where there is no signal
      const listening = fc.array(fc.nat({ max: 30 }), { maxLength: 4 });

      fc.assert(
        fc.property(signals, listening, fc.nat({ max: 15 }), (letters, times, debounce) => {
          const actual: Heard[] = [];
          lifecycleMarbles(({ interrupt }) => {
            const e1 = interrupt(letters.join('-'), undefined, { debounce });
            e1.kills.subscribe((signal) => actual.push([-1, asyncScheduler.now(), signal]));
            for (const [listener, time] of times.entries()) {
              timer(2 * time + 1)
                .pipe(mergeMap(() => e1))
                .subscribe((signal) => actual.push([listener, asyncScheduler.now(), signal]));
            }
          });

          const expected: Heard[] = [];
          const source = new EventEmitter();
          const e1 = coreInterrupt({ source, debounce });
          const listeners = new Subscription();
          const begin = Date.now();
          const now = () => Date.now() - begin;
          while (now() <= 61) {
            const signal = usual[now() % 2 === 0 ? (letters[now() / 2] ?? '-') : '-'];
            if (signal && !source.emit(signal)) expected.push([-1, now(), signal]);
            for (const [listener, time] of times.entries())
              if (2 * time + 1 === now())
                listeners.add(e1.pipe(tap((name) => expected.push([listener, now(), name]))).subscribe());
            jest.advanceTimersByTime(1);
          }
          listeners.unsubscribe();
          jest.runAllTimers();

          expect(actual).toStrictEqual(expected);
          expect(source.eventNames()).toStrictEqual([]);
        }),
        { numRuns: 300, seed: 20_260_101 },
      );
    });
  });
});
