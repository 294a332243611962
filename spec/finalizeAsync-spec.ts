import { afterEach, describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import {
  asyncScheduler,
  catchError,
  concat,
  config,
  defer,
  finalize,
  map,
  merge,
  NEVER,
  Observable,
  of,
  race,
  repeat,
  retry,
  share,
  startWith,
  Subject,
  switchMap,
  take,
  tap,
  throwError,
  type ObservableInput,
} from 'rxjs';
import {
  awaitTeardown,
  finalizeAsync,
  GraceExceededError,
  RunGroupError,
  runGroup,
  runner,
  settle,
  StopError,
  stopWhen,
  type FinalizeKind,
  type TeardownContext,
} from '../src/index.js';
import { itBehavesLikeAnOperator } from './helpers/battery.js';
import { firehose } from './helpers/firehose.js';
import { asInterop } from './helpers/interop.js';
import { run } from './helpers/marbles.js';

/** Fails at once, with anything. */
function failing(error: unknown): Observable<never> {
  return new Observable((subscriber) => subscriber.error(error));
}

/** Emits the failures of a `RunGroupError`, so that a marble can stand for them. */
const failures = catchError((error: unknown) => of((error as RunGroupError).failures));

/** The next errors that nobody handled. */
function unhandledErrors(count: number): Promise<unknown[]> {
  return new Promise((resolve) => {
    const errors: unknown[] = [];
    config.onUnhandledError = (error) => {
      errors.push(error);
      if (errors.length === count) resolve(errors);
    };
  });
}

afterEach(() => {
  config.onUnhandledError = null;
});

itBehavesLikeAnOperator('finalizeAsync', () => finalizeAsync(() => undefined));
itBehavesLikeAnOperator('finalizeAsync with work', () => finalizeAsync(() => of('done')));

describe('finalizeAsync', () => {
  describe('after a completion', () => {
    it('should hold the completion back until the work has settled', () => {
      run(({ cold, hot, expectObservable, expectSubscriptions }) => {
        const e1 = hot('  --a--b--|    ');
        const e1subs = '  ^-------!    ';
        const t1 = cold('         -x-y|');
        const t1subs = '  --------^---!';
        const expected = '--a--b------|';

        const result = e1.pipe(finalizeAsync(() => t1));

        expectObservable(result).toBe(expected);
        expectSubscriptions(e1.subscriptions).toBe(e1subs);
        expectSubscriptions(t1.subscriptions).toBe(t1subs);
      });
    });

    it('should call back once, with the kind complete', () => {
      const kinds: FinalizeKind[] = [];
      const source = new Subject<string>();

      const subscription = source.pipe(finalizeAsync((kind) => void kinds.push(kind))).subscribe();
      source.next('a');
      const before = [...kinds];
      source.complete();
      subscription.unsubscribe();

      expect(before).toStrictEqual([]);
      expect(kinds).toStrictEqual(['complete']);
    });

    it('should call back when a source has completed while it is being subscribed', () => {
      run(({ cold, expectObservable, expectSubscriptions }) => {
        const kinds: FinalizeKind[] = [];
        const t1 = cold('  -----|');
        const t1subs = '   ^----!';
        const expected = ' a----|';

        const result = of('a').pipe(
          finalizeAsync((kind) => {
            kinds.push(kind);
            return t1;
          }),
          tap({ complete: () => expect(kinds).toStrictEqual(['complete']) }),
        );

        expectObservable(result).toBe(expected);
        expectSubscriptions(t1.subscriptions).toBe(t1subs);
      });
    });

    it('should start the next source when the work has settled', () => {
      run(({ cold, expectObservable, expectSubscriptions }) => {
        const e1 = cold(' -a|        ');
        const e1subs = [' ^-!        ', '-----^-!   '];
        const t1 = cold('   ---|     ');
        const t1subs = [' --^--!     ', '-------^--!'];
        const e2 = cold('           b|');
        const e2subs = '  ----------^!';
        const expected = '-a----a---b|';

        const result = concat(
          e1.pipe(
            finalizeAsync(() => t1),
            repeat(2),
          ),
          e2,
        );

        expectObservable(result).toBe(expected);
        expectSubscriptions(e1.subscriptions).toBe(e1subs);
        expectSubscriptions(t1.subscriptions).toBe(t1subs);
        expectSubscriptions(e2.subscriptions).toBe(e2subs);
      });
    });
  });

  describe('after an error', () => {
    it('should hold the error back until the work has settled', () => {
      run(({ cold, hot, expectObservable, expectSubscriptions }) => {
        const e1 = hot('  --a--b--#   ');
        const e1subs = '  ^-------!   ';
        const t1 = cold('         ---|');
        const t1subs = '  --------^--!';
        const expected = '--a--b-----#';

        const result = e1.pipe(finalizeAsync(() => t1));

        expectObservable(result).toBe(expected);
        expectSubscriptions(e1.subscriptions).toBe(e1subs);
        expectSubscriptions(t1.subscriptions).toBe(t1subs);
      });
    });

    it('should call back once, with the kind error', () => {
      const kinds: FinalizeKind[] = [];

      failing('sad')
        .pipe(finalizeAsync((kind) => void kinds.push(kind)))
        .subscribe({ error: () => kinds.push('error') })
        .unsubscribe();

      expect(kinds).toStrictEqual(['error', 'error']);
    });

    it('should retry when the work has settled', () => {
      run(({ cold, expectObservable, expectSubscriptions }) => {
        const e1 = cold(' -a#       ');
        const e1subs = [' ^-!       ', '-----^-!  '];
        const t1 = cold('   ---|    ');
        const t1subs = [' --^--!    ', '-------^--!'];
        const expected = '-a----a---#';

        const result = e1.pipe(
          finalizeAsync(() => t1),
          retry(1),
        );

        expectObservable(result).toBe(expected);
        expectSubscriptions(e1.subscriptions).toBe(e1subs);
        expectSubscriptions(t1.subscriptions).toBe(t1subs);
      });
    });

    it('should pass on the error of the source as it is', () => {
      const [sad, log]: [object, unknown[]] = [{ not: 'an error' }, []];

      failing(sad)
        .pipe(finalizeAsync(() => of('done')))
        .subscribe({ error: (error: unknown) => log.push(error) });

      expect(log).toHaveLength(1);
      expect(log[0]).toBe(sad);
    });
  });

  describe('after an unsubscription', () => {
    it('should begin the work', () => {
      run(({ cold, hot, expectObservable, expectSubscriptions }) => {
        const e1 = hot('  --a--b--|');
        const e1subs = '  ^---!    ';
        const t1 = cold('     ---| ');
        const t1subs = '  ----^--! ';
        const expected = '--a--    ';
        const unsub = '   ----!    ';

        const result = e1.pipe(finalizeAsync(() => t1));

        expectObservable(result, unsub).toBe(expected);
        expectSubscriptions(e1.subscriptions).toBe(e1subs);
        expectSubscriptions(t1.subscriptions).toBe(t1subs);
      });
    });

    it('should call back once, with the kind unsubscribe', () => {
      const kinds: FinalizeKind[] = [];

      const subscription = NEVER.pipe(finalizeAsync((kind) => void kinds.push(kind))).subscribe();
      subscription.unsubscribe();
      subscription.unsubscribe();

      expect(kinds).toStrictEqual(['unsubscribe']);
    });

    it('should call back with the kind unsubscribe when downstream has had enough', () => {
      run(({ cold, hot, expectObservable, expectSubscriptions }) => {
        const kinds: FinalizeKind[] = [];
        const e1 = hot('  --a--b--|');
        const e1subs = '  ^-!      ';
        const t1 = cold('   ---|   ');
        const t1subs = '  --^--!   ';
        const expected = '--a--|   ';

        const result = e1.pipe(
          finalizeAsync((kind) => {
            kinds.push(kind);
            return t1;
          }),
          take(1),
          settle(),
          tap({ complete: () => expect(kinds).toStrictEqual(['unsubscribe']) }),
        );

        expectObservable(result).toBe(expected);
        expectSubscriptions(e1.subscriptions).toBe(e1subs);
        expectSubscriptions(t1.subscriptions).toBe(t1subs);
      });
    });

    it('should call back with the kind unsubscribe when downstream has had enough while it is being subscribed', () => {
      run(({ cold, expectObservable, expectSubscriptions }) => {
        const kinds: FinalizeKind[] = [];
        const emitted: number[] = [];
        const t1 = cold('  ---|');
        const t1subs = '   ^--!';
        const expected = ' a--|';

        const result = firehose(emitted, 100_000).pipe(
          map(() => 'a'),
          finalizeAsync((kind) => {
            kinds.push(kind);
            return t1;
          }),
          take(1),
          settle(),
          tap({ complete: () => expect([kinds, emitted]).toStrictEqual([['unsubscribe'], [0]]) }),
        );

        expectObservable(result).toBe(expected);
        expectSubscriptions(t1.subscriptions).toBe(t1subs);
      });
    });

    it('should be awaited through operators, and when the last subscriber of a share leaves', () => {
      run(({ cold, hot, expectObservable, expectSubscriptions }) => {
        const e1 = hot('  --a-----b-----c--|');
        const e1subs = '  ^-------!         ';
        const t1 = cold('         ---|      ');
        const t1subs = '  --------^--!      ';
        const expected = '--(aa)--b--|      ';

        const shared = e1.pipe(
          finalizeAsync(() => t1),
          map((value) => value),
          share(),
        );
        const result = merge(shared.pipe(take(1)), shared.pipe(take(2))).pipe(settle());

        expectObservable(result).toBe(expected);
        expectSubscriptions(e1.subscriptions).toBe(e1subs);
        expectSubscriptions(t1.subscriptions).toBe(t1subs);
      });
    });

    it('should call back once when the last subscriber of a share leaves while it subscribes', () => {
      const kinds: FinalizeKind[] = [];
      const endless = new Observable<number>((subscriber) => {
        for (let value = 0; !subscriber.closed; value++) subscriber.next(value);
      });
      const shared = endless.pipe(
        finalizeAsync((kind) => {
          kinds.push(kind);
        }),
        share(),
      );

      shared.pipe(take(2), settle()).subscribe();

      expect(kinds).toStrictEqual(['unsubscribe']);
    });

    it('should call back both of two around a share, the upper one first', () => {
      run(({ cold, hot, expectObservable, expectSubscriptions }) => {
        const e1 = hot('  --a--b--c--');
        const e1subs = '  ^----!     ';
        const t1 = cold('      --|   ');
        const t1subs = '  -----^-!   ';
        const t2 = cold('        -|  ');
        const t2subs = '  -------^!  ';
        const expected = '--a--b--|  ';

        const result = e1.pipe(
          finalizeAsync(() => t1),
          share(),
          finalizeAsync(() => t2),
          take(2),
          settle(),
        );

        expectObservable(result).toBe(expected);
        expectSubscriptions(e1.subscriptions).toBe(e1subs);
        expectSubscriptions(t1.subscriptions).toBe(t1subs);
        expectSubscriptions(t2.subscriptions).toBe(t2subs);
      });
    });

    it('should let work that is pending go on, and call back no more', () => {
      run(({ cold, hot, expectObservable, expectSubscriptions, flush }) => {
        const kinds: FinalizeKind[] = [];
        const e1 = hot('  --a|     ');
        const e1subs = '  ^--!     ';
        const t1 = cold('    ----| ');
        const t1subs = '  ---^---! ';
        const expected = '--a---   ';
        const unsub = '   -----!   ';

        const result = e1.pipe(
          finalizeAsync((kind) => {
            kinds.push(kind);
            return t1;
          }),
        );

        expectObservable(result, unsub).toBe(expected);
        expectSubscriptions(e1.subscriptions).toBe(e1subs);
        expectSubscriptions(t1.subscriptions).toBe(t1subs);
        flush();
        expect(kinds).toStrictEqual(['complete']);
      });
    });

    it('should hand the waiting on to the scope around it while the work is pending', () => {
      run(({ cold, hot, expectObservable, expectSubscriptions }) => {
        const e1 = hot('  --a|     ');
        const e1subs = '  ^--!     ';
        const t1 = cold('    -----|');
        const t1subs = '  ---^----!';
        const e2 = hot('  -----x   ');
        const e2subs = '  ^----!   ';
        const expected = '--a-----|';

        const result = e1.pipe(
          finalizeAsync(() => t1),
          stopWhen(e2),
        );

        expectObservable(result).toBe(expected);
        expectSubscriptions(e1.subscriptions).toBe(e1subs);
        expectSubscriptions(t1.subscriptions).toBe(t1subs);
        expectSubscriptions(e2.subscriptions).toBe(e2subs);
      });
    });

    it('should hand what had failed on to a group', () => {
      run(({ cold, hot, expectObservable, expectSubscriptions }) => {
        const [sad, sadder] = [new Error('sad'), new Error('sadder')];
        const e1 = hot('  --a#        ', undefined, sad);
        const e1subs = '  ^--!        ';
        const t1 = cold('    -----#   ', undefined, sadder);
        const t1subs = '  ---^----!   ';
        const e2 = hot('  -----|      ');
        const e2subs = '  ^----!      ';
        const expected = '--a-----(x|)';

        const result = of(e1.pipe(finalizeAsync(() => t1)), e2).pipe(runGroup(), failures);

        expectObservable(result).toBe(expected, {
          a: 'a',
          x: [
            { path: ['0'], phase: 'run', error: sad },
            { path: ['0'], phase: 'teardown', error: sadder },
          ],
        });
        expectSubscriptions(e1.subscriptions).toBe(e1subs);
        expectSubscriptions(t1.subscriptions).toBe(t1subs);
        expectSubscriptions(e2.subscriptions).toBe(e2subs);
      });
    });

    it('should report a failure where nobody waits, and not throw it', async () => {
      const [rejected, thrown] = [new Error('rejected'), new Error('thrown')];
      const errors = unhandledErrors(2);

      NEVER.pipe(finalizeAsync(() => failing(rejected)))
        .subscribe()
        .unsubscribe();
      NEVER.pipe(
        finalizeAsync(() => {
          throw thrown;
        }),
      )
        .subscribe()
        .unsubscribe();

      const reported = await errors;
      expect(reported[0]).toBe(rejected);
      expect(reported[1]).toBe(thrown);
    });

    it('should report the failure of work that was pending where nobody waits any more', async () => {
      const sad = new Error('sad');
      const errors = unhandledErrors(1);
      const work = new Subject<void>();

      const subscription = of('a')
        .pipe(finalizeAsync(() => work))
        .subscribe();
      subscription.unsubscribe();
      work.error(sad);

      expect((await errors)[0]).toBe(sad);
    });

    it('should call back once when the callback unsubscribes it, and not wait for itself', () => {
      run(({ cold, expectObservable, expectSubscriptions }) => {
        const kinds: FinalizeKind[] = [];
        const e1 = cold('  --a---   ');
        const e1subs = '   ^--!     ';
        const t1 = cold('     --|   ');
        const t1subs = '   ---^-!   ';
        const e2 = cold('  ---x     ');
        const e2subs = '   ^--!     ';
        const expected = ' -----|   ';
        const stopped = new Observable<never>((subscriber) => {
          const subscription = e1
            .pipe(
              finalizeAsync((kind) => {
                kinds.push(kind);
                subscription.unsubscribe();
                return t1;
              }),
            )
            .subscribe();
          subscriber.add(subscription);
        });

        const result = stopped.pipe(
          stopWhen(e2),
          tap({ complete: () => expect(kinds).toStrictEqual(['unsubscribe']) }),
        );

        expectObservable(result).toBe(expected);
        expectSubscriptions(e1.subscriptions).toBe(e1subs);
        expectSubscriptions(t1.subscriptions).toBe(t1subs);
        expectSubscriptions(e2.subscriptions).toBe(e2subs);
      });
    });

    it('should call back with the kind of the end when a finalizer upstream unsubscribes it', () => {
      const kinds: FinalizeKind[] = [];
      const source = new Subject<string>();

      const subscription = source
        .pipe(
          finalize(() => subscription.unsubscribe()),
          finalizeAsync((kind) => void kinds.push(kind)),
        )
        .subscribe();
      source.complete();

      expect(kinds).toStrictEqual(['complete']);
    });

    it('should be waited for by the scope it was subscribed in when none is current', () => {
      run(({ cold, expectObservable, expectSubscriptions }) => {
        const e1 = cold(' ----b|     ');
        const e1subs = '  ^----!     ';
        const e2 = cold(' --x---     ');
        const e2subs = '  ^---!      ';
        const t2 = cold('     ------|');
        const t2subs = '  ----^-----!';
        const expected = '--x-y-----|';

        const result = e1.pipe(
          startWith('a'),
          switchMap((value) => (value === 'a' ? e2.pipe(finalizeAsync(() => t2)) : of('y'))),
          settle(),
        );

        expectObservable(result).toBe(expected);
        expectSubscriptions(e1.subscriptions).toBe(e1subs);
        expectSubscriptions(e2.subscriptions).toBe(e2subs);
        expectSubscriptions(t2.subscriptions).toBe(t2subs);
      });
    });

    it('should count the failure of a loser of a race when the member of the group ends', () => {
      run(({ cold, expectObservable, expectSubscriptions }) => {
        const sad = new Error('sad');
        const e1 = cold(' --a-----b-|   ');
        const e1subs = '  ^---------!   ';
        const e2 = cold(' ---b          ');
        const e2subs = '  ^-!           ';
        const t2 = cold('   ----#       ', undefined, sad);
        const t2subs = '  --^---!       ';
        const expected = '--a-----b-(x|)';

        const result = of(race(e1, e2.pipe(finalizeAsync(() => t2)))).pipe(runGroup(), failures);

        expectObservable(result).toBe(expected, {
          a: 'a',
          b: 'b',
          x: [{ path: ['0'], phase: 'teardown', error: sad }],
        });
        expectSubscriptions(e1.subscriptions).toBe(e1subs);
        expectSubscriptions(e2.subscriptions).toBe(e2subs);
        expectSubscriptions(t2.subscriptions).toBe(t2subs);
      });
    });
  });

  describe('order', () => {
    it.each<{ end: FinalizeKind; e1: string; e1subs: string; e2: string; expected: string }>([
      {
        end: 'complete',
        e1: '      --a|         ',
        e1subs: '  ^--!         ',
        e2: '      -            ',
        expected: '--a--------|',
      },
      {
        end: 'error',
        e1: '      --a#         ',
        e1subs: '  ^--!         ',
        e2: '      -            ',
        expected: '--a--------#',
      },
      {
        end: 'unsubscribe',
        e1: '      --a-         ',
        e1subs: '  ^--!         ',
        e2: '      ---x         ',
        expected: '--a--------|',
      },
    ])('should let what is upstream settle first ($end)', (row) => {
      run(({ cold, expectObservable, expectSubscriptions, flush }) => {
        const e1 = cold(row.e1);
        const t1 = cold('     ---|     ');
        const t1subs = '   ---^--!     ';
        const t2 = cold('        -----|');
        const t2subs = '   ------^----!';
        const kinds: FinalizeKind[] = [];

        const result = e1.pipe(
          finalizeAsync((kind) => {
            kinds.push(kind);
            return t1;
          }),
          finalizeAsync((kind) => {
            kinds.push(kind);
            return t2;
          }),
          stopWhen(cold(row.e2)),
        );

        expectObservable(result).toBe(row.expected);
        expectSubscriptions(e1.subscriptions).toBe(row.e1subs);
        expectSubscriptions(t1.subscriptions).toBe(t1subs);
        expectSubscriptions(t2.subscriptions).toBe(t2subs);
        flush();
        expect(kinds).toStrictEqual([row.end, row.end]);
      });
    });

    it('should let every teardown upstream settle first, the slowest too', () => {
      run(({ cold, expectObservable, expectSubscriptions }) => {
        const e1 = cold(' --a|       ');
        const e1subs = '  ^--!       ';
        const t1 = cold('    -|      ');
        const t1subs = '  ---^!      ';
        const t2 = cold('    ----|   ');
        const t2subs = '  ---^---!   ';
        const t3 = cold('        --| ');
        const t3subs = '  -------^-! ';
        const expected = '--a------| ';

        const result = e1.pipe(
          finalize(() => awaitTeardown(t1)),
          finalize(() => awaitTeardown(t2)),
          finalizeAsync(() => t3),
        );

        expectObservable(result).toBe(expected);
        expectSubscriptions(e1.subscriptions).toBe(e1subs);
        expectSubscriptions(t1.subscriptions).toBe(t1subs);
        expectSubscriptions(t2.subscriptions).toBe(t2subs);
        expectSubscriptions(t3.subscriptions).toBe(t3subs);
      });
    });

    it('should call back before it completes downstream, and after the finalizers upstream', () => {
      const log: string[] = [];

      of('a')
        .pipe(
          finalize(() => log.push('upstream')),
          finalizeAsync((kind) => void log.push(kind)),
          finalize(() => log.push('downstream')),
        )
        .subscribe({ next: (value) => log.push(value), complete: () => log.push('completed') });

      expect(log).toStrictEqual(['a', 'upstream', 'complete', 'completed', 'downstream']);
    });

    it('should wait for the teardown that the callback triggers', () => {
      run(({ cold, expectObservable, expectSubscriptions }) => {
        const e1 = cold(' --a|     ');
        const e1subs = '  ^--!     ';
        const e2 = cold(' -        ');
        const e2subs = '  ^--!     ';
        const t2 = cold('    ----| ');
        const t2subs = '  ---^---! ';
        const expected = '--a----| ';
        const own = e2.pipe(finalizeAsync(() => t2)).subscribe();

        const result = e1.pipe(finalizeAsync(() => own.unsubscribe()));

        expectObservable(result).toBe(expected);
        expectSubscriptions(e1.subscriptions).toBe(e1subs);
        expectSubscriptions(e2.subscriptions).toBe(e2subs);
        expectSubscriptions(t2.subscriptions).toBe(t2subs);
      });
    });

    it('should wait for the teardown of the work', () => {
      run(({ cold, expectObservable, expectSubscriptions }) => {
        const e1 = cold(' --a|     ');
        const e1subs = '  ^--!     ';
        const t1 = cold('    --|   ');
        const t1subs = '  ---^-!   ';
        const t2 = cold('      --| ');
        const t2subs = '  -----^-! ';
        const expected = '--a----| ';

        const result = e1.pipe(finalizeAsync(() => t1.pipe(finalizeAsync(() => t2))));

        expectObservable(result).toBe(expected);
        expectSubscriptions(e1.subscriptions).toBe(e1subs);
        expectSubscriptions(t1.subscriptions).toBe(t1subs);
        expectSubscriptions(t2.subscriptions).toBe(t2subs);
      });
    });

    it('should not wait for what a handler downstream unsubscribes', () => {
      run(({ cold, expectObservable, expectSubscriptions }) => {
        const t1 = cold('  -----|');
        const t1subs = '   ^----!';
        const t2 = cold('  --|   ');
        const t2subs = '   ^-!   ';
        const expected = ' a-|   ';
        const stranger = NEVER.pipe(finalizeAsync(() => t1)).subscribe();

        const result = of('a').pipe(
          finalizeAsync(() => t2),
          tap(() => stranger.unsubscribe()),
        );

        expectObservable(result).toBe(expected);
        expectSubscriptions(t1.subscriptions).toBe(t1subs);
        expectSubscriptions(t2.subscriptions).toBe(t2subs);
      });
    });
  });

  describe('what the callback returns', () => {
    it.each<{ kind: string; work: () => ObservableInput<unknown> }>([
      { kind: 'an array', work: () => ['x', 'y'] },
      { kind: 'an iterable', work: () => new Set(['x']) },
      { kind: 'a promise', work: () => Promise.resolve('x') },
      { kind: 'an async iterable', work: () => oneByOne('x', 'y') },
      { kind: 'an interop observable', work: () => asInterop(of('x')) },
      { kind: 'a readable stream', work: () => new Blob(['x']).stream() as ReadableStream<unknown> },
    ])('may be $kind, whose values are ignored', async ({ work }) => {
      let called = 0;

      const values = await valuesOf(
        of('a').pipe(
          finalizeAsync(() => {
            called++;
            return work();
          }),
        ),
      );

      expect([values, called]).toStrictEqual([['a'], 1]);
    });

    it('may be nothing', () => {
      const log: string[] = [];

      of('a')
        .pipe(finalizeAsync(() => undefined))
        .subscribe({ next: (value) => log.push(value), complete: () => log.push('complete') });

      expect(log).toStrictEqual(['a', 'complete']);
    });

    it('may be the promise of an async function', async () => {
      const log: string[] = [];

      await valuesOf(
        of('a').pipe(
          finalizeAsync(async () => {
            await Promise.resolve();
            log.push('flushed');
            await Promise.resolve();
            log.push('closed');
          }),
        ),
      );

      expect(log).toStrictEqual(['flushed', 'closed']);
    });

    it.each<{ work: unknown; shown: string }>([
      { work: {}, shown: '{}' },
      { work: () => NEVER, shown: '[function work]' },
    ])('should err with a TypeError when it is $shown', ({ work, shown }) => {
      const log: unknown[] = [];

      of('a')
        .pipe(finalizeAsync(() => work as undefined))
        .subscribe({ error: (error: unknown) => log.push(error) });

      expect(log).toHaveLength(1);
      expect(log[0]).toBeInstanceOf(TypeError);
      const { message } = log[0] as TypeError;
      expect(message).toContain('must be an ObservableInput');
      expect(message).toContain(`got ${shown}`);
    });
  });

  it.each([5, 'done', null, false])('should wait for nothing when the callback returns %p', (result) => {
    run(({ cold, expectObservable, expectSubscriptions }) => {
      const e1 = cold(' -a-|');
      const e1subs = '  ^--!';
      const expected = '-a-|';

      expectObservable(e1.pipe(finalizeAsync(() => result as never))).toBe(expected);
      expectSubscriptions(e1.subscriptions).toBe(e1subs);
    });
  });

  it('should have completed, though a teardown had failed in mid-run', () => {
    const kinds: string[] = [];
    const loser = runner({ run: () => NEVER, teardown: () => throwError(() => new Error('sad')) });
    const winner = new Subject<string>();
    const errors: unknown[] = [];

    race(loser, winner)
      .pipe(finalizeAsync((kind) => void kinds.push(kind)))
      .subscribe({ error: (error: unknown) => errors.push(error) });
    winner.next('a');
    winner.complete();

    expect(kinds).toStrictEqual(['complete']);
    expect(errors).toStrictEqual([new Error('sad')]);
  });

  describe('failures', () => {
    it('should err with what the callback throws', () => {
      run(({ hot, expectObservable, expectSubscriptions }) => {
        const sad = new Error('sad');
        const e1 = hot('  --a|');
        const e1subs = '  ^--!';
        const expected = '--a#';

        const result = e1.pipe(
          finalizeAsync(() => {
            throw sad;
          }),
        );

        expectObservable(result).toBe(expected, undefined, sad);
        expectSubscriptions(e1.subscriptions).toBe(e1subs);
      });
    });

    it('should err with the error of the work, as it is', async () => {
      const sad = new Error('sad');

      const outcome = valuesOf(of('a').pipe(finalizeAsync(() => Promise.reject(sad))));

      await expect(outcome).rejects.toBe(sad);
    });

    it('should put the error of the source before that of the work', () => {
      run(({ cold, hot, expectObservable, expectSubscriptions }) => {
        const [sad, sadder] = [new Error('sad'), new Error('sadder')];
        const e1 = hot('  --a#      ', undefined, sad);
        const e1subs = '  ^--!      ';
        const t1 = cold('    ---#   ', undefined, sadder);
        const t1subs = '  ---^--!   ';
        const expected = '--a---(x|)';

        const result = e1.pipe(
          finalizeAsync(() => t1),
          failures,
        );

        expectObservable(result).toBe(expected, {
          a: 'a',
          x: [
            { path: [], phase: 'run', error: sad },
            { path: [], phase: 'teardown', error: sadder },
          ],
        });
        expectSubscriptions(e1.subscriptions).toBe(e1subs);
        expectSubscriptions(t1.subscriptions).toBe(t1subs);
      });
    });

    it('should call back though a teardown upstream has failed, and put that error first', () => {
      run(({ cold, expectObservable, expectSubscriptions }) => {
        const [sad, sadder, thrown] = [new Error('sad'), new Error('sadder'), new Error('thrown')];
        const e1 = cold(' --a|        ');
        const e1subs = '  ^--!        ';
        const t1 = cold('    --#      ', undefined, sad);
        const t1subs = '  ---^-!      ';
        const t2 = cold('      --#    ', undefined, sadder);
        const t2subs = '  -----^-!    ';
        const expected = '--a----(x|) ';
        const source = new Observable<string>((subscriber) => {
          subscriber.add(() => {
            throw thrown;
          });
          e1.subscribe(subscriber);
        });

        const result = source.pipe(
          finalize(() => awaitTeardown(t1)),
          finalizeAsync((kind) => {
            expect(kind).toBe('complete');
            return t2;
          }),
          failures,
        );

        expectObservable(result).toBe(expected, {
          a: 'a',
          x: [
            { path: [], phase: 'teardown', error: thrown },
            { path: [], phase: 'teardown', error: sad },
            { path: [], phase: 'teardown', error: sadder },
          ],
        });
        expectSubscriptions(e1.subscriptions).toBe(e1subs);
        expectSubscriptions(t1.subscriptions).toBe(t1subs);
        expectSubscriptions(t2.subscriptions).toBe(t2subs);
      });
    });

    it('should count what a finalizer throws when the source completes while it is being subscribed', () => {
      const [sad, log]: [Error, unknown[]] = [new Error('sad'), []];
      const source = new Observable<string>((subscriber) => {
        subscriber.add(() => {
          throw sad;
        });
        subscriber.complete();
      });

      source
        .pipe(finalizeAsync((kind) => void log.push(kind)))
        .subscribe({ error: (error: unknown) => log.push(error) });

      expect(log).toHaveLength(2);
      expect(log[0]).toBe('complete');
      expect(log[1]).toBe(sad);
    });

    it('should keep the order of several, and flatten them', () => {
      const log: unknown[] = [];

      failing('sad')
        .pipe(
          finalizeAsync(() => failing('sadder')),
          finalizeAsync(() => failing('saddest')),
        )
        .subscribe({ error: (error: unknown) => log.push((error as RunGroupError).errors) });

      expect(log).toStrictEqual([['sad', 'sadder', 'saddest']]);
    });
  });

  describe('the context', () => {
    it('should have a StopError as its reason when the source has ended by itself', () => {
      const reasons: StopError[] = [];

      of('a')
        .pipe(finalizeAsync((_, { reason }) => void reasons.push(reason)))
        .subscribe();

      expect(reasons).toHaveLength(1);
      expect(reasons[0]).toBeInstanceOf(StopError);
      expect([reasons[0]?.name, reasons[0]?.by, reasons[0]?.cause]).toStrictEqual(['AbortError', undefined, undefined]);
    });

    it('should have the reason of the stop, the same for all that are stopped with it', () => {
      const stopping = new AbortController();
      const enough = new Error('enough');
      const reasons: StopError[] = [];
      const keep = (_: FinalizeKind, { reason }: TeardownContext): void => void reasons.push(reason);

      NEVER.pipe(finalizeAsync(keep), finalizeAsync(keep), stopWhen(stopping.signal)).subscribe();
      stopping.abort(enough);

      expect(reasons).toHaveLength(2);
      expect(reasons[0]?.cause).toBe(enough);
      expect(reasons[1]).toBe(reasons[0]);
    });

    it('should say whose end has stopped the group', () => {
      const sad = new Error('sad');
      const reasons: StopError[] = [];
      const member = NEVER.pipe(finalizeAsync((_, { reason }) => void reasons.push(reason)));

      of(member, failing(sad))
        .pipe(runGroup())
        .subscribe({ error: () => undefined });

      expect(reasons).toHaveLength(1);
      expect(reasons[0]?.by).toStrictEqual(['1']);
      expect(reasons[0]?.cause).toBe(sad);
    });

    it('should have a signal that aborts when the grace period around it is over', () => {
      run(({ cold, hot, expectObservable, expectSubscriptions }) => {
        const aborts: unknown[] = [];
        const e1 = hot('  --a--b--   ');
        const e1subs = '  ^-!        ';
        const t1 = cold('   --------|');
        const t1subs = '  --^-------!';
        const expected = '--a--#     ';

        const result = e1.pipe(
          finalizeAsync((_, { signal }) => {
            aborts.push(signal.aborted);
            signal.addEventListener('abort', () => aborts.push(asyncScheduler.now()));
            return t1;
          }),
          take(1),
          settle({ grace: 3 }),
          tap({ error: () => expect(aborts).toStrictEqual([false, 5]) }),
        );

        expectObservable(result).toBe(expected, undefined, new GraceExceededError([], 3));
        expectSubscriptions(e1.subscriptions).toBe(e1subs);
        expectSubscriptions(t1.subscriptions).toBe(t1subs);
      });
    });

    it('should have a signal that does not abort when the work settles in time', () => {
      run(({ cold, expectObservable, expectSubscriptions, flush }) => {
        const signals: AbortSignal[] = [];
        const t1 = cold('   --|');
        const t1subs = '    ^-!';
        const expected = '  a-|';

        const result = of('a').pipe(
          finalizeAsync((_, { signal }) => {
            signals.push(signal);
            return t1;
          }),
          settle({ grace: 3 }),
        );

        expectObservable(result).toBe(expected);
        expectSubscriptions(t1.subscriptions).toBe(t1subs);
        flush();
        expect(signals.map(({ aborted }) => aborted)).toStrictEqual([false]);
      });
    });

    it('should be called when the grace period is over before its turn, with a signal that has aborted', () => {
      run(({ cold, hot, expectObservable, expectSubscriptions, flush }) => {
        const log: unknown[] = [];
        const e1 = hot('  --a--b--     ');
        const e1subs = '  ^-!          ';
        const t1 = cold('   ------|    ');
        const t1subs = '  --^-----!    ';
        const t2 = cold('      ---|    ');
        const t2subs = '  -----^--!    ';
        const expected = '--a--#       ';

        const result = e1.pipe(
          finalizeAsync(() => t1),
          finalizeAsync((kind, { signal }) => {
            log.push(asyncScheduler.now(), kind, signal.aborted);
            return t2;
          }),
          take(1),
          settle({ grace: 3 }),
        );

        expectObservable(result).toBe(expected, undefined, new GraceExceededError([], 3));
        expectSubscriptions(e1.subscriptions).toBe(e1subs);
        expectSubscriptions(t1.subscriptions).toBe(t1subs);
        expectSubscriptions(t2.subscriptions).toBe(t2subs);
        flush();
        expect(log).toStrictEqual([5, 'unsubscribe', true]);
      });
    });

    it('should have a signal that has aborted when the work goes on after the grace period', () => {
      run(({ cold, hot, expectObservable, expectSubscriptions, flush }) => {
        const log: unknown[] = [];
        const e1 = hot('  --a--b--     ');
        const e1subs = '  ^-!          ';
        const t1 = cold('   ------|    ');
        const t1subs = '  --^-----!    ';
        const t2 = cold('      ---|    ');
        const t2subs = '  -----^--!    ';
        const expected = '--a--#       ';

        const result = e1.pipe(
          finalizeAsync(() => t1),
          finalizeAsync((_, { signal }) => t2.pipe(tap({ complete: () => log.push(signal.aborted) }))),
          take(1),
          settle({ grace: 3 }),
        );

        expectObservable(result).toBe(expected, undefined, new GraceExceededError([], 3));
        expectSubscriptions(e1.subscriptions).toBe(e1subs);
        expectSubscriptions(t1.subscriptions).toBe(t1subs);
        expectSubscriptions(t2.subscriptions).toBe(t2subs);
        flush();
        expect(log).toStrictEqual([true]);
      });
    });

    it('should have a signal that has aborted where nothing is waited for', () => {
      run(({ cold, hot, expectObservable, expectSubscriptions, flush }) => {
        const log: unknown[] = [];
        const e1 = hot('  --a--b--');
        const e1subs = '  ^-!     ';
        const t1 = cold('   --|   ');
        const t1subs = '  --^-!   ';
        const expected = '--(a|)  ';

        const result = e1.pipe(
          finalizeAsync((_, { signal }) => t1.pipe(tap({ complete: () => log.push(signal.aborted) }))),
          take(1),
          settle({ grace: 0 }),
        );

        expectObservable(result).toBe(expected);
        expectSubscriptions(e1.subscriptions).toBe(e1subs);
        expectSubscriptions(t1.subscriptions).toBe(t1subs);
        flush();
        expect(log).toStrictEqual([true]);
      });
    });
  });

  it.each<{ callback: unknown; shown: string }>([
    { callback: undefined, shown: 'undefined' },
    { callback: null, shown: 'null' },
    { callback: 'close', shown: "'close'" },
    { callback: of('done'), shown: '[Observable]' },
  ])('should refuse $shown at the call', ({ callback, shown }) => {
    const call = (): unknown => finalizeAsync(callback as () => undefined);

    expect(call).toThrow(TypeError);
    expect(call).toThrow(`finalizeAsync: the callback must be a function, got ${shown}`);
  });

  it('should call back for each subscription, with its own end', () => {
    run(({ cold, expectObservable, expectSubscriptions, flush }) => {
      const kinds: unknown[] = [];
      const e1 = cold('    -a-|  ');
      const e1subs = ['    ^--!  ', '^-!   '];
      const t1 = cold('       --| ');
      const t1subs = ['    --^-! ', '---^-!'];
      const expected1 = '  -a---| ';
      const expected2 = '  -a-    ';
      const unsub2 = '     --!    ';

      const result = e1.pipe(
        finalizeAsync((kind) => {
          kinds.push([asyncScheduler.now(), kind]);
          return t1;
        }),
      );

      expectObservable(result).toBe(expected1);
      expectObservable(result, unsub2).toBe(expected2);
      expectSubscriptions(e1.subscriptions).toBe(e1subs);
      expectSubscriptions(t1.subscriptions).toBe(t1subs);
      flush();
      expect(kinds).toStrictEqual([
        [2, 'unsubscribe'],
        [3, 'complete'],
      ]);
    });
  });

  it('should call back before the next run of a source that is subscribed again', () => {
    const log: string[] = [];

    defer(() => {
      log.push('start');
      return of('a');
    })
      .pipe(
        finalizeAsync((kind) => void log.push(kind)),
        repeat(2),
      )
      .subscribe();

    expect(log).toStrictEqual(['start', 'complete', 'start', 'complete']);
  });

  it('should end exactly when each callback in turn has settled, with everything that failed', () => {
    const work = fc.record({ frames: fc.nat(5), fails: fc.boolean() });
    fc.assert(
      fc.property(
        fc.array(work, { maxLength: 4 }),
        fc.constantFrom<FinalizeKind>('complete', 'error', 'unsubscribe'),
        fc.integer({ min: 1, max: 6 }),
        (works, kind, endsAt) => {
          run(({ cold, expectObservable, expectSubscriptions, flush }) => {
            const kinds: FinalizeKind[] = [];
            const e1 = cold(
              '-'.repeat(endsAt) + { complete: '|', error: '#', unsubscribe: '' }[kind],
              undefined,
              'sad',
            );
            const e2 = cold(kind === 'unsubscribe' ? '-'.repeat(endsAt) + 'x' : '-');
            let frame = endsAt;
            const expectedKinds: FinalizeKind[] = [];
            const failed: unknown[] = kind === 'error' ? ['sad'] : [];
            const callbacks = works.map(({ frames, fails }, index) => {
              const error = `sad ${index}`;
              const stream = cold('-'.repeat(frames) + (fails ? '#' : '|'), undefined, error);
              // what the next one is told is the end of the whole stream upstream of it
              expectedKinds.push(kind === 'complete' && failed.length > 0 ? 'error' : kind);
              if (fails) failed.push(error);
              const lasts = frames > 0 ? '^' + '-'.repeat(frames - 1) + '!' : '(^!)';
              const subs = '-'.repeat(frame) + lasts;
              frame += frames;
              return { stream, subs };
            });

            const result = callbacks
              .reduce<Observable<unknown>>(
                (source, { stream }) =>
                  source.pipe(
                    finalizeAsync((given) => {
                      kinds.push(given);
                      return stream;
                    }),
                  ),
                e1,
              )
              .pipe(
                stopWhen(e2),
                catchError((error: unknown) => of(error instanceof RunGroupError ? error.errors : [error])),
              );

            expectObservable(result).toBe('-'.repeat(frame) + (failed.length > 0 ? '(x|)' : '|'), { x: failed });
            expectSubscriptions(e1.subscriptions).toBe('^' + '-'.repeat(endsAt - 1) + '!');
            for (const { stream, subs } of callbacks) expectSubscriptions(stream.subscriptions).toBe(subs);
            flush();
            expect(kinds).toStrictEqual(expectedKinds);
          });
        },
      ),
    );
  });

  it('should keep the type of the values', () => {
    const numbers: Observable<number> = of(1).pipe(finalizeAsync(() => undefined));
    const either: Observable<number | string> = merge(of(1), of('a')).pipe(
      finalizeAsync(async (kind: 'complete' | 'error' | 'unsubscribe', { reason, signal }) => {
        await Promise.resolve([kind, reason.by, signal.aborted]);
      }),
    );
    const nothing: Observable<never> = NEVER.pipe(finalizeAsync(() => of('done')));

    // @ts-expect-error -- the values are numbers
    const strings: Observable<string> = numbers.pipe(finalizeAsync(() => undefined));
    // @ts-expect-error -- no function
    const call = (): unknown => finalizeAsync(of('done'));

    expect([numbers, either, nothing, strings].every((each) => each instanceof Observable)).toBe(true);
    expect(call).toThrow(TypeError);
  });
});

function valuesOf<T>(source: Observable<T>): Promise<T[]> {
  return new Promise((resolve, reject) => {
    const values: T[] = [];
    source.subscribe({ next: (value) => values.push(value), error: reject, complete: () => resolve(values) });
  });
}

async function* oneByOne<T>(...values: T[]): AsyncGenerator<T> {
  for (const value of values) yield await Promise.resolve(value);
}
