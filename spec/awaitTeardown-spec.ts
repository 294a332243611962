import { afterEach, describe, expect, it, jest } from '@jest/globals';
import fc from 'fast-check';
import { execFile } from 'node:child_process';
import { getEventListeners } from 'node:events';
import { promisify } from 'node:util';
import {
  config,
  EMPTY,
  finalize,
  NEVER,
  Observable,
  of,
  Subject,
  take,
  tap,
  throwError,
  type ObservableInput,
} from 'rxjs';
import * as entry from '../src/index.js';
import {
  awaitTeardown,
  drain,
  GraceExceededError,
  group,
  RunGroupError,
  runner,
  settle,
  StopError,
  stopWhen,
  type LifecycleEvent,
  type TeardownContext,
  type TeardownResult,
} from '../src/index.js';
import { asInterop } from './helpers/interop.js';
import { run } from './helpers/marbles.js';
import { afterReports, unhandled } from './helpers/unhandled.js';

type Work = Parameters<typeof awaitTeardown>[0];

/** The source, hand-written, with teardowns that are awaited. */
function withTeardown<T>(source: Observable<T>, ...works: Work[]): Observable<T> {
  return new Observable((subscriber) => {
    for (const work of works) {
      subscriber.add(() => {
        awaitTeardown(work);
      });
    }
    source.subscribe(subscriber);
  });
}

/** What came of a teardown, told synchronously. */
function outcomeOf(work: Work): unknown[] {
  const log: unknown[] = [];
  drain(withTeardown(NEVER, work).subscribe()).subscribe({
    error: (error: unknown) => log.push(error),
    complete: () => log.push('complete'),
  });
  return log;
}

describe('awaitTeardown', () => {
  afterEach(() => {
    config.onUnhandledError = null;
  });

  it('should make the teardown of a hand-written Observable awaited', () => {
    run(({ cold, expectObservable, expectSubscriptions }) => {
      const e1 = cold('  --a--b--c---');
      const e1subs = '   ^----!      ';
      const e2 = cold('       ---|   ');
      const e2subs = '   -----^--!   ';
      const stop = '     -----x      ';
      const expected = ' --a-----|   ';

      expectObservable(withTeardown(e1, e2).pipe(stopWhen(cold(stop)))).toBe(expected);
      expectSubscriptions(e1.subscriptions).toBe(e1subs);
      expectSubscriptions(e2.subscriptions).toBe(e2subs);
    });
  });

  it.each([
    ['completion', '--a--|', '--a-----|'],
    ['error', '     --a--#', '--a-----#'],
  ])('should make it awaited also after the %s', (_, source, expected) => {
    run(({ cold, expectObservable, expectSubscriptions }) => {
      const e1 = cold(source);
      const e1subs = '   ^----!   ';
      const e2 = cold('       ---|');
      const e2subs = '   -----^--!';

      expectObservable(withTeardown(e1, e2).pipe(settle())).toBe(expected);
      expectSubscriptions(e1.subscriptions).toBe(e1subs);
      expectSubscriptions(e2.subscriptions).toBe(e2subs);
    });
  });

  it('should make it awaited when the Observable ends while it is being subscribed', () => {
    run(({ cold, expectObservable, expectSubscriptions }) => {
      const e2 = cold('  ---|  ');
      const e2subs = '   ^--!  ';
      const expected = ' a--|  ';

      expectObservable(withTeardown(of('a'), e2).pipe(settle())).toBe(expected);
      expectSubscriptions(e2.subscriptions).toBe(e2subs);
    });
  });

  it('should make it awaited where the subscriber has had enough of a synchronous Observable', () => {
    run(({ cold, expectObservable, expectSubscriptions }) => {
      const e2 = cold('  ---|  ');
      const e2subs = '   ^--!  ';
      const expected = ' a--|  ';

      expectObservable(withTeardown(of('a', 'b'), e2).pipe(take(1), settle())).toBe(expected);
      expectSubscriptions(e2.subscriptions).toBe(e2subs);
    });
  });

  it('should end at once when the work is empty', () => {
    run(({ cold, expectObservable, expectSubscriptions }) => {
      const e1 = cold('  --a--|');
      const e1subs = '   ^----!';
      const e2 = cold('       |');
      const e2subs = '   -----(^!)';
      const expected = ' --a--|';

      expectObservable(withTeardown(e1, e2).pipe(settle())).toBe(expected);
      expectSubscriptions(e1.subscriptions).toBe(e1subs);
      expectSubscriptions(e2.subscriptions).toBe(e2subs);
    });
  });

  it('should wait for ever for work that never ends', () => {
    run(({ cold, expectObservable, expectSubscriptions }) => {
      const e1 = cold('  --a--|');
      const e1subs = '   ^----!';
      const e2 = cold('       -');
      const e2subs = '   -----^';
      const expected = ' --a---';

      expectObservable(withTeardown(e1, e2).pipe(settle())).toBe(expected);
      expectSubscriptions(e1.subscriptions).toBe(e1subs);
      expectSubscriptions(e2.subscriptions).toBe(e2subs);
    });
  });

  it('should count the error of the work', () => {
    run(({ cold, expectObservable, expectSubscriptions }) => {
      const failure = new Error('stuck');
      const e1 = cold('  --a--|   ');
      const e1subs = '   ^----!   ';
      const e2 = cold('       -v-#', undefined, failure);
      const e2subs = '   -----^--!';
      const expected = ' --a-----#';

      expectObservable(withTeardown(e1, e2).pipe(settle())).toBe(expected, undefined, failure);
      expectSubscriptions(e1.subscriptions).toBe(e1subs);
      expectSubscriptions(e2.subscriptions).toBe(e2subs);
    });
  });

  it('should count the error after that of the run', () => {
    run(({ cold, expectObservable, expectSubscriptions }) => {
      const [inRun, inTeardown] = [new Error('lost'), new Error('stuck')];
      const e1 = cold('  --a--#   ', undefined, inRun);
      const e1subs = '   ^----!   ';
      const e2 = cold('       ---#', undefined, inTeardown);
      const e2subs = '   -----^--!';
      const expected = ' --a-----#';
      const failure = new RunGroupError([
        { path: [], phase: 'run', error: inRun },
        { path: [], phase: 'teardown', error: inTeardown },
      ]);

      expectObservable(withTeardown(e1, e2).pipe(settle())).toBe(expected, undefined, failure);
      expectSubscriptions(e1.subscriptions).toBe(e1subs);
      expectSubscriptions(e2.subscriptions).toBe(e2subs);
    });
  });

  it('should wait for hot work from the teardown on', () => {
    run(({ cold, hot, expectObservable, expectSubscriptions }) => {
      const e1 = cold('  --a--|   ');
      const e1subs = '   ^----!   ';
      const e2 = hot('   -x----x-|');
      const e2subs = '   -----^--!';
      const expected = ' --a-----|';

      expectObservable(withTeardown(e1, e2).pipe(settle())).toBe(expected);
      expectSubscriptions(e1.subscriptions).toBe(e1subs);
      expectSubscriptions(e2.subscriptions).toBe(e2subs);
    });
  });

  it('should wait for several, and keep their errors in order', () => {
    run(({ cold, expectObservable, expectSubscriptions }) => {
      const [first, second] = [new Error('first'), new Error('second')];
      const e1 = cold('  --a--|     ');
      const e2 = cold('       -----# ', undefined, second);
      const e2subs = '   -----^----!';
      const e3 = cold('       --#    ', undefined, first);
      const e3subs = '   -----^-!   ';
      const e4 = cold('       ---|   ');
      const e4subs = '   -----^--!  ';
      const expected = ' --a-------#';
      const failure = new RunGroupError([
        { path: [], phase: 'teardown', error: first },
        { path: [], phase: 'teardown', error: second },
      ]);

      expectObservable(withTeardown(e1, e2, e3, e4).pipe(settle())).toBe(expected, undefined, failure);
      expectSubscriptions(e1.subscriptions).toBe('^----!');
      expectSubscriptions(e2.subscriptions).toBe(e2subs);
      expectSubscriptions(e3.subscriptions).toBe(e3subs);
      expectSubscriptions(e4.subscriptions).toBe(e4subs);
    });
  });

  it('should wait for the teardown of the work too', () => {
    run(({ cold, expectObservable, expectSubscriptions }) => {
      const e1 = cold('  --a--|      ');
      const e1subs = '   ^----!      ';
      const e2 = cold('       ---|   ');
      const e2subs = '   -----^--!   ';
      const e3 = cold('          ---|');
      const e3subs = '   --------^--!';
      const expected = ' --a--------|';

      expectObservable(withTeardown(e1, withTeardown(e2, e3)).pipe(settle())).toBe(expected);
      expectSubscriptions(e1.subscriptions).toBe(e1subs);
      expectSubscriptions(e2.subscriptions).toBe(e2subs);
      expectSubscriptions(e3.subscriptions).toBe(e3subs);
    });
  });

  it('should be waited for by every owner around it', () => {
    run(({ cold, expectObservable, expectSubscriptions }) => {
      const e1 = cold('  --a--b--c---');
      const e1subs = '   ^----!      ';
      const e2 = cold('       ---|   ');
      const e2subs = '   -----^--!   ';
      const stop = '     -----x      ';
      const expected = ' --a-----|   ';
      const member = withTeardown(e1, e2);

      expectObservable(group([group([member.pipe(settle())])]).pipe(stopWhen(cold(stop)))).toBe(expected);
      expectSubscriptions(e1.subscriptions).toBe(e1subs);
      expectSubscriptions(e2.subscriptions).toBe(e2subs);
    });
  });

  it('should not be cut when whoever waits is unsubscribed', () => {
    run(({ cold, expectObservable, expectSubscriptions }) => {
      const e1 = cold('  --a--|     ');
      const e1subs = '   ^----!     ';
      const e2 = cold('       -----|');
      const e2subs = '   -----^----!';
      const unsub = '    -------!   ';
      const expected = ' --a-----   ';

      expectObservable(withTeardown(e1, e2).pipe(settle()), unsub).toBe(expected);
      expectSubscriptions(e1.subscriptions).toBe(e1subs);
      expectSubscriptions(e2.subscriptions).toBe(e2subs);
    });
  });

  it('should not make an owner wait for a stranger that a handler of values unsubscribes', () => {
    run(({ cold, expectObservable, expectSubscriptions }) => {
      const e1 = cold('  --a--|  ');
      const e1subs = '   ^----!  ';
      const e2 = cold('    ------|');
      const e2subs = '   --^-----!';
      const expected = ' --a--|  ';
      const stranger = withTeardown(NEVER, e2).subscribe();

      expectObservable(
        e1.pipe(
          settle(),
          tap(() => stranger.unsubscribe()),
        ),
      ).toBe(expected);
      expectSubscriptions(e1.subscriptions).toBe(e1subs);
      expectSubscriptions(e2.subscriptions).toBe(e2subs);
    });
  });

  it('should be called for anew by each teardown', () => {
    run(({ cold, expectObservable, expectSubscriptions }) => {
      const e1 = cold('  --a--|   ');
      const e1subs = ['  ^----!   ', '^--!'];
      const e2 = cold('       ---|');
      const e2subs = ['  ---^--!  ', '-----^--!'];
      const stop = '     ---x';
      const member = withTeardown(e1, () => e2);

      expectObservable(member.pipe(settle())).toBe('             --a-----|');
      expectObservable(member.pipe(stopWhen(cold(stop)))).toBe('--a---|');
      expectSubscriptions(e1.subscriptions).toBe(e1subs);
      expectSubscriptions(e2.subscriptions).toBe(e2subs);
    });
  });

  describe('the work', () => {
    const inputs: [string, () => ObservableInput<unknown>][] = [
      ['an Observable', () => of('a')],
      ['an interop Observable', () => asInterop(of('a'))],
      ['an array', () => ['a']],
      ['a Set', () => new Set(['a'])],
      ['a promise', () => Promise.resolve('a')],
      ['a thenable', () => ({ then: (onFulfilled: () => void) => onFulfilled() }) as PromiseLike<void>],
      [
        'an async iterable',
        async function* () {
          yield await Promise.resolve('a');
        },
      ],
      [
        'a ReadableStream',
        () =>
          new ReadableStream<string>({
            start: (controller) => {
              controller.close();
            },
          }),
      ],
    ];

    it.each(inputs)('should be %s', async (_, input) => {
      for (const work of [input(), input]) {
        const completed = new Promise<string>((resolve, reject) => {
          drain(withTeardown(NEVER, work).subscribe()).subscribe({
            error: reject,
            complete: () => resolve('complete'),
          });
        });

        expect(await completed).toBe('complete');
      }
    });

    it('should be nothing: then there is nothing to wait for', () => {
      expect(outcomeOf(() => undefined)).toStrictEqual(['complete']);
    });

    it.each(['closed', 0, null, true])('should be nothing when it is %p', (work) => {
      expect(outcomeOf(() => work as never)).toStrictEqual(['complete']);
    });

    it.each([
      ['a plain object', {}, '{}'],
      ['an object without a prototype', Object.create(null) as object, '{}'],
    ])('should not be %s', (_, work, shown) => {
      for (const each of [work as unknown as Work, () => work as unknown as TeardownResult]) {
        const outcome = outcomeOf(each);

        expect(outcome).toStrictEqual([expect.any(TypeError)]);
        expect(String(outcome[0])).toContain('awaitTeardown: what it returns');
        expect(String(outcome[0])).toContain(`got ${shown}`);
      }
    });

    it('should be called at once when it is a function', () => {
      const log: string[] = [];

      awaitTeardown(() => {
        log.push('called');
      });
      log.push('returned');

      expect(log).toStrictEqual(['called', 'returned']);
    });

    it('should count what the function throws, and go on with the other teardowns', () => {
      const failure = new Error('stuck');
      const log: string[] = [];
      const errors: unknown[] = [];
      const source = withTeardown(
        NEVER,
        () => {
          throw failure;
        },
        () => {
          log.push('second');
        },
      ).pipe(finalize(() => log.push('sink')));

      drain(source.subscribe()).subscribe({ error: (error: unknown) => errors.push(error) });

      expect(log).toStrictEqual(['second', 'sink']);
      expect(errors).toStrictEqual([failure]);
    });

    it('should be waited for when it is begun by a function that is begun by a teardown', () => {
      run(({ cold, expectObservable, expectSubscriptions }) => {
        const e1 = cold('  --a--|   ');
        const e1subs = '   ^----!   ';
        const e2 = cold('       ---|');
        const e2subs = '   -----^--!';
        const expected = ' --a-----|';

        expectObservable(withTeardown(e1, () => { awaitTeardown(e2); }).pipe(settle())).toBe(expected); // prettier-ignore
        expectSubscriptions(e1.subscriptions).toBe(e1subs);
        expectSubscriptions(e2.subscriptions).toBe(e2subs);
      });
    });

    it('should be waited for when it is begun while the source is being subscribed', () => {
      run(({ cold, expectObservable, expectSubscriptions }) => {
        const e1 = cold('  --|   ');
        const e1subs = '   ^-!   ';
        const e2 = cold('  ----| ');
        const e2subs = '   ^---! ';
        const expected = ' ----| ';
        const source = new Observable((subscriber) => {
          awaitTeardown(e2);
          e1.subscribe(subscriber);
        });

        expectObservable(source.pipe(settle())).toBe(expected);
        expectSubscriptions(e1.subscriptions).toBe(e1subs);
        expectSubscriptions(e2.subscriptions).toBe(e2subs);
      });
    });

    it('should neither name the member nor make it ready when it is a runner', () => {
      const events: string[] = [];
      const next = ({ type, path }: LifecycleEvent): void => {
        events.push(`${path.join('/')} ${type}`);
      };
      const other = new Subject<void>();
      const work = runner({
        name: 'work',
        run: (context) => {
          context.ready();
          return of('a');
        },
      });

      group([withTeardown(NEVER, work), other], { lifecycle: { next } }).subscribe();
      other.complete();

      expect(events.filter((event) => !event.startsWith('1'))).toStrictEqual(['0 starting', '0 stopping', '0 stopped']);
    });

    it('should be allowed to unsubscribe what it is the teardown of', () => {
      const work = jest.fn(() => {
        subscription.unsubscribe();
        return of('a');
      });
      const completed = jest.fn();
      const subscription = withTeardown(NEVER, work).subscribe();

      drain(subscription).subscribe({ complete: completed });

      expect(work).toHaveBeenCalledTimes(1);
      expect(completed).toHaveBeenCalledTimes(1);
    });
  });

  describe('the context', () => {
    it('should hold the reason of the stop', () => {
      const cause = new Error('lost');
      const reasons: StopError[] = [];
      const keep = ({ reason }: TeardownContext): void => {
        reasons.push(reason);
      };

      group({ a: withTeardown(NEVER, keep), b: withTeardown(NEVER, keep), c: throwError(() => cause) }).subscribe({
        error: () => undefined,
      });

      expect(reasons).toHaveLength(2);
      expect(reasons[0]).toBe(reasons[1]);
      expect(reasons[0]).toBeInstanceOf(StopError);
      expect(reasons[0]).toMatchObject({ by: ['c'], cause });
    });

    it('should hold a reason of its own outside every scope, and where the run has ended by itself', () => {
      const reasons: StopError[] = [];
      const keep = ({ reason, signal }: TeardownContext): void => {
        expect(signal.aborted).toBe(false);
        reasons.push(reason);
      };

      awaitTeardown(keep);
      withTeardown(EMPTY, keep).pipe(settle()).subscribe();

      expect(reasons).toStrictEqual([expect.any(StopError), expect.any(StopError)]);
      expect(reasons[0]).not.toBe(reasons[1]);
    });

    it('should hold a signal that aborts at the end of the grace period', () => {
      run(({ cold, time, expectObservable, expectSubscriptions }) => {
        const e1 = cold('  --a--b--c---');
        const e1subs = '   ^----!      ';
        const stop = '     -----x      ';
        const grace = time('    ---|   ');
        const expected = ' --a-----#   ';
        const seen: boolean[] = [];
        const work = ({ signal }: TeardownContext) => {
          seen.push(signal.aborted);
          return NEVER;
        };
        const kept: AbortSignal[] = [];
        const keep = ({ signal }: TeardownContext) => {
          kept.push(signal);
          return NEVER;
        };
        const told = tap({ error: () => expect([...seen, ...kept.map(({ aborted }) => aborted)]).toStrictEqual([false, true]) }); // prettier-ignore

        expectObservable(withTeardown(e1, work, keep).pipe(stopWhen(cold(stop), { grace }), told)).toBe(
          expected,
          undefined,
          new GraceExceededError([], 3),
        );
        expectSubscriptions(e1.subscriptions).toBe(e1subs);
      });
    });

    it('should hold a signal that has aborted already when it is read after the grace period', () => {
      const contexts: TeardownContext[] = [];
      const over = new Subject<void>();
      const work = (context: TeardownContext) => {
        contexts.push(context);
        return NEVER;
      };

      drain(withTeardown(NEVER, work).subscribe(), { grace: over }).subscribe({ error: () => undefined });
      over.next();

      expect(contexts.map(({ signal }) => signal.aborted)).toStrictEqual([true]);
    });

    it('should hold a signal that never aborts when the work was over in time', () => {
      run(({ cold, time, flush, expectSubscriptions }) => {
        const e2 = cold('     ---|');
        const e2subs = '      ^--!';
        const grace = time('  -----|');
        const contexts: TeardownContext[] = [];
        const work = (context: TeardownContext) => {
          contexts.push(context);
          return e2;
        };

        drain(withTeardown(NEVER, work).subscribe(), { grace }).subscribe();
        flush();

        expect(contexts.map(({ signal }) => signal.aborted)).toStrictEqual([false]);
        expectSubscriptions(e2.subscriptions).toBe(e2subs);
      });
    });

    it('should hold a signal that nobody else listens to', () => {
      const counts: number[] = [];

      outcomeOf(({ signal }) => {
        counts.push(getEventListeners(signal, 'abort').length);
      });

      expect(counts).toStrictEqual([0]);
    });
  });

  describe('outside every scope', () => {
    it('should let the work run to its end', () => {
      run(({ cold, expectObservable, expectSubscriptions }) => {
        const e1 = cold('  --a--b--c---');
        const e1subs = '   ^----!      ';
        const e2 = cold('       ---|   ');
        const e2subs = '   -----^--!   ';
        const unsub = '    -----!      ';
        const expected = ' --a---      ';

        expectObservable(withTeardown(e1, e2), unsub).toBe(expected);
        expectSubscriptions(e1.subscriptions).toBe(e1subs);
        expectSubscriptions(e2.subscriptions).toBe(e2subs);
      });
    });

    it('should not hold back an end', () => {
      run(({ cold, expectObservable, expectSubscriptions }) => {
        const e1 = cold('  --a--|   ');
        const e1subs = '   ^----!   ';
        const e2 = cold('       ---|');
        const e2subs = '   -----^--!';
        const expected = ' --a--|   ';

        expectObservable(withTeardown(e1, e2)).toBe(expected);
        expectSubscriptions(e1.subscriptions).toBe(e1subs);
        expectSubscriptions(e2.subscriptions).toBe(e2subs);
      });
    });

    it('should be outside the scope when the call to unsubscribe has returned', () => {
      run(({ cold, expectObservable, expectSubscriptions }) => {
        const e1 = cold('  --a--|      ');
        const e1subs = '   ^----!      ';
        const e2 = cold('       ---|   ');
        const e2subs = '   -----^--!   ';
        const e3 = cold('          ---|');
        const e3subs = '   --------^--!';
        const expected = ' --a-----|   ';
        const late = e2.pipe(
          tap({
            complete: () => {
              awaitTeardown(e3);
            },
          }),
        );
        const apart = new Observable((subscriber) => {
          late.subscribe({ complete: () => subscriber.complete() });
        });

        expectObservable(withTeardown(e1, apart).pipe(settle())).toBe(expected);
        expectSubscriptions(e1.subscriptions).toBe(e1subs);
        expectSubscriptions(e2.subscriptions).toBe(e2subs);
        expectSubscriptions(e3.subscriptions).toBe(e3subs);
      });
    });

    it('should report the error of the work, what a function throws, and what is no work', async () => {
      const errors = unhandled();
      const [erring, thrown] = [new Error('err'), new Error('throw')];

      awaitTeardown(throwError(() => erring));
      awaitTeardown(() => {
        throw thrown;
      });
      awaitTeardown({} as never);
      expect(errors).toStrictEqual([]);
      await afterReports();

      expect(errors).toStrictEqual([erring, thrown, expect.any(TypeError)]);
    });

    it('should throw the error from a timer where nobody has said how to handle it', async () => {
      const script = `
        import { awaitTeardown } from './src/index.ts';
        process.on('uncaughtException', (error) => console.log('uncaught', error.message));
        awaitTeardown(Promise.reject(new Error('stuck')));
        console.log('called');
      `;

      const { stdout } = await promisify(execFile)(process.execPath, [
        '--import',
        'tsx',
        '--input-type=module',
        '--eval',
        script,
      ]);

      expect(stdout).toBe('called\nuncaught stuck\n');
    }, 30_000);
  });

  describe('after the grace period', () => {
    it('should drop a late error, for it was reported by name', async () => {
      const errors = unhandled();
      const [work, over] = [new Subject<void>(), new Subject<void>()];
      const told: unknown[] = [];

      drain(withTeardown(NEVER, work).subscribe(), { grace: over }).subscribe({
        error: (error: unknown) => told.push(error),
      });
      over.next();
      work.error(new Error('late'));
      await afterReports();

      expect(told).toStrictEqual([expect.any(GraceExceededError)]);
      expect(errors).toStrictEqual([]);
    });

    it('should report a late error where nobody has waited at all', async () => {
      const errors = unhandled();
      const work = new Subject<void>();
      const late = new Error('late');

      drain(withTeardown(NEVER, work).subscribe(), { grace: 0 }).subscribe();
      work.error(late);
      await afterReports();

      expect(errors).toStrictEqual([late]);
    });
  });

  it('should let go of the work that is over', () => {
    const work = new Subject<void>();

    drain(withTeardown(NEVER, work).subscribe()).subscribe();
    expect(work.observed).toBe(true);
    work.complete();

    expect(work.observed).toBe(false);
  });

  it('should take what can be waited for, and nothing else', () => {
    // The types are checked by the compiler.
    const works: Work[] = [
      of('a'),
      Promise.resolve(),
      () => undefined,
      async () => {
        await Promise.resolve();
      },
      ({ reason, signal }) => (signal.aborted ? throwError(() => reason) : undefined),
      // what an arrow function returns by the way
      () => 1,
      () => 'text',
      () => true,
      () => null,
      // @ts-expect-error -- nobody can wait for an object
      () => ({}),
    ];

    expect(works).toHaveLength(10);
  });

  it('should be found in the root entry', () => {
    expect(Object.keys(entry)).toContain('awaitTeardown');
  });

  it('should wait for exactly what has begun, whatever settles and in whichever order', () => {
    const settlement = fc.record({ which: fc.nat(5), fails: fc.boolean() });

    fc.assert(
      fc.property(fc.nat(6), fc.array(settlement, { maxLength: 20 }), (count, settlements) => {
        const works = Array.from({ length: count }, () => new Subject<void>());
        const pending = new Set(works);
        const failures: Error[] = [];
        const log: unknown[] = [];

        drain(withTeardown(NEVER, ...works).subscribe()).subscribe({
          error: (error: unknown) => log.push(error instanceof RunGroupError ? error.errors : [error]),
          complete: () => log.push([]),
        });

        for (const { which, fails } of settlements) {
          const work = works[which];
          if (work && pending.delete(work) && fails) {
            const failure = new Error(`work ${which}`);
            failures.push(failure);
            work.error(failure);
          } else {
            work?.complete();
          }
          expect(works.filter(({ observed }) => observed)).toHaveLength(pending.size);
          expect(log).toStrictEqual(pending.size === 0 ? [failures] : []);
        }
        for (const work of works) work.complete();

        expect(log).toStrictEqual([failures]);
      }),
      { numRuns: 200 },
    );
  });
});
