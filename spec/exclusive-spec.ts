import { afterEach, describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import {
  concat,
  config,
  defer,
  EMPTY,
  map,
  materialize,
  mergeMap,
  NEVER,
  Observable,
  of,
  repeat,
  Subject,
  type Subscription,
  switchMap,
  take,
  takeUntil,
  tap,
  throwError,
  timer,
} from 'rxjs';
import { AlreadyRunningError, drain, exclusive, group, named, runner, settle, stopWhen } from '../src/index.js';
import { itBehavesLikeAnOperator } from './helpers/battery.js';
import { run } from './helpers/marbles.js';
import { Census, failingToTearDown, failures, tearingDown } from './helpers/teardowns.js';
import { afterReports, unhandled } from './helpers/unhandled.js';

afterEach(() => {
  config.onUnhandledError = null;
});

itBehavesLikeAnOperator('exclusive', exclusive, { concurrently: false });
itBehavesLikeAnOperator('exclusive with wait', () => exclusive({ wait: true }), { concurrently: false });

describe('exclusive', () => {
  const sad = new Error('sad');

  it('should refuse a second subscription until the teardown of the first has settled', () => {
    run(({ cold, expectObservable, expectSubscriptions }) => {
      const e1 = cold('      -a-b-      ');
      const e1subs = ['      ^----!     ', '--------^---!'];
      const t1 = cold('           --|   ');
      const t1subs = ['      -----^-!   ', '------------^-!'];
      const first = '        -a-b-      ';
      const firstSub = '     ^----!     ';
      const second = '       ----#      ';
      const third = '        ------#    ';
      const fourth = '       ---------a-b';
      const fourthSub = '    --------^---!';

      const result = e1.pipe(tearingDown(t1), exclusive());

      const refused = new AlreadyRunningError();
      expectObservable(result, firstSub).toBe(first);
      expectObservable(result, '----^').toBe(second, undefined, refused);
      expectObservable(result, '------^').toBe(third, undefined, refused);
      expectObservable(result, fourthSub).toBe(fourth);
      expectSubscriptions(e1.subscriptions).toBe(e1subs);
      expectSubscriptions(t1.subscriptions).toBe(t1subs);
    });
  });

  it('should hold back the completion until the teardown has settled, and only then let another one in', () => {
    run(({ cold, expectObservable, expectSubscriptions }) => {
      const e1 = cold('  -a|       ');
      const e1subs = ['  ^-!       ', '-----^-!'];
      const t1 = cold('    ---|    ');
      const expected = ' -a----a---|';

      const result = e1.pipe(tearingDown(t1), exclusive(), repeat(2));

      expectObservable(result).toBe(expected);
      expectSubscriptions(e1.subscriptions).toBe(e1subs);
    });
  });

  it('should hold back the error until the teardown has settled', () => {
    run(({ cold, expectObservable }) => {
      const e1 = cold('  -a#   ');
      const t1 = cold('    ---|');
      const expected = ' -a---#';

      expectObservable(e1.pipe(tearingDown(t1), exclusive())).toBe(expected);
    });
  });

  it('should refuse at once, and have nothing to tear down for it', () => {
    run(({ cold, expectObservable }) => {
      const result = NEVER.pipe(tearingDown(cold('-----|')), exclusive());
      const subscription = result.subscribe();

      // the refused one has nothing to tear down; the first one has
      expectObservable(concat(result.pipe(settle(), failures), drain(subscription))).toBe('x----(y|)', {
        x: new AlreadyRunningError(),
        y: undefined,
      });
    });
  });

  it('should leave the one that runs alone when another is refused', () => {
    const source = new Subject<string>();
    const result = source.pipe(exclusive());
    const [heard, refused]: [string[], unknown[]] = [[], []];

    result.subscribe((value) => heard.push(value));
    source.next('a');
    result.subscribe({ error: (error: unknown) => refused.push(error) });
    source.next('b');

    expect(heard).toStrictEqual(['a', 'b']);
    expect(refused).toStrictEqual([new AlreadyRunningError()]);
    expect(refused[0]).toBeInstanceOf(AlreadyRunningError);
  });

  it('should not subscribe to the source for the one that is refused', () => {
    let subscriptions = 0;
    const result = defer(() => {
      subscriptions++;
      return NEVER;
    }).pipe(exclusive());

    result.subscribe();
    result.subscribe({ error: () => undefined });

    expect(subscriptions).toBe(1);
  });

  it('should refuse a source that subscribes to its own result', () => {
    const result: Observable<unknown> = defer(() => result.pipe(failures)).pipe(exclusive());
    const heard: unknown[] = [];

    result.subscribe((value) => heard.push(value));

    expect(heard).toStrictEqual([new AlreadyRunningError()]);
  });

  it('should refuse whoever subscribes in the middle of a teardown', () => {
    const log: unknown[] = [];
    const result: Observable<unknown> = NEVER.pipe(
      tearingDown(() =>
        result.pipe(
          failures,
          tap((value) => log.push(value)),
        ),
      ),
      exclusive(),
    );

    result.subscribe().unsubscribe();
    result.subscribe({ error: () => log.push('refused after it') });

    expect(log).toStrictEqual([new AlreadyRunningError()]);
  });

  it('should have a state for each Observable that it returns', () => {
    const operator = exclusive<string>();
    const source = of('a').pipe(mergeMap(() => NEVER));

    const [left, right] = [source.pipe(operator), source.pipe(operator)];
    const errors: unknown[] = [];
    left.subscribe({ error: (error: unknown) => errors.push(error) });
    right.subscribe({ error: (error: unknown) => errors.push(error) });

    expect(errors).toStrictEqual([]);
  });

  it('should let another one in from within the handler of its completion, or of its error', () => {
    const log: unknown[] = [];
    let fails = false;
    const result = defer(() => (fails ? throwError(() => sad) : of('a'))).pipe(exclusive());
    const again = (): void => {
      result.subscribe({ next: (value) => log.push(value), error: (error: unknown) => log.push(error) });
    };

    result.subscribe({ complete: again });
    fails = true;
    result.subscribe({ error: again });

    expect(log).toStrictEqual(['a', sad]);
  });

  it('should let another one in after a source that threw while it was being subscribed', () => {
    const log: unknown[] = [];
    const result = new Observable(() => {
      throw sad;
    }).pipe(exclusive());

    result.subscribe({ error: (error: unknown) => log.push(error) });
    result.subscribe({ error: (error: unknown) => log.push(error) });

    expect(log).toStrictEqual([sad, sad]);
  });

  it('should let another one in after a teardown that failed', () => {
    run(({ cold, expectObservable }) => {
      const e1 = cold(' -a|    ');
      const t1 = cold('   --#  ', undefined, sad);

      const result = e1.pipe(tearingDown(t1), failingToTearDown('also sad'), exclusive());

      const both = [
        { path: [], phase: 'teardown', error: 'also sad' },
        { path: [], phase: 'teardown', error: sad },
      ];
      expectObservable(result.pipe(failures)).toBe('-a--(x|)', { a: 'a', x: both });
      expectObservable(result.pipe(failures), '------^').toBe('-------a--(x|)', { a: 'a', x: both });
    });
  });

  it('should refuse others until the teardown has settled, though a grace period around it is over', () => {
    run(({ cold, expectObservable }) => {
      const result = NEVER.pipe(tearingDown(cold('------|')), exclusive());
      const stop = cold('-x');

      expectObservable(result.pipe(stopWhen(stop, { grace: 2 }), failures)).toBe('---(x|)', {
        x: expect.objectContaining({ name: 'GraceExceededError' }) as unknown,
      });
      expectObservable(result, '----^').toBe('----#', undefined, new AlreadyRunningError());
      expectObservable(result, '--------^').toBe('--------');
    });
  });

  it('should be let in again when a teardown that nobody waited for has failed, which is reported', async () => {
    const errors = unhandled();
    const release = new Subject<void>();
    const result = NEVER.pipe(tearingDown(release), exclusive());
    const refused: unknown[] = [];

    result.subscribe().unsubscribe();
    result.subscribe({ error: (error: unknown) => refused.push(error) });
    release.error(sad);
    result.subscribe({ error: () => refused.push('refused after the teardown') });
    await afterReports();

    expect(errors).toStrictEqual([sad]);
    expect(refused).toStrictEqual([new AlreadyRunningError()]);
  });

  it('should leave nothing behind when its subscriber was closed before', () => {
    const source = new Subject<string>();
    const result = source.pipe(exclusive());
    const stop = new Subject<void>();
    const log: string[] = [];

    defer(() => {
      stop.next();
      return result;
    })
      .pipe(stopWhen(stop))
      .subscribe({ complete: () => log.push('stopped') });
    result.subscribe();

    expect(log).toStrictEqual(['stopped']);
    expect(source.observed).toBe(true);
  });

  it('should start one that has waited where it was subscribed, not within the scope in which the one before has ended', () => {
    run(({ cold, expectObservable }) => {
      let runs = 0;
      const source = defer(() => (runs++ === 0 ? cold('a-') : of('b').pipe(tearingDown(cold('-----|')))));
      const result = source.pipe(exclusive({ wait: true }));

      expectObservable(result.pipe(stopWhen(cold('--x')))).toBe('a-|');
      timer(1).subscribe(() => result.pipe(take(1)).subscribe());
    });
  });

  it('should make a scope that unsubscribes it wait', () => {
    run(({ cold, expectObservable }) => {
      const e1 = cold('      -a---    ');
      const t1 = cold('        ---|   ');
      const stop = cold('    --x      ');
      const expected = '     -a---|   ';

      expectObservable(e1.pipe(tearingDown(t1), exclusive(), stopWhen(stop))).toBe(expected);
    });
  });

  it('should not wait for what a handler unsubscribes that is a stranger', () => {
    run(({ cold, expectObservable }) => {
      const stranger = NEVER.pipe(tearingDown(NEVER)).subscribe();

      const result = cold('-a-|').pipe(
        exclusive(),
        tap(() => stranger.unsubscribe()),
      );

      expectObservable(result).toBe('-a-|');
    });
  });

  it('should be one member of a group, by name, whose second run fails', () => {
    run(({ cold, expectObservable }) => {
      const writer = cold('-a---').pipe(named('writer'), exclusive());

      expectObservable(group([writer, writer.pipe(named('second'))]).pipe(failures)).toBe('(x|)', {
        x: [{ path: ['second'], phase: 'run', error: new AlreadyRunningError() }],
      });
    });
  });

  it('should run a runner again when the teardown of the first has settled', () => {
    run(({ cold, expectObservable }) => {
      const writer = runner({ run: () => cold('-a---'), teardown: () => cold('--|') }).pipe(exclusive());

      expectObservable(writer.pipe(stopWhen(cold('---x')), repeat(2))).toBe('-a----a---|');
    });
  });

  it('should never run twice at once, whatever comes when', () => {
    fc.assert(
      fc.property(
        fc.array(fc.record({ at: fc.nat(20), lasts: fc.integer({ min: 1, max: 9 }) }), { minLength: 1, maxLength: 6 }),
        fc.nat(5),
        (subscriptions, teardown) => {
          run(({ cold, flush }) => {
            const census = new Census();
            let refused = 0;
            const result = census
              .count(NEVER, cold('-'.repeat(teardown) + '|'))
              .pipe(exclusive(), tap({ error: () => refused++ }), failures);
            for (const { at, lasts } of subscriptions)
              timer(at)
                .pipe(switchMap(() => result.pipe(takeUntil(timer(lasts)))))
                .subscribe();
            flush();

            expect(census.most).toBe(1);
            expect(census.alive).toBe(0);
            expect(census.born + refused).toBe(subscriptions.length);
          });
        },
      ),
      { numRuns: 50 },
    );
  });
});

describe('exclusive with wait', () => {
  const sad = new Error('sad');

  it('should run one after the other, each when the teardown of the one before has settled', () => {
    run(({ cold, expectObservable, expectSubscriptions }) => {
      const e1 = cold('   -a-b-                ');
      const e1subs = ['   ^----!               ', '-------^----!      ', '--------------^----!'];
      const t1 = cold('        --|             ');
      const t1subs = ['   -----^-!             ', '------------^-!    ', '-------------------^-!'];
      const first = '     -a-b-                ';
      const unsub1 = '    ^----!               ';
      const second = '    --------a-b-         ';
      const unsub2 = '    -^----------!        ';
      const third = '     ---------------a-b-  ';
      const unsub3 = '    --^----------------! ';

      const result = e1.pipe(tearingDown(t1), exclusive({ wait: true }));

      expectObservable(result, unsub1).toBe(first);
      expectObservable(result, unsub2).toBe(second);
      expectObservable(result, unsub3).toBe(third);
      expectSubscriptions(e1.subscriptions).toBe(e1subs);
      expectSubscriptions(t1.subscriptions).toBe(t1subs);
    });
  });

  it('should tell each of its end, and then run the next', () => {
    const log: string[] = [];
    const source = new Subject<void>();
    let count = 0;
    const result = defer(() => {
      log.push(`run ${++count}`);
      return source;
    }).pipe(exclusive({ wait: true }));

    for (const name of ['first', 'second', 'third'])
      result.subscribe({ error: () => log.push(`${name} errs`), complete: () => log.push(`${name} completes`) });
    source.error(sad);

    // the Subject errs at once for those who come later
    expect(log).toStrictEqual(['run 1', 'first errs', 'run 2', 'second errs', 'run 3', 'third errs']);
  });

  it('should have who comes wait while the teardown of an end that is held back is pending', () => {
    run(({ cold, expectObservable, expectSubscriptions }) => {
      const e1 = cold('   -a|        ');
      const e1subs = ['   ^-!        ', '-----^-!   '];
      const t1 = cold('     ---|     ');
      const first = '     -a---|     ';
      const second = '    ------a---|';

      const result = e1.pipe(tearingDown(t1), exclusive({ wait: true }));

      expectObservable(result).toBe(first);
      expectObservable(result, '---^').toBe(second);
      expectSubscriptions(e1.subscriptions).toBe(e1subs);
    });
  });

  it('should not keep the next one from its turn when one fails, or its teardown does', () => {
    run(({ cold, expectObservable }) => {
      const e1 = cold('  -a#      ', undefined, sad);
      const t1 = cold('    -#     ', undefined, 'also sad');
      const first = '    -a-(x|)  ';
      const second = '   ----a-(x|)';
      const both = [
        { path: [], phase: 'run', error: sad },
        { path: [], phase: 'teardown', error: 'also sad' },
      ];

      const result = e1.pipe(tearingDown(t1), exclusive({ wait: true }), failures);

      expectObservable(result).toBe(first, { a: 'a', x: both });
      expectObservable(result).toBe(second, { a: 'a', x: both });
    });
  });

  it('should never start who leaves while it waits, and have nothing to wait for', () => {
    run(({ cold, expectObservable, expectSubscriptions }) => {
      const e1 = cold('   a---        ');
      const e1subs = ['   ^---!       ', '-------^---!'];
      const t1 = cold('       ---|    ');
      const second = '    --(x|)      ';
      const third = '     -----|      ';
      const fourth = '    -------a--- ';

      const result = e1.pipe(tearingDown(t1), exclusive({ wait: true }));

      expectObservable(result, '^---!').toBe('a---');
      const left = result.pipe(stopWhen(cold('--x')), materialize());
      expectObservable(left.pipe(map(({ kind }) => kind))).toBe(second, { x: 'C' });
      // while the teardown of the first is pending
      expectObservable(result.pipe(stopWhen(cold('-----x')))).toBe(third);
      expectObservable(result, '------^----!').toBe(fourth);
      expectSubscriptions(e1.subscriptions).toBe(e1subs);
    });
  });

  it('should run again for a component that is created anew before its predecessor is gone', () => {
    run(({ cold, expectObservable, expectSubscriptions }) => {
      const e1 = cold('   -a-         ');
      const e1subs = ['   (^!)        ', '---^------! '];
      const t1 = cold('   ---|        ');
      const t1subs = ['   ^--!        ', '----------^--!'];
      const second = '    ----a-----  ';
      const unsub = '     ^---------! ';

      const result = e1.pipe(tearingDown(t1), exclusive({ wait: true }));

      // StrictMode: an effect, its clean-up, the effect once more
      const effect = defer(() => {
        result.subscribe().unsubscribe();
        return result;
      });
      expectObservable(effect, unsub).toBe(second);
      expectSubscriptions(e1.subscriptions).toBe(e1subs);
      expectSubscriptions(t1.subscriptions).toBe(t1subs);
    });
  });

  it('should run ten thousand sources that end at once, without recursion', () => {
    const order: number[] = [];
    const first = new Subject<void>();
    let count = 0;
    const result = defer(() => (count++ ? of('a') : first)).pipe(exclusive({ wait: true }));

    for (let index = 0; index < 10_000; index++) result.subscribe({ complete: () => order.push(index) });
    first.complete();

    expect(order).toStrictEqual(Array.from({ length: 10_000 }, (_, index) => index));
  });

  it('should run ten thousand, each subscribed by the one before when that ends, without recursion', () => {
    let count = 0;
    const result = of('a').pipe(exclusive({ wait: true }));
    const again = (): void => {
      if (++count < 10_000) result.subscribe({ complete: again });
    };

    again();

    expect(count).toBe(10_000);
  });

  it('should run who subscribes from within the first when that has ended', () => {
    const log: string[] = [];
    const [first, second] = [new Subject<string>(), of('b')];
    const sources = [first, second];
    const result = defer(() => sources.shift() ?? EMPTY).pipe(exclusive({ wait: true }));

    const subscribeAgain = (): void => {
      result.subscribe({ next: (value) => log.push(value), complete: () => log.push('second') });
      log.push('subscribed');
    };
    result.subscribe({ next: subscribeAgain, complete: () => log.push('first') });
    first.next('a');
    first.complete();

    expect(log).toStrictEqual(['subscribed', 'first', 'b', 'second']);
  });

  it('should have a source that subscribes to its own result run twice, one after the other', () => {
    const log: unknown[] = [];
    let count = 0;
    const subscribe = (): Subscription => result.subscribe((value) => log.push(value));
    const result: Observable<string> = defer(() => {
      if (count++) return of('inner');
      subscribe();
      return of('outer');
    }).pipe(exclusive({ wait: true }));

    subscribe();

    expect(log).toStrictEqual(['outer', 'inner']);
  });

  it('should keep their order, whoever comes when one ends', () => {
    const log: string[] = [];
    const first = new Subject<string>();
    let count = 0;
    const result = defer(() => (count++ ? of('a') : first)).pipe(exclusive({ wait: true }));
    const subscribe = (name: string, then: () => void = () => undefined): void => {
      result.subscribe({ next: () => log.push(name), complete: then });
    };

    subscribe('first', () => subscribe('third'));
    subscribe('second', () => subscribe('fourth'));
    first.complete();

    expect(log).toStrictEqual(['second', 'third', 'fourth']);
  });

  it('should not make the scope of the one before wait for what a handler of the next one unsubscribes', () => {
    const stranger = NEVER.pipe(tearingDown(NEVER)).subscribe();
    const result = concat(of('a'), NEVER).pipe(exclusive({ wait: true }));
    const log: string[] = [];

    const first = result.subscribe();
    const second = result.subscribe(() => stranger.unsubscribe());
    drain(first).subscribe({ complete: () => log.push('drained') });
    second.unsubscribe();

    expect(log).toStrictEqual(['drained']);
  });

  it('should make the scope around it wait for what a handler unsubscribes, where it need not wait', () => {
    run(({ cold, expectObservable }) => {
      const other = NEVER.pipe(tearingDown(cold('---|'))).subscribe();
      const result = of('a').pipe(exclusive({ wait: true }));

      const around = result.pipe(
        tap(() => other.unsubscribe()),
        settle(),
      );

      expectObservable(around).toBe('a--|');
    });
  });

  it('should leave nothing behind when its subscriber was closed before', () => {
    const log: string[] = [];
    const stop = new Subject<void>();
    const source = new Subject<string>();
    const result = source.pipe(exclusive({ wait: true }));
    const closedBefore = defer(() => {
      stop.next();
      return result;
    }).pipe(stopWhen(stop));

    closedBefore.subscribe({ complete: () => log.push('stopped') });
    expect(source.observed).toBe(false);
    const running = result.subscribe();
    closedBefore.subscribe({ complete: () => log.push('stopped while it would have waited') });
    running.unsubscribe();

    expect(log).toStrictEqual(['stopped', 'stopped while it would have waited']);
    expect(source.observed).toBe(false);
  });

  it('should have the next one wait for a teardown that hangs, though a grace period around it is over', () => {
    run(({ cold, expectObservable, expectSubscriptions }) => {
      const e1 = cold('   a---        ');
      const e1subs = ['   ^!          ', '-------^--!'];
      const t1 = cold('    ------|    ');
      const stopped = '   a--(x|)     ';
      const second = '    -------a--  ';

      const result = e1.pipe(tearingDown(t1), exclusive({ wait: true }));

      expectObservable(result.pipe(stopWhen(cold('-x'), { grace: 2 }), failures)).toBe(stopped, {
        a: 'a',
        x: expect.objectContaining({ name: 'GraceExceededError' }) as unknown,
      });
      expectObservable(result, '--^-------!').toBe(second);
      expectSubscriptions(e1.subscriptions).toBe(e1subs);
    });
  });

  it('should not need a grace period for who waits', () => {
    run(({ cold, expectObservable }) => {
      const result = NEVER.pipe(tearingDown(cold('------|')), exclusive({ wait: true }));

      expectObservable(result, '^-!').toBe('');
      expectObservable(result.pipe(stopWhen(cold('---x'), { grace: 1 }))).toBe('---|');
    });
  });

  it('should be a member of a group that has started, and is ready when it has had its turn', () => {
    const events: string[] = [];
    const [first, second] = [new Subject<string>(), new Subject<string>()];
    const sources = [first, second];
    const writer = runner({ name: 'writer', run: () => sources.shift() ?? NEVER }).pipe(exclusive({ wait: true }));

    const subscription = group([writer, writer.pipe(named('heir')), writer], {
      until: 'all',
      lifecycle: { next: ({ path, type }) => events.push(`${path.join('/')} ${type}`) },
    }).subscribe();
    expect(events).toStrictEqual(['writer starting', 'heir starting', '2 starting']);
    first.next('a');
    second.next('nobody is there');
    expect(events.slice(3)).toStrictEqual(['writer ready']);
    first.complete();
    second.next('b');
    expect(events.slice(4)).toStrictEqual(['writer completed', 'heir ready']);
    subscription.unsubscribe();

    expect(events.slice(6)).toStrictEqual(['heir stopping', 'heir stopped', '2 stopping', '2 stopped']);
    expect(sources).toStrictEqual([]);
  });

  it('should start none of those who wait in a group that stops', () => {
    let runs = 0;
    const writer = runner(() => {
      runs++;
      return NEVER;
    }).pipe(exclusive({ wait: true }));

    group([writer, writer.pipe(settle()), runner(() => writer), group([writer])])
      .subscribe()
      .unsubscribe();

    expect(runs).toBe(1);
  });

  it('should run twice at once with neither, for two Observables of one operator', () => {
    const operator = exclusive<string>({ wait: true });
    const source = new Subject<string>();
    const heard: string[] = [];

    source.pipe(operator).subscribe((value) => heard.push(value));
    source.pipe(operator).subscribe((value) => heard.push(value));
    source.next('a');

    expect(heard).toStrictEqual(['a', 'a']);
  });

  it('should err for a second subscription when it is not to wait', () => {
    const result = NEVER.pipe(exclusive({ wait: false }));
    const errors: unknown[] = [];

    result.subscribe();
    result.subscribe({ error: (error: unknown) => errors.push(error) });

    expect(errors).toStrictEqual([new AlreadyRunningError()]);
  });

  it('should have nobody wait who is not to wait, re-entrantly either', () => {
    const log: unknown[] = [];
    const sources = [of('a'), NEVER];
    const result = defer(() => sources.shift() ?? EMPTY).pipe(exclusive());

    const subscribeTwice = (): void => {
      result.subscribe({ error: () => log.push('refused') });
      log.push(sources.length);
      result.subscribe({ error: (error: unknown) => log.push(error) });
    };
    result.subscribe({ complete: subscribeTwice });

    expect(log).toStrictEqual([0, new AlreadyRunningError()]);
  });

  it.each([
    ['a number', 1, '1'],
    ['a string', 'yes', "'yes'"],
    ['null', null, 'null'],
  ])('should refuse %s in place of true or false', (_, wait, shown) => {
    expect(() => exclusive({ wait: wait as never })).toThrow(
      new TypeError(`exclusive: 'wait' must be true or false, got ${shown}`),
    );
  });

  it('should never run twice at once, and let each who stays have its turn in order, whatever comes when', () => {
    fc.assert(
      fc.property(
        fc.array(fc.record({ at: fc.nat(20), waits: fc.nat(30), lasts: fc.nat(9) }), { minLength: 1, maxLength: 8 }),
        fc.nat(5),
        (subscriptions, teardown) => {
          run(({ cold, flush }) => {
            const census = new Census();
            const started: number[] = [];
            const left = new Set<number>();
            const result = census
              .count(concat(of('started'), NEVER), cold('-'.repeat(teardown) + '|'))
              .pipe(exclusive({ wait: true }));
            const inOrder = subscriptions
              .map((each, index) => ({ ...each, index }))
              .sort((one, other) => one.at - other.at || one.index - other.index);
            const subscribe = ({ waits, lasts, index }: (typeof inOrder)[number]): void => {
              const leaveAfter = (time: number): void => {
                timer(time).subscribe(() => subscription.unsubscribe());
              };
              const subscription = result.subscribe(() => {
                started.push(index);
                leaveAfter(lasts);
              });
              timer(waits).subscribe(() => {
                if (started.includes(index)) return;
                left.add(index);
                subscription.unsubscribe();
              });
            };
            for (const each of inOrder) timer(each.at).subscribe(() => subscribe(each));
            flush();

            expect(census.most).toBeLessThanOrEqual(1);
            expect(census.alive).toBe(0);
            expect(started).toStrictEqual(inOrder.map(({ index }) => index).filter((index) => !left.has(index)));
          });
        },
      ),
      { numRuns: 50 },
    );
  });
});
