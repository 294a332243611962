import { afterEach, describe, expect, it, jest } from '@jest/globals';
import fc from 'fast-check';
import {
  asyncScheduler,
  config,
  finalize,
  from,
  mergeMap,
  NEVER,
  Observable,
  type ObservableInput,
  of,
  share,
  Subject,
  Subscription,
  take,
  throwError,
  timer,
} from 'rxjs';
import * as entry from '../src/index.js';
import {
  awaitTeardown,
  drain,
  finalizeAsync,
  GraceExceededError,
  group,
  RunGroupError,
  runner,
  settle,
  start,
} from '../src/index.js';
import { asInterop } from './helpers/interop.js';
import { run } from './helpers/marbles.js';
import { afterReports } from './helpers/unhandled.js';

type Work = Parameters<typeof awaitTeardown>[0];

/** The source, with teardowns that are awaited. */
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

/** The one value of a drain, in marbles. */
const over = { x: undefined };

describe('drain', () => {
  afterEach(() => {
    config.onUnhandledError = null;
  });

  it('should unsubscribe, and emit and complete when the teardown has settled', () => {
    run(({ cold, expectObservable, expectSubscriptions }) => {
      const e1 = cold('  --a--b--c----');
      const e1subs = '   ^----!       ';
      const e2 = cold('       ---|    ');
      const e2subs = '   -----^--!    ';
      const sub = '      -----^       ';
      const expected = ' --------(x|) ';
      const subscription = withTeardown(e1, e2).subscribe();

      expectObservable(drain(subscription), sub).toBe(expected, over);
      expectSubscriptions(e1.subscriptions).toBe(e1subs);
      expectSubscriptions(e2.subscriptions).toBe(e2subs);
    });
  });

  it('should be over at once when there is nothing to wait for', () => {
    run(({ cold, expectObservable, expectSubscriptions }) => {
      const e1 = cold('  --a--b--c----');
      const e1subs = '   ^----!       ';
      const sub = '      -----^       ';
      const expected = ' -----(x|)    ';
      const subscription = e1.subscribe();

      expectObservable(drain(subscription), sub).toBe(expected, over);
      expectSubscriptions(e1.subscriptions).toBe(e1subs);
    });
  });

  it('should be over at once when the teardown is empty', () => {
    run(({ cold, expectObservable, expectSubscriptions }) => {
      const e2 = cold('  |     ');
      const e2subs = '   (^!)  ';
      const expected = ' (x|)  ';
      const subscription = withTeardown(NEVER, e2).subscribe();

      expectObservable(drain(subscription)).toBe(expected, over);
      expectSubscriptions(e2.subscriptions).toBe(e2subs);
    });
  });

  it('should wait for ever for a teardown that never ends', () => {
    run(({ cold, expectObservable, expectSubscriptions }) => {
      const e2 = cold('  -');
      const e2subs = '   ^';
      const expected = ' -';
      const subscription = withTeardown(NEVER, e2).subscribe();

      expectObservable(drain(subscription)).toBe(expected);
      expectSubscriptions(e2.subscriptions).toBe(e2subs);
    });
  });

  it('should wait for hot work from the drain on', () => {
    run(({ hot, expectObservable, expectSubscriptions }) => {
      const e2 = hot('   -a---a-|   ');
      const e2subs = '   --^----!   ';
      const sub = '      --^        ';
      const expected = ' -------(x|)';
      const subscription = withTeardown(NEVER, e2).subscribe();

      expectObservable(drain(subscription), sub).toBe(expected, over);
      expectSubscriptions(e2.subscriptions).toBe(e2subs);
    });
  });

  it('should be cold: not unsubscribe before it is subscribed', () => {
    const subscription = NEVER.subscribe();

    const draining = drain(subscription);
    expect(subscription.closed).toBe(false);
    draining.subscribe();

    expect(subscription.closed).toBe(true);
  });

  it('should be over at once when it is subscribed again, whatever the first one still waits for', () => {
    run(({ cold, expectObservable, expectSubscriptions }) => {
      const e2 = cold('  ---|    ');
      const e2subs = '   ^--!    ';
      const draining = drain(withTeardown(NEVER, e2).subscribe());

      expectObservable(draining).toBe('       ---(x|) ', over);
      expectObservable(draining, '-^').toBe(' -(x|)   ', over);
      expectSubscriptions(e2.subscriptions).toBe(e2subs);
    });
  });

  it('should be over at once when the subscription was closed before, whatever its teardown does', () => {
    run(({ cold, expectObservable, expectSubscriptions }) => {
      const e2 = cold('  ------|  ');
      const e2subs = '   ^-----!  ';
      const sub = '      --^      ';
      const expected = ' --(x|)   ';
      const subscription = withTeardown(NEVER, e2).subscribe();
      subscription.unsubscribe();

      expectObservable(drain(subscription), sub).toBe(expected, over);
      expectSubscriptions(e2.subscriptions).toBe(e2subs);
    });
  });

  it('should wait for what it triggers itself, and for nothing else that is torn down meanwhile', () => {
    run(({ cold, expectObservable, expectSubscriptions }) => {
      const e2 = cold('  ---|        ');
      const e2subs = '   ^--!        ';
      const e3 = cold('  -------|    ');
      const e3subs = '   ^------!    ';
      const first = withTeardown(NEVER, e2).subscribe();
      const second = withTeardown(NEVER, e3).subscribe();

      expectObservable(drain(first)).toBe(' ---(x|)    ', over);
      expectObservable(drain(second)).toBe('-------(x|)', over);
      expectSubscriptions(e2.subscriptions).toBe(e2subs);
      expectSubscriptions(e3.subscriptions).toBe(e3subs);
    });
  });

  it('should wait for everything that a Subscription holds', () => {
    run(({ cold, expectObservable, expectSubscriptions }) => {
      const e2 = cold('  ---|       ');
      const e2subs = '   ^--!       ';
      const e3 = cold('  -----|     ');
      const e3subs = '   ^----!     ';
      const expected = ' -----(x|)  ';
      const subscription = new Subscription();
      subscription.add(withTeardown(NEVER, e2).subscribe());
      subscription.add(() => {
        awaitTeardown(e3);
      });

      expectObservable(drain(subscription)).toBe(expected, over);
      expectSubscriptions(e2.subscriptions).toBe(e2subs);
      expectSubscriptions(e3.subscriptions).toBe(e3subs);
    });
  });

  it('should take anything with an unsubscribe method', () => {
    run(({ cold, expectObservable, expectSubscriptions }) => {
      const e2 = cold('  ---|    ');
      const e2subs = '   ^--!    ';
      const expected = ' ---(x|) ';
      const unsubscribable = {
        work: e2,
        unsubscribe() {
          awaitTeardown(this.work);
        },
      };

      expectObservable(drain(unsubscribable)).toBe(expected, over);
      expectSubscriptions(e2.subscriptions).toBe(e2subs);
    });
  });

  it('should wait for what stops through operators, a nested group and an owner', () => {
    run(({ cold, expectObservable, expectSubscriptions }) => {
      const e2 = cold('  ---|      ');
      const e2subs = '   ^--!      ';
      const e3 = cold('     --|    ');
      const e3subs = '   ---^-!    ';
      const expected = ' -----(x|) ';
      const inner = runner({ run: () => withTeardown(NEVER, e2), teardown: () => of('a') });
      const subscription = group([group([inner])])
        .pipe(
          mergeMap((value) => of(value)),
          settle(),
          (source) => withTeardown(source, withTeardown(e2, e3)),
        )
        .subscribe();

      expectObservable(drain(subscription)).toBe(expected, over);
      expectSubscriptions(e2.subscriptions).toBe([e2subs, e2subs]);
      expectSubscriptions(e3.subscriptions).toBe(e3subs);
    });
  });

  it.each<[string, () => ObservableInput<unknown>]>([
    ['an array', () => ['a']],
    ['a promise', () => Promise.resolve('a')],
    ['an interop Observable', () => asInterop(of('a'))],
    [
      'an async iterable',
      async function* () {
        yield await Promise.resolve('a');
      },
    ],
  ])('should wait for a teardown that is %s', async (_, work) => {
    const seen: unknown[] = [];
    const subscription = withTeardown(NEVER, work).subscribe();

    await start(drain(subscription), (value) => seen.push(value)).done;

    expect(seen).toStrictEqual([undefined]);
  });

  it('should allow unsubscribing explicitly and early: the teardown goes on', () => {
    run(({ cold, expectObservable, expectSubscriptions }) => {
      const e2 = cold('  ----|  ');
      const e2subs = '   ^---!  ';
      const unsub = '    --!    ';
      const expected = ' ---    ';
      const subscription = withTeardown(NEVER, e2).subscribe();

      expectObservable(drain(subscription), unsub).toBe(expected);
      expectSubscriptions(e2.subscriptions).toBe(e2subs);
    });
  });

  it('should not break unsubscription chains when it is unsubscribed explicitly', () => {
    run(({ cold, expectObservable, expectSubscriptions }) => {
      const e1 = cold('  --x----');
      const e1subs = '   ^---!  ';
      const e2 = cold('    ----|');
      const e2subs = '   --^---!';
      const unsub = '    ----!  ';
      const expected = ' -----  ';
      const subscription = withTeardown(NEVER, e2).subscribe();

      const result = e1.pipe(
        mergeMap(() => drain(subscription)),
        mergeMap((value) => of(value)),
      );

      expectObservable(result, unsub).toBe(expected);
      expectSubscriptions(e1.subscriptions).toBe(e1subs);
      expectSubscriptions(e2.subscriptions).toBe(e2subs);
    });
  });

  it('should not break unsubscription chains of an interop Observable', () => {
    run(({ cold, expectObservable, expectSubscriptions }) => {
      const e1 = cold('  --a--b--c--');
      const e1subs = '   ^----!     ';
      const sub = '      -----^     ';
      const expected = ' -----(x|)  ';
      const subscription = from(asInterop(e1.pipe(mergeMap((value) => of(value)))))
        .pipe(mergeMap((value) => of(value)))
        .subscribe();

      expectObservable(drain(subscription), sub).toBe(expected, over);
      expectSubscriptions(e1.subscriptions).toBe(e1subs);
    });
  });

  it('should emit before it completes, and complete after its subscriber has had enough', () => {
    run(({ cold, expectObservable, expectSubscriptions }) => {
      const e2 = cold('  ---|    ');
      const e2subs = '   ^--!    ';
      const expected = ' ---(x|) ';
      const subscription = withTeardown(NEVER, e2).subscribe();

      expectObservable(drain(subscription).pipe(take(1))).toBe(expected, over);
      expectSubscriptions(e2.subscriptions).toBe(e2subs);
    });
  });

  it('should finalize the source before the sink', () => {
    const log: string[] = [];
    const subscription = NEVER.pipe(finalize(() => log.push('source'))).subscribe();

    drain(subscription)
      .pipe(finalize(() => log.push('sink')))
      .subscribe({ next: () => log.push('next'), complete: () => log.push('complete') });

    expect(log).toStrictEqual(['source', 'next', 'complete', 'sink']);
  });

  it('should be waited for by whoever stops it', () => {
    run(({ cold, expectObservable, expectSubscriptions }) => {
      const e2 = cold('  ------|    ');
      const e2subs = '   ^-----!    ';
      const sub = '      --^        ';
      const expected = ' ------(x|) ';
      const draining = drain(withTeardown(NEVER, e2).subscribe()).subscribe();

      expectObservable(drain(draining), sub).toBe(expected, over);
      expectSubscriptions(e2.subscriptions).toBe(e2subs);
    });
  });

  it('should be the teardown of something else', () => {
    run(({ cold, expectObservable, expectSubscriptions }) => {
      const e1 = cold('  --a--|   ');
      const e1subs = '   ^----!   ';
      const e2 = cold('       ---|');
      const e2subs = '   -----^--!';
      const expected = ' --a-----|';
      const session = withTeardown(NEVER, e2).subscribe();

      expectObservable(withTeardown(e1, drain(session)).pipe(settle())).toBe(expected);
      expectSubscriptions(e1.subscriptions).toBe(e1subs);
      expectSubscriptions(e2.subscriptions).toBe(e2subs);
    });
  });

  it('should be over at once when a teardown drains its own subscription', () => {
    const log: string[] = [];
    const subscription: Subscription = withTeardown(NEVER, () => drain(subscription)).subscribe();

    drain(subscription).subscribe({ next: () => log.push('next'), complete: () => log.push('complete') });

    expect(log).toStrictEqual(['next', 'complete']);
  });

  describe('of a shared source', () => {
    it('should not wait while somebody else is subscribed', () => {
      run(({ cold, expectObservable, expectSubscriptions }) => {
        const e1 = cold('  --a--b--c-----');
        const e1subs = '   ^----!        ';
        const e2 = cold('       ---|     ');
        const e2subs = '   -----^--!     ';
        const shared = withTeardown(e1, e2).pipe(share());
        const [first, second] = [shared.subscribe(), shared.subscribe()];

        expectObservable(drain(first), ' ---^').toBe('  ---(x|)    ', over);
        expectObservable(drain(second), '-----^').toBe('--------(x|)', over);
        expectSubscriptions(e1.subscriptions).toBe(e1subs);
        expectSubscriptions(e2.subscriptions).toBe(e2subs);
      });
    });

    it('should wait when it unsubscribes the last one', () => {
      run(({ cold, expectObservable, expectSubscriptions }) => {
        const e1 = cold('  --a--b--c-----');
        const e1subs = '   ^----!        ';
        const e2 = cold('       ---|     ');
        const e2subs = '   -----^--!     ';
        const sub = '      -----^        ';
        const expected = ' --------(x|)  ';
        const shared = withTeardown(e1, e2).pipe(share());
        const subscription = shared.subscribe();

        expectObservable(drain(subscription), sub).toBe(expected, over);
        expectSubscriptions(e1.subscriptions).toBe(e1subs);
        expectSubscriptions(e2.subscriptions).toBe(e2subs);
      });
    });
  });

  describe('errors', () => {
    it('should err with the one error as it is', () => {
      run(({ cold, expectObservable, expectSubscriptions }) => {
        const failure = new Error('stuck');
        const e2 = cold('  ---#', undefined, failure);
        const e2subs = '   ^--!';
        const expected = ' ---#';
        const subscription = withTeardown(NEVER, e2).subscribe();

        expectObservable(drain(subscription)).toBe(expected, undefined, failure);
        expectSubscriptions(e2.subscriptions).toBe(e2subs);
      });
    });

    it('should err with all of several, in their order, when the last teardown has settled', () => {
      run(({ cold, expectObservable, expectSubscriptions }) => {
        const [first, second] = [new Error('first'), 'second'];
        const e2 = cold('  ---#  ', undefined, second);
        const e2subs = '   ^--!  ';
        const e3 = cold('  -#    ', undefined, first);
        const e3subs = '   ^!    ';
        const e4 = cold('  -----|');
        const e4subs = '   ^----!';
        const expected = ' -----#';
        const subscription = withTeardown(NEVER, e2, e3, e4).subscribe();
        const failure = new RunGroupError([
          { path: [], phase: 'teardown', error: first },
          { path: [], phase: 'teardown', error: second },
        ]);

        expectObservable(drain(subscription)).toBe(expected, undefined, failure);
        expectSubscriptions(e2.subscriptions).toBe(e2subs);
        expectSubscriptions(e3.subscriptions).toBe(e3subs);
        expectSubscriptions(e4.subscriptions).toBe(e4subs);
      });
    });

    it('should err with what a finalizer throws, when the others have been called and have settled', () => {
      run(({ cold, expectObservable, expectSubscriptions }) => {
        const failure = new Error('stuck');
        const e2 = cold('  ---|');
        const e2subs = '   ^--!';
        const expected = ' ---#';
        const throws = finalize<never>(() => {
          throw failure;
        });
        const subscription = NEVER.pipe(throws, (source) => withTeardown(source, e2)).subscribe();

        expectObservable(drain(subscription)).toBe(expected, undefined, failure);
        expectSubscriptions(e2.subscriptions).toBe(e2subs);
      });
    });

    it('should err with what several finalizers throw, one by one', () => {
      const [first, second] = [new Error('first'), new Error('second')];
      const subscription = new Subscription();
      for (const error of [first, second]) {
        subscription.add(() => {
          throw error;
        });
      }
      const errors: unknown[] = [];

      drain(subscription).subscribe({ error: (error: unknown) => errors.push(error) });

      expect(errors).toStrictEqual([expect.any(RunGroupError)]);
      expect((errors[0] as RunGroupError).errors).toStrictEqual([first, second]);
    });

    it('should err with what unsubscribe throws', () => {
      const failure = new Error('stuck');
      const errors: unknown[] = [];
      const unsubscribe = (): never => {
        throw failure;
      };

      drain({ unsubscribe }).subscribe({ error: (error: unknown) => errors.push(error) });

      expect(errors).toStrictEqual([failure]);
    });

    it('should tell the paths of what fails in a group', () => {
      const failure = new Error('stuck');
      const errors: unknown[] = [];
      const db = withTeardown(NEVER, throwError(() => failure)); // prettier-ignore
      const [a, b] = [group({ db }), group({ db })];

      drain(group({ a, b }).subscribe()).subscribe({ error: (error: unknown) => errors.push(error) });

      expect((errors[0] as RunGroupError).failures).toStrictEqual([
        { path: ['a', 'db'], phase: 'teardown', error: failure },
        { path: ['b', 'db'], phase: 'teardown', error: failure },
      ]);
    });

    it('should report an error when nobody is told of it any more', async () => {
      const reported: unknown[] = [];
      config.onUnhandledError = (error) => reported.push(error);
      const failure = new Error('stuck');
      const work = new Subject<void>();

      drain(withTeardown(NEVER, work).subscribe()).subscribe().unsubscribe();
      work.error(failure);
      await afterReports();

      expect(reported).toStrictEqual([failure]);
    });
  });

  describe('grace', () => {
    it('should err when it is over', () => {
      run(({ cold, time, expectObservable, expectSubscriptions }) => {
        const e2 = cold('  ------|');
        const e2subs = '   ^-----!';
        const grace = time('---|   ');
        const expected = ' ---#   ';
        const subscription = withTeardown(NEVER, e2).subscribe();

        expectObservable(drain(subscription, { grace })).toBe(expected, undefined, new GraceExceededError([], 3));
        expectSubscriptions(e2.subscriptions).toBe(e2subs);
      });
    });

    it('should not matter when everything has settled in time', () => {
      run(({ cold, time, expectObservable, expectSubscriptions }) => {
        const e2 = cold('  --|     ');
        const e2subs = '   ^-!     ';
        const grace = time('---|    ');
        const expected = ' --(x|)  ';
        const subscription = withTeardown(NEVER, e2).subscribe();

        expectObservable(drain(subscription, { grace })).toBe(expected, over);
        expectSubscriptions(e2.subscriptions).toBe(e2subs);
      });
    });

    it.each([
      ['value', '     ---x----'],
      ['completion', '---|'],
    ])('should be over at the first %s of an Observable', (_, marbles) => {
      run(({ cold, expectObservable, expectSubscriptions }) => {
        const e2 = cold('  ------|');
        const e2subs = '   ^-----!';
        const e3 = cold(marbles);
        const e3subs = '   ^--!   ';
        const expected = ' ---#   ';
        const subscription = withTeardown(NEVER, e2).subscribe();
        const failure = new GraceExceededError([], e3);

        expectObservable(drain(subscription, { grace: e3 })).toBe(expected, undefined, failure);
        expectSubscriptions(e2.subscriptions).toBe(e2subs);
        expectSubscriptions(e3.subscriptions).toBe(e3subs);
      });
    });

    it('should be let go of when everything has settled', () => {
      run(({ cold, expectObservable, expectSubscriptions }) => {
        const e2 = cold('  ---|    ');
        const e2subs = '   ^--!    ';
        const e3 = cold('  --------');
        const e3subs = '   ^--!    ';
        const expected = ' ---(x|) ';
        const subscription = withTeardown(NEVER, e2).subscribe();

        expectObservable(drain(subscription, { grace: e3 })).toBe(expected, over);
        expectSubscriptions(e2.subscriptions).toBe(e2subs);
        expectSubscriptions(e3.subscriptions).toBe(e3subs);
      });
    });

    it('should not be asked for when there is nothing to wait for', () => {
      run(({ cold, expectObservable, expectSubscriptions }) => {
        const e3 = cold('  --x');
        const e3subs: string[] = [];
        const expected = ' (x|)';

        expectObservable(drain(NEVER.subscribe(), { grace: e3 })).toBe(expected, over);
        expectSubscriptions(e3.subscriptions).toBe(e3subs);
      });
    });

    it('should err with what its Observable errs with, too', () => {
      run(({ cold, expectObservable, expectSubscriptions }) => {
        const failure = new Error('no clock');
        const e2 = cold('  -----|');
        const e2subs = '   ^----!';
        const e3 = cold('  --#   ', undefined, failure);
        const e3subs = '   ^-!   ';
        const expected = ' --#   ';
        const subscription = withTeardown(NEVER, e2).subscribe();

        expectObservable(drain(subscription, { grace: e3 })).toBe(
          expected,
          undefined,
          new RunGroupError([
            { path: [], phase: 'grace', error: failure },
            { path: [], phase: 'grace', error: new GraceExceededError([], e3) },
          ]),
        );
        expectSubscriptions(e2.subscriptions).toBe(e2subs);
        expectSubscriptions(e3.subscriptions).toBe(e3subs);
      });
    });

    it('should not wait at all when it is 0, which is no error', () => {
      run(({ cold, expectObservable, expectSubscriptions }) => {
        const e2 = cold('  ---|');
        const e2subs = '   ^--!';
        const expected = ' (x|)';
        const subscription = withTeardown(NEVER, e2).subscribe();

        expectObservable(drain(subscription, { grace: 0 })).toBe(expected, over);
        expectSubscriptions(e2.subscriptions).toBe(e2subs);
      });
    });

    it('should have no limit when it is infinite', () => {
      run(({ cold, expectObservable, expectSubscriptions }) => {
        const e2 = cold('  99ms |       ');
        const e2subs = '   ^ 98ms !     ';
        const expected = ' 99ms (x|)    ';
        const subscription = withTeardown(NEVER, e2).subscribe();

        expectObservable(drain(subscription, { grace: Infinity })).toBe(expected, over);
        expectSubscriptions(e2.subscriptions).toBe(e2subs);
      });
    });

    it.each([
      ['negative', -1, '-1'],
      ['NaN', NaN, 'NaN'],
      ['a string', '5s', "'5s'"],
      ['null', null, 'null'],
    ])('should be refused at once when it is %s', (_, grace, shown) => {
      const make = (): unknown => drain(new Subscription(), { grace: grace as never });

      expect(make).toThrow(TypeError);
      expect(make).toThrow("'grace'");
      expect(make).toThrow(`got ${shown}`);
    });
  });

  it('should leave nothing behind', () => {
    const [source, work, grace] = [new Subject<void>(), new Subject<void>(), new Subject<void>()];

    drain(withTeardown(source, work).subscribe(), { grace }).subscribe();
    expect([source.observed, work.observed, grace.observed]).toStrictEqual([false, true, true]);
    work.complete();

    expect([source.observed, work.observed, grace.observed]).toStrictEqual([false, false, false]);
  });

  it('should return a plain Observable', () => {
    expect(Object.getPrototypeOf(drain(new Subscription()))).toBe(Observable.prototype);
  });

  it.each([
    ['undefined', undefined, 'undefined'],
    ['null', null, 'null'],
    ['a string', 'sub', "'sub'"],
    ['an Observable', NEVER, '[Observable]'],
  ])('should refuse %s at once', (_, subscription, shown) => {
    const make = (): unknown => drain(subscription as never);

    expect(make).toThrow(TypeError);
    expect(make).toThrow(`got ${shown}`);
  });

  it('should take a subscription and options, and nothing else', () => {
    // The types are checked by the compiler.
    const draining: Observable<void> = drain(new Subscription(), { grace: of('over') });
    // @ts-expect-error -- a function is no subscription
    const wrong = () => drain(() => undefined);

    expect(draining).toBeInstanceOf(Observable);
    expect(wrong).toThrow(TypeError);
  });

  it('should be found in the root entry', () => {
    expect(Object.keys(entry)).toContain('drain');
  });

  it('should wait for exactly what it has triggered, whatever settles and in whichever order', () => {
    const step = fc.oneof(
      fc.record({ type: fc.constant('drain' as const), which: fc.nat(3) }),
      fc.record({ type: fc.constantFrom('settle' as const, 'fail' as const), which: fc.nat(3) }),
    );

    fc.assert(
      fc.property(fc.array(step, { maxLength: 20 }), (steps) => {
        const parts = Array.from({ length: 4 }, () => {
          const work = new Subject<void>();
          return { work, subscription: withTeardown(NEVER, work).subscribe(), drained: false, settled: false };
        });
        const ends: string[] = [];
        const expected: string[] = [];

        for (const { type, which } of steps) {
          const part = parts[which];
          if (!part) continue;
          if (type === 'drain') {
            // the first one waits for the work, all others for nothing
            if (part.drained || part.settled) expected.push(`${which} complete`);
            part.drained = true;
            drain(part.subscription).subscribe({
              error: () => ends.push(`${which} error`),
              complete: () => ends.push(`${which} complete`),
            });
          } else if (part.drained && !part.settled) {
            part.settled = true;
            if (type === 'settle') part.work.complete();
            else part.work.error(new Error('stuck'));
            expected.push(`${which} ${type === 'settle' ? 'complete' : 'error'}`);
          }
          expect(ends).toStrictEqual(expected);
          expect(parts.map(({ work }) => work.observed)).toStrictEqual(
            parts.map(({ drained, settled }) => drained && !settled),
          );
        }
        const completed = jest.fn();
        for (const { work } of parts) work.complete();
        for (const { subscription } of parts) drain(subscription).subscribe({ complete: completed });

        expect(completed).toHaveBeenCalledTimes(4);
        expect(parts.filter(({ work }) => work.observed)).toHaveLength(0);
      }),
      { numRuns: 200 },
    );
  });
});

describe('drain of what waits for it', () => {
  it.each([
    ['a finalizer', (work: () => Observable<void>) => NEVER.pipe(finalizeAsync(work))],
    ['a teardown', (work: () => Observable<void>) => runner({ run: () => NEVER, teardown: work })],
  ] as const)('should not wait for itself: in %s of a member of the group that it drains', (_, member) => {
    run(({ flush }) => {
      const ends: number[] = [];
      const end = (): void => {
        ends.push(asyncScheduler.now());
      };
      let group$ = Subscription.EMPTY;
      const needed = runner({ run: ({ ready }) => (ready(), NEVER), teardown: end });
      const members = { ends: timer(2), member: member(() => drain(group$)), needed };
      group$ = group(members, { needs: { member: ['needed'] } }).subscribe();
      flush();

      // what it needs is torn down when it has been; nobody hears of the end, since it was unsubscribed
      expect(ends).toStrictEqual([2]);
    });
  });
});
