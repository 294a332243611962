import { spawn } from 'node:child_process';
import { EventEmitter, once } from 'node:events';
import { constants } from 'node:os';
import { fileURLToPath } from 'node:url';
import { afterEach, beforeEach, describe, expect, it, jest } from '@jest/globals';
import fc from 'fast-check';
import {
  concat,
  config,
  finalize,
  map,
  mergeMap,
  NEVER,
  Observable,
  of,
  repeat,
  type Subscription,
  take,
  tap,
} from 'rxjs';
import * as entry from '../src/index.js';
import { group, interrupt, RunGroupError, type InterruptOptions, type SignalSource } from '../src/index.js';
import { run } from './helpers/marbles.js';

/** A process whose signals are streams: the listener that it has for a signal is the subscription to its stream. */
function processOf(streams: Readonly<Record<string, Observable<unknown>>>): SignalSource {
  const listeners: { signal: string; listener: () => void; subscription: Subscription | undefined }[] = [];
  return {
    on: (signal, listener) => {
      const subscription = streams[signal]?.subscribe(() => {
        listener();
      });
      listeners.push({ signal, listener, subscription });
    },
    off: (signal, listener) => {
      const index = listeners.findIndex((each) => each.signal === signal && each.listener === listener);
      const [removed] = index < 0 ? [] : listeners.splice(index, 1);
      removed?.subscription?.unsubscribe();
    },
  };
}

/** What somebody who listens has heard so far. */
function heardFrom(source: Observable<string>): { readonly log: string[]; readonly subscription: Subscription } {
  const log: string[] = [];
  const subscription = source.subscribe({
    next: (signal) => log.push(signal),
    error: (error: unknown) => log.push(String(error)),
    complete: () => log.push('complete'),
  });
  return { log, subscription };
}

function thrownBy(callback: () => unknown): unknown {
  try {
    callback();
  } catch (error: unknown) {
    return error;
  }
  return undefined;
}

describe('interrupt', () => {
  let source: EventEmitter;
  const listeners = () => [source.listenerCount('SIGINT'), source.listenerCount('SIGTERM')];

  beforeEach(() => {
    source = new EventEmitter();
  });

  describe('as a creation function', () => {
    it('should emit the name of the first signal and complete', () => {
      run(({ hot, expectObservable, expectSubscriptions }) => {
        const sigint = hot(' -----s---s--');
        const intsubs = '    ^----!       ';
        const sigterm = hot('--------s----');
        const termsubs = '   ^----!       ';
        const expected = '   -----(i|)    ';

        const result = interrupt({ debounce: 0, source: processOf({ SIGINT: sigint, SIGTERM: sigterm }) });

        expectObservable(result).toBe(expected, { i: 'SIGINT' });
        expectSubscriptions(sigint.subscriptions).toBe(intsubs);
        expectSubscriptions(sigterm.subscriptions).toBe(termsubs);
      });
    });

    it('should go on forever where no signal comes', () => {
      run(({ hot, expectObservable, expectSubscriptions }) => {
        const sigint = hot(' ---');
        const intsubs = '    ^--';
        const sigterm = hot('---');
        const termsubs = '   ^--';
        const expected = '   ---';

        const result = interrupt({ debounce: 0, source: processOf({ SIGINT: sigint, SIGTERM: sigterm }) });

        expectObservable(result).toBe(expected);
        expectSubscriptions(sigint.subscriptions).toBe(intsubs);
        expectSubscriptions(sigterm.subscriptions).toBe(termsubs);
      });
    });

    it('should listen to SIGINT and SIGTERM unless it is told otherwise', () => {
      const subscription = interrupt({ source }).subscribe();
      expect(source.eventNames()).toStrictEqual(['SIGINT', 'SIGTERM']);
      subscription.unsubscribe();

      const other = interrupt({ source, signals: ['SIGHUP'] }).subscribe();
      expect(source.eventNames()).toStrictEqual(['SIGHUP']);
      other.unsubscribe();
      expect(source.eventNames()).toStrictEqual([]);
    });

    it('should stop listening when unsubscribed explicitly and early', () => {
      run(({ hot, expectObservable, expectSubscriptions }) => {
        const sigint = hot('-----s--');
        const intsubs = '   ^--!    ';
        const unsub = '     ---!    ';
        const expected = '  ----    ';

        const result = interrupt({ signals: ['SIGINT'], source: processOf({ SIGINT: sigint }) });

        expectObservable(result, unsub).toBe(expected);
        expectSubscriptions(sigint.subscriptions).toBe(intsubs);
      });
    });

    it('should not break unsubscription chain when unsubscribed explicitly', () => {
      run(({ hot, expectObservable, expectSubscriptions }) => {
        const sigint = hot('-----s--');
        const intsubs = '   ^--!    ';
        const unsub = '     ---!    ';
        const expected = '  ----    ';

        const result = of(0).pipe(
          mergeMap(() => interrupt({ signals: ['SIGINT'], source: processOf({ SIGINT: sigint }) })),
          mergeMap((signal) => of(signal)),
        );

        expectObservable(result, unsub).toBe(expected);
        expectSubscriptions(sigint.subscriptions).toBe(intsubs);
      });
    });

    it('should not listen before it is subscribed to, and not remember a signal that came before', () => {
      run(({ hot, expectObservable, expectSubscriptions }) => {
        const sigint = hot('-s-----s---');
        const intsubs = '   ---^---!   ';
        const sub = '       ---^       ';
        const expected = '  -------(i|)';

        const result = interrupt({ signals: ['SIGINT'], debounce: 0, source: processOf({ SIGINT: sigint }) });

        expectObservable(result, sub).toBe(expected, { i: 'SIGINT' });
        expectSubscriptions(sigint.subscriptions).toBe(intsubs);
      });
    });

    it('should run anew for each subscription', () => {
      run(({ hot, expectObservable, expectSubscriptions }) => {
        const sigint = hot(' --s---s---');
        const intsubs1 = '   ^-!       ';
        const intsubs2 = '   ----^-!   ';
        const first = '      ^         ';
        const expected1 = '  --(i|)    ';
        const second = '     ----^     ';
        const expected2 = '  ------(i|)';

        const result = interrupt({ signals: ['SIGINT'], debounce: 0, source: processOf({ SIGINT: sigint }) });

        expectObservable(result, first).toBe(expected1, { i: 'SIGINT' });
        expectObservable(result, second).toBe(expected2, { i: 'SIGINT' });
        expectSubscriptions(sigint.subscriptions).toBe([intsubs1, intsubs2]);
      });
    });

    it('should not share its end between two subscriptions', () => {
      run(({ hot, expectObservable, expectSubscriptions }) => {
        const sigint = hot('-----s---');
        const intsubs = '   ^----!   ';
        const unsub = '     --!      ';
        const expected1 = ' ---      ';
        const expected2 = ' -----(i|)';

        const result = interrupt({ signals: ['SIGINT'], debounce: 0, source: processOf({ SIGINT: sigint }) });

        expectObservable(result, unsub).toBe(expected1);
        expectObservable(result).toBe(expected2, { i: 'SIGINT' });
        expectSubscriptions(sigint.subscriptions).toBe(intsubs);
      });
    });

    it('should stop listening to a source that sends signals in a loop', () => {
      const values: string[] = [];
      let sent = 0;
      const emitter: SignalSource = {
        on: (_signal, listener) => {
          source.on('go', () => {
            for (; sent < 10 && source.listenerCount('go') > 0; sent++) listener();
          });
        },
        off: () => {
          source.removeAllListeners('go');
        },
      };

      interrupt({ signals: ['SIGINT'], debounce: 0, source: emitter }).subscribe((signal) => values.push(signal));
      source.emit('go');

      expect(values).toStrictEqual(['SIGINT']);
      expect(sent).toBe(1);
    });

    it('should emit once where its own value sends the signal again', () => {
      const { log } = heardFrom(interrupt({ source, debounce: 0 }).pipe(tap((signal) => source.emit(signal))));

      source.emit('SIGINT');

      expect(log).toStrictEqual(['SIGINT', 'complete']);
      expect(listeners()).toStrictEqual([0, 0]);
    });

    it('should wait for another signal where it is subscribed to again from its own end', () => {
      const once$ = interrupt({ source, debounce: 0 });
      const { log, subscription } = heardFrom(concat(once$, once$, once$));

      source.emit('SIGINT');
      expect(log).toStrictEqual(['SIGINT']);
      expect(listeners()).toStrictEqual([1, 1]);
      source.emit('SIGTERM');
      expect(log).toStrictEqual(['SIGINT', 'SIGTERM']);

      subscription.unsubscribe();
      expect(listeners()).toStrictEqual([0, 0]);
    });

    it('should not listen any more when its finalizers run', () => {
      const log: unknown[] = [];
      const result = interrupt({ source, debounce: 0 }).pipe(
        finalize(() => log.push('first', listeners())),
        finalize(() => log.push('second')),
      );

      result.subscribe({ complete: () => log.push('complete') });
      source.emit('SIGINT');
      expect(log).toStrictEqual(['complete', 'first', [0, 0], 'second']);

      log.length = 0;
      const subscription = result.subscribe();
      subscription.unsubscribe();
      subscription.unsubscribe();
      expect(log).toStrictEqual(['first', [0, 0], 'second']);
    });

    it('should end at once where the signal comes while the listener is being added', () => {
      const emitter: SignalSource = {
        on: (signal, listener) => {
          source.on(signal, listener);
          source.emit(signal);
        },
        off: (signal, listener) => source.off(signal, listener),
      };

      const { log } = heardFrom(interrupt({ source: emitter, debounce: 0 }));

      expect(log).toStrictEqual(['SIGINT', 'complete']);
      expect(listeners()).toStrictEqual([0, 0]);
    });

    it('should be stopped while its first listener is being added', () => {
      let subscription: Subscription | undefined;
      const emitter: SignalSource = {
        on: (signal, listener) => {
          subscription?.unsubscribe();
          return source.on(signal, listener);
        },
        off: (signal, listener) => source.off(signal, listener),
      };

      const { log } = heardFrom(
        new Observable((subscriber) => {
          subscription = subscriber;
          return interrupt({ source: emitter }).subscribe(subscriber);
        }),
      );

      expect(log).toStrictEqual([]);
      expect(listeners()).toStrictEqual([0, 0]);
    });

    it('should be a plain Observable, exported from the root entry', () => {
      expect(entry.interrupt).toBe(interrupt);
      expect(interrupt({ source }).constructor).toBe(Observable);
    });

    it('should emit strings, and refuse other options when compiled', () => {
      // @ts-expect-error -- `debounce` is a number of milliseconds
      const bad: InterruptOptions = { debounce: '500' };
      const named: Observable<string> = interrupt({ signals: ['SIGINT'] as const, source });
      // @ts-expect-error -- a signal is known by its name
      const numbers: Observable<number> = interrupt({ source });
      const fits: SignalSource = process;

      expect(bad).toBeDefined();
      expect(named).toBeInstanceOf(Observable);
      expect(numbers).toBeInstanceOf(Observable);
      expect(fits).toBe(process);
    });

    it.each<[option: keyof InterruptOptions, value: unknown, shown: string]>([
      ['debounce', -1, '-1'],
      ['debounce', NaN, 'NaN'],
      ['debounce', '500', '500'],
      ['debounce', null, 'null'],
      ['signals', 'SIGINT', 'SIGINT'],
      ['signals', [], ''],
      ['signals', [''], ''],
      ['signals', [2], ''],
      ['signals', null, 'null'],
      ['source', null, 'null'],
      ['source', {}, ''],
      ['source', { on: () => undefined }, ''],
      ['source', { on: true, off: true }, ''],
    ])('should refuse the option %s: %p at the call', (option, value, shown) => {
      const error = thrownBy(() => interrupt({ [option]: value }));

      expect(error).toBeInstanceOf(TypeError);
      const { message } = error as TypeError;
      expect(message).toMatch(/^interrupt: /);
      expect(message).toContain(`'${option}'`);
      expect(message).toContain(shown);
    });

    it.each(['SIGFOO', 'SIGKILL', 'SIGSTOP', 'sigint', 'SIGINTX', 'INT', 'toString', ''])(
      'should refuse the signal %p at the call, which no process hears',
      (signal) => {
        expect(() => interrupt({ signals: ['SIGINT', signal] })).toThrow(
          new TypeError(`interrupt: 'signals' must be names of signals that a process can listen to, got '${signal}'`),
        );
      },
    );

    it('should take the signals of every platform', () => {
      const heard = Object.keys(constants.signals).filter((signal) => !/KILL|STOP/u.test(signal));

      expect(() => interrupt({ signals: [...heard, 'SIGBREAK', 'SIGINFO'] })).not.toThrow();
    });

    it('should take any names for a source of its own', () => {
      const source = new EventEmitter();
      const { log } = heardFrom(interrupt({ source, signals: ['SIGFOO', 'reload'], debounce: 0 }));
      source.emit('reload');

      expect(log).toStrictEqual(['reload', 'complete']);
    });

    it('should take no debounce, and one without an end', () => {
      jest.useFakeTimers();
      try {
        heardFrom(interrupt({ source, debounce: 0 }));
        source.emit('SIGINT');
        expect(listeners()).toStrictEqual([0, 0]);
        expect(jest.getTimerCount()).toBe(0);

        heardFrom(interrupt({ source, debounce: Infinity }));
        source.emit('SIGINT');
        jest.advanceTimersByTime(24 * 60 * 60 * 1_000);
        expect(listeners()).toStrictEqual([1, 0]);
        jest.runOnlyPendingTimers();
        expect(listeners()).toStrictEqual([0, 0]);
      } finally {
        jest.useRealTimers();
      }
    });

    it('should fail on subscription, with a clear error, where there is no process', () => {
      const { process } = globalThis;
      const result = interrupt();
      const logs: string[][] = [];
      for (const absent of [undefined, {}, null]) {
        Object.defineProperty(globalThis, 'process', { value: absent, configurable: true, writable: true });
        try {
          logs.push(heardFrom(result).log);
        } finally {
          Object.defineProperty(globalThis, 'process', { value: process, configurable: true, writable: true });
        }
      }

      expect(logs).toHaveLength(3);
      for (const [error = '', ...more] of logs) {
        expect(error).toMatch(/^\w*Error: interrupt: .*`?process`?/);
        expect(error).toContain("'source'");
        expect(more).toStrictEqual([]);
      }
    });

    it('should fail, and listen to nothing, where a listener cannot be added', () => {
      const refused = new Error('EINVAL');
      const emitter: SignalSource = {
        on: (signal, listener) => {
          if (signal === 'SIGKILL') throw refused;
          return source.on(signal, listener);
        },
        off: (signal, listener) => source.off(signal, listener),
      };
      const errors: unknown[] = [];

      interrupt({ source: emitter, signals: ['SIGINT', 'SIGKILL', 'SIGTERM'] }).subscribe({
        error: (error: unknown) => errors.push(error),
      });
      expect(errors).toStrictEqual([refused]);
      expect(source.eventNames()).toStrictEqual([]);

      // what failed is not remembered
      const { log } = heardFrom(interrupt({ source: emitter, debounce: 0 }));
      source.emit('SIGINT');
      expect(log).toStrictEqual(['SIGINT', 'complete']);
    });

    it('should remove the other listeners where one cannot be removed, and fail with every such error', () => {
      const intError = new Error('SIGINT stays');
      const termError = new Error('SIGTERM stays');
      const emitter: SignalSource = {
        on: (signal, listener) => source.on(signal, listener),
        off: (signal, listener) => {
          if (signal === 'SIGINT') throw intError;
          source.off(signal, listener);
          if (signal === 'SIGTERM') throw termError;
        },
      };
      const errors: unknown[] = [];
      const signals = ['SIGINT', 'SIGTERM', 'SIGHUP'];

      const subscription = interrupt({ source: emitter, signals }).subscribe();
      expect(thrownBy(() => subscription.unsubscribe())).toMatchObject({ errors: [intError, termError] });
      expect(source.eventNames()).toStrictEqual(['SIGINT']);

      group({ interrupt: interrupt({ source: emitter, signals }), job: of(1) }).subscribe({
        error: (error: unknown) => errors.push(error),
      });
      expect(errors).toStrictEqual([
        new RunGroupError([
          { path: ['interrupt'], phase: 'teardown', error: intError },
          { path: ['interrupt'], phase: 'teardown', error: termError },
        ]),
      ]);
      expect(source.eventNames()).toStrictEqual(['SIGINT']);
    });
  });

  describe('sharing listeners', () => {
    it('should have one listener for each signal, however many interrupts there are', () => {
      const all = Array.from({ length: 20 }, () => heardFrom(interrupt({ source, debounce: 0 })));
      expect(listeners()).toStrictEqual([1, 1]);

      for (const { subscription } of all.slice(1)) subscription.unsubscribe();
      expect(listeners()).toStrictEqual([1, 1]);

      all[0]?.subscription.unsubscribe();
      expect(listeners()).toStrictEqual([0, 0]);
    });

    it('should tell every interrupt of the one signal, in the order in which they began to listen', () => {
      const log: string[] = [];
      const result = (name: string) => interrupt({ source, debounce: 0 }).pipe(map((signal) => `${name} ${signal}`));
      for (const name of ['a', 'b', 'c']) result(name).subscribe((value) => log.push(value));

      source.emit('SIGTERM');

      expect(log).toStrictEqual(['a SIGTERM', 'b SIGTERM', 'c SIGTERM']);
      expect(listeners()).toStrictEqual([0, 0]);
    });

    it('should tell every interrupt though the first one stops the others', () => {
      const first = heardFrom(interrupt({ source, debounce: 0 }));
      const second = heardFrom(interrupt({ source, debounce: 0 }));
      first.subscription.add(() => {
        second.subscription.unsubscribe();
      });

      source.emit('SIGINT');

      expect(first.log).toStrictEqual(['SIGINT', 'complete']);
      expect(second.log).toStrictEqual([]);
      expect(listeners()).toStrictEqual([0, 0]);
    });

    it('should not tell one of a signal that it begins to listen to in the middle of it', () => {
      const log: string[] = [];
      const again = interrupt({ source, debounce: 0 }).pipe(repeat());

      const subscription = again.subscribe((signal) => log.push(`first ${signal}`));
      interrupt({ source, debounce: 0 }).subscribe((signal) => log.push(`second ${signal}`));
      source.emit('SIGINT');
      expect(log).toStrictEqual(['first SIGINT', 'second SIGINT']);
      expect(listeners()).toStrictEqual([1, 1]);

      subscription.unsubscribe();
      expect(listeners()).toStrictEqual([0, 0]);
    });

    it('should tell the others where a finalizer of the first one throws, whose error goes where nobody handles it', () => {
      const { onUnhandledError } = config;
      const failure = new Error('finalizer failed');
      const errors: unknown[] = [];
      jest.useFakeTimers();
      config.onUnhandledError = (error: unknown) => errors.push(error);
      try {
        const first = heardFrom(interrupt({ source, debounce: 0 }));
        const second = heardFrom(interrupt({ source, debounce: 0 }));
        first.subscription.add(() => {
          throw failure;
        });

        source.emit('SIGINT');
        jest.runAllTimers();

        expect(second.log).toStrictEqual(['SIGINT', 'complete']);
        expect(errors).toMatchObject([{ errors: [failure] }]);
        expect(listeners()).toStrictEqual([0, 0]);
      } finally {
        config.onUnhandledError = onUnhandledError;
        jest.useRealTimers();
      }
    });

    it('should ignore the second of two signals that come together', () => {
      const { log } = heardFrom(interrupt({ source }));
      const other = heardFrom(interrupt({ source, signals: ['SIGTERM'], debounce: 0 }));

      source.emit('SIGINT');
      source.emit('SIGTERM');

      expect(log).toStrictEqual(['SIGINT', 'complete']);
      expect(other.log).toStrictEqual(['SIGTERM', 'complete']);
    });

    it('should keep two sources apart', () => {
      const otherSource = new EventEmitter();
      const { log, subscription } = heardFrom(interrupt({ source, debounce: 0 }));
      const other = heardFrom(interrupt({ source: otherSource, debounce: 0 }));

      otherSource.emit('SIGINT');

      expect(log).toStrictEqual([]);
      expect(other.log).toStrictEqual(['SIGINT', 'complete']);
      expect(listeners()).toStrictEqual([1, 1]);
      expect(otherSource.eventNames()).toStrictEqual([]);
      subscription.unsubscribe();
      expect(listeners()).toStrictEqual([0, 0]);
    });

    it('should listen once where a signal is listed twice', () => {
      const { log } = heardFrom(interrupt({ source, signals: ['SIGINT', 'SIGINT'], debounce: 0 }));
      expect(listeners()).toStrictEqual([1, 0]);

      source.emit('SIGINT');

      expect(log).toStrictEqual(['SIGINT', 'complete']);
      expect(listeners()).toStrictEqual([0, 0]);
    });
  });

  describe('with a debounce', () => {
    beforeEach(() => {
      jest.useFakeTimers();
    });

    afterEach(() => {
      const left = jest.getTimerCount();
      jest.useRealTimers();
      if (left > 0) throw new Error(`${left} timers are left behind`);
    });

    it('should go on listening to the signal that came, for as long as the debounce, and swallow it', () => {
      const { log } = heardFrom(interrupt({ source, debounce: 50 }));

      source.emit('SIGINT');
      expect(log).toStrictEqual(['SIGINT', 'complete']);
      expect(listeners()).toStrictEqual([1, 0]);

      jest.advanceTimersByTime(49);
      source.emit('SIGINT');
      expect(log).toStrictEqual(['SIGINT', 'complete']);
      expect(listeners()).toStrictEqual([1, 0]);

      jest.advanceTimersByTime(1);
      expect(listeners()).toStrictEqual([0, 0]);
    });

    it('should debounce for 500 ms unless it is told otherwise', () => {
      heardFrom(interrupt({ source }));
      source.emit('SIGTERM');

      jest.advanceTimersByTime(499);
      expect(listeners()).toStrictEqual([0, 1]);
      jest.advanceTimersByTime(1);
      expect(listeners()).toStrictEqual([0, 0]);
    });

    it('should not be longer for a signal that it swallowed', () => {
      heardFrom(interrupt({ source, debounce: 50 }));
      source.emit('SIGINT');
      jest.advanceTimersByTime(40);
      source.emit('SIGINT');
      jest.advanceTimersByTime(10);

      expect(listeners()).toStrictEqual([0, 0]);
    });

    it('should go at once where no signal came', () => {
      const { subscription } = heardFrom(interrupt({ source, debounce: 50 }));
      expect(listeners()).toStrictEqual([1, 1]);

      subscription.unsubscribe();

      expect(listeners()).toStrictEqual([0, 0]);
    });

    it('should hear a different signal meanwhile', () => {
      const { log } = heardFrom(interrupt({ source, debounce: 50 }));
      const other = heardFrom(interrupt({ source, signals: ['SIGTERM'], debounce: 50 }));
      source.emit('SIGINT');
      expect(listeners()).toStrictEqual([1, 1]);

      jest.advanceTimersByTime(20);
      source.emit('SIGTERM');
      expect(log).toStrictEqual(['SIGINT', 'complete']);
      expect(other.log).toStrictEqual(['SIGTERM', 'complete']);
      expect(listeners()).toStrictEqual([1, 1]);

      jest.advanceTimersByTime(30);
      expect(listeners()).toStrictEqual([0, 1]);
      jest.advanceTimersByTime(20);
      expect(listeners()).toStrictEqual([0, 0]);
    });

    it('should swallow the same signal for an interrupt that begins meanwhile, and hear it afterwards', () => {
      heardFrom(interrupt({ source, debounce: 50 }));
      source.emit('SIGINT');
      const { log } = heardFrom(interrupt({ source, debounce: 50 }));
      expect(listeners()).toStrictEqual([1, 1]);

      source.emit('SIGINT');
      expect(log).toStrictEqual([]);
      jest.advanceTimersByTime(50);
      expect(listeners()).toStrictEqual([1, 1]);
      source.emit('SIGINT');
      expect(log).toStrictEqual(['SIGINT', 'complete']);

      jest.advanceTimersByTime(50);
      expect(listeners()).toStrictEqual([0, 0]);
    });

    it('should stay for the debounce though an interrupt that began meanwhile is stopped', () => {
      heardFrom(interrupt({ source, debounce: 50 }));
      source.emit('SIGINT');
      const { subscription } = heardFrom(interrupt({ source, debounce: 50 }));
      subscription.unsubscribe();
      expect(listeners()).toStrictEqual([1, 0]);

      jest.advanceTimersByTime(50);
      expect(listeners()).toStrictEqual([0, 0]);
    });

    it('should last as long as the longest one asks for', () => {
      heardFrom(interrupt({ source, debounce: 10 }));
      heardFrom(interrupt({ source, debounce: 80 }));
      heardFrom(interrupt({ source, debounce: 0 }));
      source.emit('SIGINT');

      jest.advanceTimersByTime(79);
      expect(listeners()).toStrictEqual([1, 0]);
      jest.advanceTimersByTime(1);
      expect(listeners()).toStrictEqual([0, 0]);
    });

    it('should have one timer, which does not hold the process, however many interrupts there are', () => {
      const setTimer = jest.spyOn(globalThis, 'setTimeout');
      try {
        for (let count = 0; count < 5; count++) heardFrom(interrupt({ source, debounce: 50 }));
        source.emit('SIGINT');

        expect(setTimer).toHaveBeenCalledTimes(1);
        const timer = setTimer.mock.results[0]?.value as NodeJS.Timeout;
        expect(timer.hasRef()).toBe(false);
        jest.advanceTimersByTime(50);
      } finally {
        setTimer.mockRestore();
      }
    });

    it('should go on for a subscriber that takes the one value', () => {
      const { log } = heardFrom(interrupt({ source, debounce: 50 }).pipe(take(1)));
      source.emit('SIGINT');
      source.emit('SIGINT');
      expect(log).toStrictEqual(['SIGINT', 'complete']);
      expect(listeners()).toStrictEqual([1, 0]);

      jest.advanceTimersByTime(50);
      expect(listeners()).toStrictEqual([0, 0]);
    });

    it('should keep its listeners in balance whatever comes in whatever order', () => {
      const commands = fc.array(
        fc.oneof(
          fc.tuple(fc.constant('listen' as const), fc.constantFrom(0, 20, 50)),
          fc.tuple(fc.constant('stop' as const), fc.nat(9)),
          fc.tuple(fc.constant('signal' as const), fc.constantFrom('SIGINT', 'SIGTERM')),
          fc.tuple(fc.constant('wait' as const), fc.constantFrom(1, 20, 50)),
        ),
        { maxLength: 40, size: 'max' },
      );

      fc.assert(
        fc.property(commands, (steps) => {
          const emitter = new EventEmitter();
          let now = 0;
          const heard: { readonly log: string[]; readonly subscription: Subscription; readonly debounce: number }[] =
            [];
          const expected: string[][] = [];
          const swallowedUntil: Record<string, number> = { SIGINT: 0, SIGTERM: 0 };
          const waiting = () => heard.filter((_, index) => expected[index]?.length === 0);
          const check = (): void => {
            const counts = ['SIGINT', 'SIGTERM'].map((signal) => emitter.listenerCount(signal));
            const listening = (signal: string) => waiting().length > 0 || now < (swallowedUntil[signal] ?? 0);
            expect(counts).toStrictEqual([Number(listening('SIGINT')), Number(listening('SIGTERM'))]);
            expect(heard.map(({ log }) => log)).toStrictEqual(
              expected.map((log) => log.filter((line) => line !== 'stopped')),
            );
          };

          for (const [command, value] of steps) {
            if (command === 'listen') {
              heard.push({ ...heardFrom(interrupt({ source: emitter, debounce: value })), debounce: value });
              expected.push([]);
            } else if (command === 'stop') {
              heard[value]?.subscription.unsubscribe();
              if (expected[value]?.length === 0) expected[value].push('stopped');
            } else if (command === 'signal') {
              emitter.emit(value);
              if (now >= (swallowedUntil[value] ?? 0)) {
                const told = waiting();
                if (told.length > 0) swallowedUntil[value] = now + Math.max(...told.map(({ debounce }) => debounce));
                heard.forEach((each, index) => told.includes(each) && expected[index]?.push(value, 'complete'));
              }
            } else {
              now += value;
              jest.advanceTimersByTime(value);
            }
            check();
          }
          for (const { subscription } of heard) subscription.unsubscribe();
          jest.advanceTimersByTime(50);
          expect(emitter.eventNames()).toStrictEqual([]);
        }),
        { numRuns: 200, seed: 20_260_101 },
      );
    });
  });

  describe('in a group', () => {
    it('should stop the group, whose members are awaited', () => {
      run(({ cold, hot, expectObservable, expectSubscriptions }) => {
        const sigint = hot(' ----s------');
        const intsubs = '    ^---!      ';
        const e1 = cold('    -a-b-c-d   ');
        const e1subs = '     ^---!      ';
        const teardown = cold('  ---|   ');
        const tearsubs = '   ----^--!   ';
        const expected = '   -a-bi--|   ';

        const result = group({
          interrupt: interrupt({ signals: ['SIGINT'], debounce: 0, source: processOf({ SIGINT: sigint }) }),
          worker: entry.runner({ run: () => e1, teardown: () => teardown }),
        });

        expectObservable(result).toBe(expected, { a: 'a', b: 'b', i: 'SIGINT' });
        expectSubscriptions(sigint.subscriptions).toBe(intsubs);
        expectSubscriptions(e1.subscriptions).toBe(e1subs);
        expectSubscriptions(teardown.subscriptions).toBe(tearsubs);
      });
    });

    it('should be stopped quietly by a member that ends', () => {
      run(({ cold, hot, expectObservable, expectSubscriptions }) => {
        const sigint = hot('------s');
        const intsubs = '   ^--!   ';
        const e1 = cold('   -a-|   ');
        const e1subs = '    ^--!   ';
        const expected = '  -a-|   ';

        const result = group([interrupt({ signals: ['SIGINT'], source: processOf({ SIGINT: sigint }) }), e1]);

        expectObservable(result).toBe(expected);
        expectSubscriptions(sigint.subscriptions).toBe(intsubs);
        expectSubscriptions(e1.subscriptions).toBe(e1subs);
      });
    });

    it('should be ready as soon as it listens', () => {
      const log: string[] = [];
      const lifecycle = { next: ({ path, type }: entry.LifecycleEvent) => log.push(`${path.join('/')} ${type}`) };

      const subscription = group({ interrupt: interrupt({ source }) }, { lifecycle }).subscribe();

      expect(log).toStrictEqual(['interrupt starting', 'interrupt ready']);
      subscription.unsubscribe();
    });

    it('should not listen any more where a sibling fails while it is started, and not begin after it', () => {
      const errors: unknown[] = [];
      const failure = new Error('no port');
      const sibling = new Observable<never>(() => {
        throw failure;
      });

      group({ before: interrupt({ source }), sibling, after: interrupt({ source }) }).subscribe({
        error: (error: unknown) => errors.push(error),
      });
      expect(errors).toStrictEqual([new RunGroupError([{ path: ['sibling'], phase: 'run', error: failure }])]);
      expect(listeners()).toStrictEqual([0, 0]);

      const added = jest.spyOn(source, 'on');
      group([sibling, interrupt({ source })]).subscribe({ error: (error: unknown) => errors.push(error) });
      expect(errors).toHaveLength(2);
      expect(added).not.toHaveBeenCalled();
    });

    it('should end the group once where two interrupts hear the same signal', () => {
      const log: string[] = [];
      const stops = interrupt({ source, debounce: 0 });

      group(
        { first: stops, second: stops, third: NEVER },
        { lifecycle: { next: ({ path, type }) => log.push(`${path.join('/')} ${type}`) } },
      ).subscribe({
        next: (signal) => log.push(signal),
        complete: () => log.push('complete'),
      });
      log.length = 0;
      source.emit('SIGINT');

      expect(log).toStrictEqual([
        'SIGINT',
        'first completed',
        'second stopping',
        'second stopped',
        'third stopping',
        'third stopped',
        'complete',
      ]);
      expect(listeners()).toStrictEqual([0, 0]);
    });
  });

  describe('in a process', () => {
    /** Starts a fixture; what it writes can be waited for, line by line. */
    function startFixture(name: string, ...args: string[]) {
      const file = fileURLToPath(new URL(`./fixtures/${name}.ts`, import.meta.url));
      const child = spawn(process.execPath, ['--import', 'tsx', file, ...args], { stdio: ['ignore', 'pipe', 'pipe'] });
      const wrote = new EventEmitter();
      let output = '';
      let errors = '';
      child.stdout.setEncoding('utf8').on('data', (text: string) => {
        output += text;
        wrote.emit('text');
      });
      child.stderr.setEncoding('utf8').on('data', (text: string) => {
        errors += text;
      });
      const closed = once(child, 'close') as Promise<[code: number | null, signal: NodeJS.Signals | null]>;
      const lines = () => output.split('\n').slice(0, -1);
      return {
        child,
        async wrote(line: string): Promise<void> {
          while (!lines().includes(line)) {
            const [code, signal] = (await Promise.race([once(wrote, 'text'), closed])) as [unknown, unknown];
            if (child.exitCode !== null || child.signalCode !== null) {
              if (lines().includes(line)) return;
              throw new Error(`ended with ${String(code)} ${String(signal)} before '${line}':\n${output}${errors}`);
            }
          }
        },
        async ended() {
          const [code, signal] = await closed;
          return { code, signal, lines: lines(), errors };
        },
      };
    }

    const fixtureTime = 30_000;
    const stopped = (signal: string, listening: string) => [
      'before: 0 SIGINT, 0 SIGTERM',
      'running: 1 SIGINT, 1 SIGTERM',
      `interrupted by ${signal}`,
      'teardown begins, stopped by first',
      'teardown is over',
      `completed: ${listening}`,
      'nothing is open',
    ];

    it.each(['SIGINT', 'SIGTERM'] as const)(
      'should let a slow teardown finish after %s, then the process ends by itself',
      async (signal) => {
        const fixture = startFixture('interrupted-group', '0');
        await fixture.wrote('running: 1 SIGINT, 1 SIGTERM');
        fixture.child.kill(signal);

        expect(await fixture.ended()).toStrictEqual({
          code: 0,
          signal: null,
          lines: stopped(signal, '0 SIGINT, 0 SIGTERM'),
          errors: '',
        });
      },
      fixtureTime,
    );

    it(
      'should let a slow teardown finish though SIGINT comes twice within a millisecond',
      async () => {
        // Its debounce is a minute: that the process ends is also because the timer does not hold it.
        const fixture = startFixture('interrupted-group', '60000', 'echo');
        await fixture.wrote('running: 1 SIGINT, 1 SIGTERM');
        fixture.child.kill('SIGINT');
        fixture.child.kill('SIGINT');
        await fixture.wrote('teardown begins, stopped by first');
        fixture.child.kill('SIGINT');

        expect(await fixture.ended()).toStrictEqual({
          code: 0,
          signal: null,
          lines: stopped('SIGINT', '1 SIGINT, 0 SIGTERM'),
          errors: '',
        });
      },
      fixtureTime,
    );

    it(
      'should let a second SIGINT kill the process when the debounce is over',
      async () => {
        const fixture = startFixture('endless-teardown', '20');
        await fixture.wrote('running');
        fixture.child.kill('SIGINT');
        await fixture.wrote('SIGINT is not listened to, teardown goes on');
        fixture.child.kill('SIGINT');

        expect(await fixture.ended()).toStrictEqual({
          code: null,
          signal: 'SIGINT',
          lines: ['running', 'interrupted by SIGINT', 'SIGINT is not listened to, teardown goes on'],
          errors: '',
        });
      },
      fixtureTime,
    );

    it(
      'should leave no listener where a member ends first and no signal came',
      async () => {
        expect(await startFixture('stopped-interrupt').ended()).toStrictEqual({
          code: 0,
          signal: null,
          lines: ['before: 0 SIGINT, 0 SIGTERM', 'running: 1 SIGINT, 1 SIGTERM', 'completed: 0 SIGINT, 0 SIGTERM'],
          errors: '',
        });
      },
      fixtureTime,
    );

    it(
      'should neither keep the process alive nor warn of too many listeners',
      async () => {
        expect(await startFixture('only-interrupts').ended()).toStrictEqual({
          code: 0,
          signal: null,
          lines: ['1 SIGINT, 1 SIGTERM'],
          errors: '',
        });
      },
      fixtureTime,
    );
  });
});
