import { afterEach, describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import {
  concat,
  config,
  defer,
  mergeMap,
  NEVER,
  Observable,
  of,
  repeat,
  Subject,
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
