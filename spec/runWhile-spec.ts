import { afterEach, describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import {
  BehaviorSubject,
  concat,
  config,
  defer,
  EMPTY,
  map,
  NEVER,
  Observable,
  of,
  Subject,
  take,
  tap,
  timer,
  type ObservableInput,
  type Subscription,
} from 'rxjs';
import {
  GraceExceededError,
  group,
  named,
  runner,
  runWhile,
  stopWhen,
  type GraceOptions,
  type LifecycleEvent,
  type StopError,
} from '../src/index.js';
import { itBehavesLikeAnOperator } from './helpers/battery.js';
import { firehose } from './helpers/firehose.js';
import { asInterop } from './helpers/interop.js';
import { run } from './helpers/marbles.js';
import { Census, failing, failingToTearDown, failures, tearingDown } from './helpers/teardowns.js';
import { afterReports, unhandled } from './helpers/unhandled.js';

const sad = new Error('sad');
/** What the letters of a condition stand for. */
const said = { t: true, f: false };

afterEach(() => {
  config.onUnhandledError = null;
});

itBehavesLikeAnOperator('runWhile a condition is true', () => runWhile(new BehaviorSubject(true)));
itBehavesLikeAnOperator('runWhile, with grace', () => runWhile(new BehaviorSubject(true), { grace: 5 }));

describe('runWhile', () => {
  it('should run the source while the condition is true, and wait for its teardown while it is false', () => {
    run(({ cold, hot, expectObservable, expectSubscriptions }) => {
      const condition = hot('t-----f-----t----', said);
      const e1 = cold('      -a-b-c-d-e-      ');
      const e1subs = ['      ^-----!          ', '------------^---!'];
      const t1 = cold('            --|        ');
      const t1subs = ['      ------^-!        ', '----------------^-!'];
      const expected = '     -a-b-c-------a-b-';
      const unsub = '        ----------------!';

      const result = e1.pipe(tearingDown(t1), runWhile(condition));

      expectObservable(result, unsub).toBe(expected);
      expectSubscriptions(e1.subscriptions).toBe(e1subs);
      expectSubscriptions(t1.subscriptions).toBe(t1subs);
      expectSubscriptions(condition.subscriptions).toBe('^---------------!');
    });
  });

  interface Row {
    readonly title: string;
    readonly condition: string;
    readonly conditionSubs: string;
    readonly e1: string;
    readonly e1subs: string[];
    readonly t1: string;
    readonly expected: string;
  }

  it.each<Row>([
    {
      title: 'should not run before the condition has said something',
      condition: '    ---t---',
      conditionSubs: '^------',
      e1: '              -a--',
      e1subs: ['      ---^---'],
      t1: '           |',
      expected: '     ----a--',
    },
    {
      title: 'should go on forever when the condition never says anything',
      condition: '    -',
      conditionSubs: '^',
      e1: '           -a-',
      e1subs: [],
      t1: '           |',
      expected: '     -',
    },
    {
      title: 'should complete when the condition is empty',
      condition: '    |',
      conditionSubs: '(^!)',
      e1: '           -a-',
      e1subs: [],
      t1: '           |',
      expected: '     |',
    },
    {
      title: 'should let the run go on to its end when the condition completes while it is true',
      condition: '    t-|',
      conditionSubs: '^-!',
      e1: '           -a-b-c|',
      e1subs: ['      ^-----!'],
      t1: '                 --|',
      expected: '     -a-b-c--|',
    },
    {
      title: 'should complete when the condition completes while it is false',
      condition: '    t-f-|',
      conditionSubs: '^---!',
      e1: '           -a-b-c|',
      e1subs: ['      ^-!'],
      t1: '             -|',
      expected: '     -a--|',
    },
    {
      title: 'should complete when the teardown has settled, when the condition completes while it is false',
      condition: '    t-f-|',
      conditionSubs: '^---!',
      e1: '           -a-b-c|',
      e1subs: ['      ^-!'],
      t1: '             -----|',
      expected: '     -a-----|',
    },
    {
      title: 'should run what was switched on while the teardown was pending, though the condition has completed',
      condition: '    t-f-t|',
      conditionSubs: '^----!',
      e1: '           -a-|',
      e1subs: ['      ^-!', ' -------^--!'],
      t1: '             -----|',
      expected: '     -a------a------|',
    },
    {
      title: 'should complete with the source, and let go of the condition',
      condition: '    t-------',
      conditionSubs: '^--!',
      e1: '           -a-|',
      e1subs: ['      ^--!'],
      t1: '              --|',
      expected: '     -a---|',
    },
    {
      title: 'should err with the source, when its teardown has settled',
      condition: '    t-------',
      conditionSubs: '^--!',
      e1: '           -a-#',
      e1subs: ['      ^--!'],
      t1: '              --|',
      expected: '     -a---#',
    },
    {
      title: 'should err with the condition, when the source is torn down',
      condition: '    t---#',
      conditionSubs: '^---!',
      e1: '           -a-b-c-',
      e1subs: ['      ^---!'],
      t1: '               --|',
      expected: '     -a-b--#',
    },
    {
      title: 'should err with a condition that errs at once',
      condition: '    #',
      conditionSubs: '(^!)',
      e1: '           -a-',
      e1subs: [],
      t1: '           |',
      expected: '     #',
    },
    {
      title: 'should mind what is said twice as little as what is said once',
      condition: '    f-t-t-t-f-f',
      conditionSubs: '^----------',
      e1: '             -a-b-c-d',
      e1subs: ['      --^-----!'],
      t1: '                   |',
      expected: '     ---a-b-c---',
    },
    {
      title: 'should start once when it is switched on again several times while the teardown is pending',
      condition: '    t--ftftftf-t--',
      conditionSubs: '^-------------',
      e1: '           -a-b----',
      e1subs: ['      ^--!', '-------------^'],
      t1: '              ----------|',
      expected: '     -a------------a-b',
    },
    {
      title: 'should not start what was switched off again before the teardown had settled',
      condition: '    t--ft-f----',
      conditionSubs: '^----------',
      e1: '           -a-b----',
      e1subs: ['      ^--!'],
      t1: '              -----|',
      expected: '     -a---------',
    },
    {
      title: 'should start in the frame in which the teardown settles',
      condition: '    t--f-t---',
      conditionSubs: '^--------',
      e1: '           -a-b----',
      e1subs: ['      ^--!', '-----^---'],
      t1: '              --|',
      expected: '     -a----a-b',
    },
  ])('$title', (row) => {
    run(({ cold, hot, expectObservable, expectSubscriptions }) => {
      const condition = hot(row.condition, said);
      const e1 = cold(row.e1);

      const result = e1.pipe(tearingDown(cold(row.t1)), runWhile(condition));

      expectObservable(result).toBe(row.expected);
      expectSubscriptions(e1.subscriptions).toBe(row.e1subs);
      expectSubscriptions(condition.subscriptions).toBe(row.conditionSubs);
    });
  });

  it.each<{ kind: string; condition: () => ObservableInput<boolean> }>([
    { kind: 'an array', condition: () => [true] },
    { kind: 'an iterable', condition: () => new Set([true]) },
    { kind: 'a promise', condition: () => Promise.resolve(true) },
    { kind: 'an interop observable', condition: () => asInterop(of(true)) },
    { kind: 'a BehaviorSubject', condition: () => new BehaviorSubject(true) },
    { kind: 'an async iterable', condition: () => asyncTrue() },
  ])('should accept $kind as the condition', async ({ condition }) => {
    const values = await new Promise((resolve, reject) => {
      const heard: string[] = [];
      of('a', 'b')
        .pipe(runWhile(condition()))
        .subscribe({ next: (value) => heard.push(value), error: reject, complete: () => resolve(heard) });
    });

    expect(values).toStrictEqual(['a', 'b']);
  });

  it.each([undefined, null, 5, true, 'true', () => true, {}])('should refuse %p as the condition', (condition) => {
    const call = (): unknown => runWhile(condition as Observable<boolean>);

    expect(call).toThrow(TypeError);
    expect(call).toThrow(/^runWhile: the condition must be an ObservableInput, got /);
  });

  it('should subscribe to the condition for each subscriber, and not before', () => {
    let subscriptions = 0;
    const condition = defer(() => {
      subscriptions++;
      return of(true);
    });
    const result = of('a').pipe(runWhile(condition));
    const before = subscriptions;

    result.subscribe();
    result.subscribe();

    expect([before, subscriptions]).toStrictEqual([0, 2]);
  });

  describe('a condition that is re-entrant', () => {
    it('should stop a source that makes it false while it is being subscribed', () => {
      const condition = new BehaviorSubject(true);
      const census = new Census();
      const log: unknown[] = [];
      const source = census.count(
        new Observable<string>((subscriber) => {
          subscriber.next('a');
          condition.next(false);
          subscriber.next('b');
        }),
        EMPTY,
      );

      source
        .pipe(runWhile(condition))
        .subscribe({ next: (value) => log.push(value), complete: () => log.push('complete') });
      const after = [census.born, census.alive];
      condition.complete();

      expect([after, log]).toStrictEqual([
        [1, 0],
        ['a', 'complete'],
      ]);
    });

    it('should stop a synchronous source that does not end, when a handler makes it false', () => {
      const condition = new BehaviorSubject(true);
      const emitted: number[] = [];

      firehose(emitted, 100_000)
        .pipe(runWhile(condition))
        .subscribe((value) => {
          if (value === 2) condition.next(false);
        });

      expect(emitted).toStrictEqual([0, 1, 2]);
    });

    it('should start again when the teardown makes it true', () => {
      run(({ cold, flush }) => {
        const condition = new BehaviorSubject(true);
        const census = new Census();
        const teardown = defer(() => {
          condition.next(true);
          return cold('--|');
        });

        const subscription = census.count(NEVER, teardown).pipe(runWhile(condition)).subscribe();
        timer(3).subscribe(() => condition.next(false));
        timer(9).subscribe(() => subscription.unsubscribe());
        flush();

        expect([census.born, census.most, census.alive]).toStrictEqual([2, 1, 0]);
      });
    });

    it('should switch off and on 10,000 times without recursion', () => {
      const condition = new Subject<boolean>();
      const census = new Census();
      census.count(NEVER, EMPTY).pipe(runWhile(condition)).subscribe();

      for (let time = 0; time < 10_000; time++) {
        condition.next(true);
        condition.next(false);
      }

      expect([census.born, census.most, census.alive]).toStrictEqual([10_000, 1, 0]);
    });
  });

  it('should stop a synchronous source as soon as downstream has had enough, and let go of the condition', () => {
    const emitted: number[] = [];
    const condition = new BehaviorSubject(true);

    firehose(emitted, 100_000).pipe(runWhile(condition), take(3)).subscribe();

    expect([emitted, condition.observed]).toStrictEqual([[0, 1, 2], false]);
  });

  it('should not mind a condition that does not end', () => {
    const emitted: number[] = [];
    const log: string[] = [];

    of('a')
      .pipe(runWhile(firehose(emitted, 100_000).pipe(map(() => true))))
      .subscribe({ next: (value) => log.push(value), complete: () => log.push('complete') });

    expect([emitted, log]).toStrictEqual([[0], ['a', 'complete']]);
  });

  describe('stopped', () => {
    it('should tear down both, and make whoever unsubscribes wait', () => {
      run(({ cold, hot, expectObservable }) => {
        const condition = hot('t---------f', said).pipe(tearingDown(cold('-----|')));
        const e1 = cold('      -a-b-c').pipe(tearingDown(cold('--|')));

        expectObservable(e1.pipe(runWhile(condition), stopWhen(cold('----x')))).toBe('-a-b-----|');
      });
    });

    it('should not start what waits for the teardown, ever', () => {
      run(({ cold, hot, expectObservable, expectSubscriptions }) => {
        const condition = hot('t-f-t----', said);
        const e1 = cold('      -a-------');

        const result = e1.pipe(tearingDown(cold('-----|')), runWhile(condition), stopWhen(cold('-----x')));

        expectObservable(result).toBe('-a-----|');
        expectSubscriptions(e1.subscriptions).toBe('^-!');
        expectSubscriptions(condition.subscriptions).toBe('^----!');
      });
    });

    it('should tear down once, whoever stops it, and how often', () => {
      const log: string[] = [];
      const condition = new BehaviorSubject(true);
      const subscription: Subscription = runner({
        run: () => NEVER,
        teardown: () => {
          log.push('teardown');
          condition.next(false);
          subscription.unsubscribe();
        },
      })
        .pipe(runWhile(condition))
        .subscribe();

      condition.next(false);
      subscription.unsubscribe();

      expect(log).toStrictEqual(['teardown']);
    });

    it('should tell the run why: because of what stopped it, and of nothing else when it is switched off', () => {
      const causes: unknown[] = [];
      const condition = new BehaviorSubject(true);
      const stop = new AbortController();
      const keep = ({ reason }: { reason: StopError }): void => {
        causes.push([reason.name, reason.cause]);
      };
      runner({ run: () => NEVER, teardown: keep })
        .pipe(runWhile(condition), stopWhen(stop.signal))
        .subscribe();

      condition.next(false);
      condition.next(true);
      stop.abort(sad);

      expect(causes).toStrictEqual([
        ['AbortError', undefined],
        ['AbortError', sad],
      ]);
    });

    it('should subscribe to nothing when its subscriber was closed before, and settle', () => {
      const stop = new Subject<void>();
      const condition = new BehaviorSubject(true);
      const log: string[] = [];

      defer(() => {
        stop.next();
        return of('a').pipe(
          tap((value) => log.push(value)),
          runWhile(condition),
        );
      })
        .pipe(stopWhen(stop))
        .subscribe({ complete: () => log.push('complete') });

      expect([log, condition.observed]).toStrictEqual([['complete'], false]);
    });

    it('should not make it wait for a stranger that a handler unsubscribes', () => {
      run(({ cold, hot, expectObservable }) => {
        const stranger = NEVER.pipe(tearingDown(NEVER)).subscribe();

        const result = cold('a-|').pipe(
          runWhile(hot('-t', said)),
          tap(() => stranger.unsubscribe()),
        );

        expectObservable(result).toBe('-a-|');
      });
    });
  });

  describe('failures', () => {
    it('should err with what a teardown failed with when it was switched off, once, as one of a teardown', () => {
      run(({ cold, hot, expectObservable, expectSubscriptions }) => {
        const condition = hot('t-f-t----', said);
        const e1 = cold('      -a-------');

        const result = e1.pipe(tearingDown(cold('---#', undefined, sad)), runWhile(condition));

        expectObservable(group({ api: result }).pipe(failures)).toBe('-a---(f|)', {
          a: 'a',
          f: [{ path: ['api'], phase: 'teardown', error: sad }],
        });
        expectSubscriptions(e1.subscriptions).toBe('^-!');
        expectSubscriptions(condition.subscriptions).toBe('^----!');
      });
    });

    it('should count every one, the error of the condition first', () => {
      run(({ cold, hot, expectObservable }) => {
        const condition = hot('t-#', said, 'condition').pipe(failingToTearDown('its teardown'));
        const e1 = NEVER.pipe(failingToTearDown('thrown'), tearingDown(cold('-#', undefined, 'later')));

        expectObservable(e1.pipe(runWhile(condition), failures)).toBe('---(f|)', {
          f: [
            { path: [], phase: 'run', error: 'condition' },
            { path: [], phase: 'teardown', error: 'its teardown' },
            { path: [], phase: 'teardown', error: 'thrown' },
            { path: [], phase: 'teardown', error: 'later' },
          ],
        });
      });
    });

    it('should report what fails when nobody waits any more', async () => {
      const errors = unhandled();
      const condition = new BehaviorSubject(true);
      const subscription = NEVER.pipe(
        tearingDown(() => failing(sad)),
        runWhile(condition),
      ).subscribe();

      subscription.unsubscribe();
      await afterReports();

      expect(errors).toStrictEqual([sad]);
    });
  });

  describe('grace', () => {
    it('should limit the wait when it is switched off; it is not switched on again', () => {
      run(({ cold, hot, expectObservable, expectSubscriptions }) => {
        const condition = hot('t-f-t------', said);
        const e1 = cold('      -a---------');

        const result = e1.pipe(tearingDown(cold('-------|')), runWhile(condition, { grace: 3 }));

        expectObservable(result).toBe('-a---#', undefined, new GraceExceededError([], 3));
        expectSubscriptions(e1.subscriptions).toBe('^-!');
        expectSubscriptions(condition.subscriptions).toBe('^----!');
      });
    });

    it('should be over with the first value of an Observable', () => {
      run(({ cold, hot, expectObservable, expectSubscriptions }) => {
        const grace = cold('  --x');
        const condition = hot('t-f', said);

        const result = NEVER.pipe(tearingDown(NEVER), runWhile(condition, { grace }));

        expectObservable(result).toBe('----#', undefined, new GraceExceededError([], grace));
        expectSubscriptions(grace.subscriptions).toBe('--^-!');
      });
    });

    it('should not wait when it is 0, which is no error', () => {
      run(({ cold, hot, expectObservable }) => {
        const condition = hot('t-f-t---f-|', said);
        const e1 = cold('      -a-------- ');

        const result = e1.pipe(tearingDown(NEVER), runWhile(condition, { grace: 0 }));

        expectObservable(result).toBe('-a---a----|');
      });
    });

    it('should limit the wait when it is stopped, from then on, also while that of a switch runs', () => {
      run(({ cold, hot, expectObservable }) => {
        const condition = hot('t-f', said);

        const result = NEVER.pipe(tearingDown(NEVER), runWhile(condition, { grace: 4 }), stopWhen(cold('----x')));

        expectObservable(result).toBe('--------#', undefined, new GraceExceededError([], 4));
      });
    });

    it('should have no limit when it is Infinity', () => {
      run(({ cold, hot, expectObservable }) => {
        const condition = hot('t-f-t', said);
        const e1 = cold('      -a---');

        const result = e1.pipe(tearingDown(cold('------|')), runWhile(condition, { grace: Infinity }));

        expectObservable(result).toBe('-a-------a');
      });
    });

    it.each([-1, NaN, '5', true, {}, null])('should refuse %p at the call', (grace) => {
      expect(() => runWhile(NEVER, { grace } as GraceOptions)).toThrow(
        /^runWhile: 'grace' must be milliseconds \(0 or more\) or an ObservableInput, got /,
      );
    });
  });

  describe('in a group', () => {
    it('should switch one member off and on, and leave the others alone; what is off has not ended', () => {
      run(({ cold, hot, expectObservable, expectSubscriptions }) => {
        const enabled = hot('t--f--t---', said);
        const poller = cold('-p--------');
        const api = cold('   a---a---a---|');

        const result = group({ poller: poller.pipe(runWhile(enabled)), api });

        expectObservable(result).toBe('ap--a--pa---|');
        expectSubscriptions(poller.subscriptions).toBe(['^--!', '------^-----!']);
      });
    });

    it('should be ready with the first run that says so, once, also where that is not the first one', () => {
      run(({ hot, flush }) => {
        const events: string[] = [];
        let runs = 0;
        const poller = runner(({ ready }) => {
          if (++runs > 1) ready();
          return NEVER;
        });

        group(
          { poller: poller.pipe(runWhile(hot('t-f-t-f-t', said))) },
          { lifecycle: { next: ({ at, type }: LifecycleEvent) => events.push(`${at} ${type}`) } },
        ).subscribe();
        flush();

        expect(events).toStrictEqual(['0 starting', '4 ready']);
      });
    });

    it('should keep the name of the member, whichever run fails', () => {
      run(({ cold, hot, expectObservable }) => {
        const source = defer(() => cold('---#', undefined, sad)).pipe(runWhile(hot('t-f-t', said)), named('poller'));

        expectObservable(group([source]).pipe(failures)).toBe('-------(f|)', {
          f: [{ path: ['poller'], phase: 'run', error: sad }],
        });
      });
    });
  });

  it('should never have two alive, tear each down once, and run in the end if it is to, whatever comes when', () => {
    const step = fc.record({ after: fc.integer({ min: 1, max: 4 }), wanted: fc.boolean(), teardown: fc.nat(6) });
    fc.assert(
      fc.property(fc.array(step, { minLength: 1, maxLength: 10 }), fc.option(fc.nat(40)), (steps, unsubscribeAt) => {
        run(({ cold, flush }) => {
          const census = new Census();
          const condition = concat(...steps.map(({ after, wanted }) => timer(after).pipe(map(() => wanted))), NEVER);
          const source = defer(() =>
            census.count(NEVER, cold('-'.repeat(steps[census.born % steps.length]?.teardown ?? 0) + '|')),
          );
          const subscription = source.pipe(runWhile(condition)).subscribe();
          if (unsubscribeAt !== null) timer(unsubscribeAt).subscribe(() => subscription.unsubscribe());
          flush();

          expect(census.most).toBeLessThanOrEqual(1);
          expect(census.alive).toBe(unsubscribeAt === null && steps.at(-1)?.wanted === true ? 1 : 0);
        });
      }),
    );
  });
});

async function* asyncTrue(): AsyncGenerator<boolean> {
  yield await Promise.resolve(true);
}
