import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import {
  catchError,
  concat,
  defer,
  EMPTY,
  map,
  merge,
  NEVER,
  Observable,
  of,
  retry,
  Subject,
  switchMap,
  take,
  tap,
  timer,
} from 'rxjs';
import {
  finalizeAsync,
  group,
  GraceExceededError,
  named,
  type RunGroupError,
  runGroup,
  runner,
  settle,
  stopWhen,
  type LifecycleEvent,
  type StopError,
} from '../src/index.js';
import { itBehavesLikeAnOperator } from './helpers/battery.js';
import { firehose } from './helpers/firehose.js';
import { run } from './helpers/marbles.js';

/** Fails at once, with anything. */
function failing(error: unknown): Observable<never> {
  return new Observable((subscriber) => subscriber.error(error));
}

/** Emits the failures of a `RunGroupError`, so that a marble can stand for them. */
const failures = catchError((error: unknown) => of((error as RunGroupError).failures));

/** The paths of what has failed in a group of these members. */
function pathsOf(source: Observable<unknown>): (readonly string[])[] {
  const paths: (readonly string[])[] = [];
  source.subscribe({
    error: (error: unknown) => paths.push(...(error as RunGroupError).failures.map(({ path }) => path)),
  });
  return paths;
}

itBehavesLikeAnOperator('named', () => named('any'));

describe('named', () => {
  it('should pass everything on', () => {
    run(({ hot, expectObservable, expectSubscriptions }) => {
      const e1 = hot('  --a--b--|');
      const e1subs = '  ^-------!';
      const expected = '--a--b--|';

      const result = e1.pipe(named('worker'));

      expectObservable(result).toBe(expected);
      expectSubscriptions(e1.subscriptions).toBe(e1subs);
    });
  });

  it('should add nothing to the order in which things end', () => {
    const log: string[] = [];

    of('a')
      .pipe(named('worker'), tap({ complete: () => log.push('complete'), finalize: () => log.push('finalized') }))
      .subscribe();

    expect(log).toStrictEqual(['complete', 'finalized']);
  });

  it('should not wait for a teardown: who waits is the owner after it', () => {
    run(({ cold, hot, expectObservable, expectSubscriptions }) => {
      const e1 = hot('   --a--b--');
      const e1subs = ['  ^-!', '^-!'];
      const t1 = cold('    ---|   ');
      const t1subs = ['  --^--!', '--^--!'];
      const expected1 = '--(a|)  ';
      const expected2 = '--a--|  ';

      const result = e1.pipe(
        finalizeAsync(() => t1),
        named('worker'),
        take(1),
      );

      expectObservable(result).toBe(expected1);
      expectObservable(result.pipe(settle())).toBe(expected2);
      expectSubscriptions(e1.subscriptions).toBe(e1subs);
      expectSubscriptions(t1.subscriptions).toBe(t1subs);
    });
  });

  it('should stop a synchronous source that does not end as soon as downstream has had enough', () => {
    const emitted: number[] = [];

    const subscription = firehose(emitted, 100_000).pipe(named('worker'), take(2)).subscribe();

    expect(emitted).toStrictEqual([0, 1]);
    expect(subscription.closed).toBe(true);
  });

  describe('a member of a group', () => {
    it('should be named in the failure of its run', () => {
      run(({ cold, expectObservable, expectSubscriptions }) => {
        const e1 = cold(' --a--#    ');
        const e1subs = '  ^----!    ';
        const e2 = cold(' ---b---   ');
        const e2subs = '  ^----!    ';
        const expected = '--ab-(x|) ';

        const result = of(e1.pipe(named('consumer')), e2.pipe(named('server'))).pipe(runGroup(), failures);

        expectObservable(result).toBe(expected, {
          a: 'a',
          b: 'b',
          x: [{ path: ['consumer'], phase: 'run', error: 'error' }],
        });
        expectSubscriptions(e1.subscriptions).toBe(e1subs);
        expectSubscriptions(e2.subscriptions).toBe(e2subs);
      });
    });

    it('should be named in the message', () => {
      const log: string[] = [];

      of(failing(new Error('port in use')).pipe(named('server')))
        .pipe(runGroup())
        .subscribe({ error: (error: unknown) => log.push((error as Error).message) });

      expect(log).toStrictEqual(['server: port in use']);
    });

    it('should be named in the failure of its teardown', () => {
      run(({ cold, expectObservable, expectSubscriptions }) => {
        const e1 = cold(' --a-----    ');
        const e1subs = '  ^----!      ';
        const t1 = cold('      --#    ');
        const t1subs = '  -----^-!    ';
        const e2 = cold(' -----|      ');
        const e2subs = '  ^----!      ';
        const expected = '--a----(x|) ';

        const result = of(
          e1.pipe(
            finalizeAsync(() => t1),
            named('consumer'),
          ),
          e2,
        ).pipe(runGroup(), failures);

        expectObservable(result).toBe(expected, {
          a: 'a',
          x: [{ path: ['consumer'], phase: 'teardown', error: 'error' }],
        });
        expectSubscriptions(e1.subscriptions).toBe(e1subs);
        expectSubscriptions(t1.subscriptions).toBe(t1subs);
        expectSubscriptions(e2.subscriptions).toBe(e2subs);
      });
    });

    it('should be named when the grace period is over', () => {
      run(({ cold, expectObservable, expectSubscriptions }) => {
        const e1 = cold(' --a-----     ');
        const e1subs = '  ^----!       ';
        const e2 = cold(' -----|       ');
        const e2subs = '  ^----!       ';
        const expected = '--a-----(x|) ';

        const result = of(
          e1.pipe(
            finalizeAsync(() => NEVER),
            named('consumer'),
          ),
          e2,
        ).pipe(runGroup({ grace: 3 }), failures);

        expectObservable(result).toBe(expected, {
          a: 'a',
          x: [{ path: ['consumer'], phase: 'grace', error: new GraceExceededError(['consumer'], 3) }],
        });
        expectSubscriptions(e1.subscriptions).toBe(e1subs);
        expectSubscriptions(e2.subscriptions).toBe(e2subs);
      });
    });

    it('should be named in the reason of the stop that it causes', () => {
      const reasons: StopError[] = [];

      of(NEVER.pipe(finalizeAsync((_, { reason }) => void reasons.push(reason))), of('a').pipe(named('first')))
        .pipe(runGroup())
        .subscribe();

      expect(reasons.map(({ by }) => by)).toStrictEqual([['first']]);
      expect(reasons[0]?.message).toContain('first');
    });

    it('should be named in every event', () => {
      run(({ cold, expectObservable, expectSubscriptions, flush }) => {
        const events: LifecycleEvent[] = [];
        const e1 = cold(' -------   ');
        const e1subs = '  ^----!    ';
        const t1 = cold('      --|  ');
        const t1subs = '  -----^-!  ';
        const e2 = cold(' --a--|    ');
        const e2subs = '  ^----!    ';
        const expected = '--a----|  ';

        const result = of(
          e1.pipe(
            finalizeAsync(() => t1),
            named('consumer'),
          ),
          e2.pipe(named('server')),
        ).pipe(runGroup({ lifecycle: { next: (event) => events.push(event) } }));

        expectObservable(result).toBe(expected);
        expectSubscriptions(e1.subscriptions).toBe(e1subs);
        expectSubscriptions(t1.subscriptions).toBe(t1subs);
        expectSubscriptions(e2.subscriptions).toBe(e2subs);
        flush();
        expect(events.map(({ at, type, path }) => [at, type, ...path])).toStrictEqual([
          [0, 'starting', 'consumer'],
          [0, 'starting', 'server'],
          [2, 'ready', 'server'],
          [5, 'completed', 'server'],
          [5, 'stopping', 'consumer'],
          [7, 'stopped', 'consumer'],
        ]);
      });
    });

    it('should stop the group by this name', () => {
      run(({ cold, expectObservable, expectSubscriptions }) => {
        const e1 = cold(' --|     ');
        const e1subs = '  ^-!     ';
        const e2 = cold(' ----|   ');
        const e2subs = '  ^---!   ';
        const e3 = cold(' ------  ');
        const e3subs = '  ^---!   ';
        const expected = '----|   ';

        const result = of(e1.pipe(named('setup')), e2.pipe(named('main')), e3).pipe(runGroup({ until: ['main'] }));

        expectObservable(result).toBe(expected);
        expectSubscriptions(e1.subscriptions).toBe(e1subs);
        expectSubscriptions(e2.subscriptions).toBe(e2subs);
        expectSubscriptions(e3.subscriptions).toBe(e3subs);
      });
    });

    it('should have the index as its name without it', () => {
      expect(pathsOf(of(NEVER, failing('sad')).pipe(runGroup()))).toStrictEqual([['1']]);
    });

    it('should have the path of names on the way to it', () => {
      const inner = of(NEVER, failing('sad').pipe(named('socket'))).pipe(runGroup(), named('api'));

      expect(pathsOf(of(NEVER, inner).pipe(runGroup()))).toStrictEqual([['api', 'socket']]);
    });

    it('should have the name that one has given it which is not the last operator', () => {
      const member = failing('sad').pipe(
        named('worker'),
        map((value) => value),
        retry(1),
        finalizeAsync(() => undefined),
        settle(),
        stopWhen(NEVER),
      );

      expect(pathsOf(of(member).pipe(runGroup()))).toStrictEqual([['worker']]);
    });

    it('may have the same name as another', () => {
      const member = (error: string) => failing(error).pipe(named('worker'));

      expect(pathsOf(of(member('sad'), member('sadder')).pipe(runGroup({ until: 'all' })))).toStrictEqual([
        ['worker'],
        ['worker'],
      ]);
    });
  });

  describe('precedence', () => {
    it('should give way to the key of a record', () => {
      expect(pathsOf(group({ server: failing('sad').pipe(named('worker')) }))).toStrictEqual([['server']]);
    });

    it('should be the outermost of several', () => {
      const member = failing('sad').pipe(named('inner'), named('middle'), named('outer'));

      expect(pathsOf(of(member).pipe(runGroup()))).toStrictEqual([['outer']]);
    });

    it('should come before the name of a runner', () => {
      const member = runner({ name: 'own', run: () => failing('sad') }).pipe(named('given'));

      expect(pathsOf(of(member).pipe(runGroup()))).toStrictEqual([['given']]);
    });

    it('should come before the name of a function', () => {
      const member = runner(function work() {
        return failing('sad');
      }).pipe(named('given'));

      expect(pathsOf(of(member).pipe(runGroup()))).toStrictEqual([['given']]);
    });

    it('should not be taken from what the member subscribes to inside', () => {
      const inner = failing('sad').pipe(named('inner'));
      const member = runner({ name: 'own', run: () => inner });

      expect(pathsOf(of(member).pipe(runGroup()))).toStrictEqual([['own']]);
    });

    it('should not be taken from what the member subscribes to later', () => {
      run(({ cold, expectObservable, expectSubscriptions }) => {
        const e1 = cold(' --a       ');
        const e1subs = '  ^---!     ';
        const e2 = cold('   --#     ');
        const e2subs = '  --^-!     ';
        const expected = '----(x|)  ';

        const result = of(e1.pipe(switchMap(() => e2.pipe(named('inner'))))).pipe(runGroup(), failures);

        expectObservable(result).toBe(expected, { x: [{ path: ['0'], phase: 'run', error: 'error' }] });
        expectSubscriptions(e1.subscriptions).toBe(e1subs);
        expectSubscriptions(e2.subscriptions).toBe(e2subs);
      });
    });

    it('should not be taken from the work of a teardown', () => {
      const member = NEVER.pipe(finalizeAsync(() => failing('sad').pipe(named('cleanup'))));

      expect(pathsOf(of(member, of('a')).pipe(runGroup()))).toStrictEqual([['0']]);
    });

    it('should be that of each member, however they are subscribed', () => {
      const anywhere = (name: string): Observable<never> => failing(name).pipe(named(name));

      const paths = pathsOf(
        of(
          anywhere('plain'),
          defer(() => anywhere('deferred')),
          concat(EMPTY, anywhere('concatenated')),
          merge(anywhere('merged'), NEVER),
        ).pipe(runGroup({ until: 'all' })),
      );

      expect(paths).toStrictEqual([['plain'], ['deferred'], ['concatenated'], ['merged']]);
    });
  });

  it('should do nothing outside a group', () => {
    const [sad, log]: [Error, unknown[]] = [new Error('sad'), []];

    failing(sad)
      .pipe(named('worker'), settle())
      .subscribe({ error: (error: unknown) => log.push(error) });

    expect(log).toHaveLength(1);
    expect(log[0]).toBe(sad);
  });

  it('should name each run of the same member', () => {
    const member = failing('sad').pipe(named('worker'));
    const source = of(member).pipe(runGroup());

    expect([pathsOf(source), pathsOf(source)]).toStrictEqual([[['worker']], [['worker']]]);
  });

  it('should name a member that is added while the group runs', () => {
    const members = new Subject<Observable<never>>();
    const paths: (readonly string[])[] = [];

    members.pipe(runGroup()).subscribe({
      error: (error: unknown) => paths.push(...(error as RunGroupError).failures.map(({ path }) => path)),
    });
    members.next(NEVER);
    members.next(failing('sad').pipe(named('late')));

    expect(paths).toStrictEqual([['late']]);
  });

  it('should take any string that is not empty', () => {
    fc.assert(
      fc.property(fc.string({ minLength: 1, unit: 'binary' }), fc.nat(3), (name, before) => {
        const members = [...Array.from({ length: before }, () => NEVER), failing('sad').pipe(named(name)), timer(0)];

        expect(pathsOf(of(...members).pipe(runGroup()))).toStrictEqual([[name]]);
      }),
    );
  });

  it.each<{ name: unknown; shown: string }>([
    { name: '', shown: "''" },
    { name: undefined, shown: 'undefined' },
    { name: null, shown: 'null' },
    { name: 5, shown: '5' },
    { name: Symbol('worker'), shown: 'Symbol(worker)' },
    { name: {}, shown: '{}' },
    { name: () => 'worker', shown: '[function name]' },
  ])('should refuse $shown at the call', ({ name, shown }) => {
    const call = (): unknown => named(name as string);

    expect(call).toThrow(TypeError);
    expect(call).toThrow(`named: the name must be a string that is not empty, got ${shown}`);
  });

  it('should keep the type of the values', () => {
    const numbers: Observable<number> = of(1).pipe(named('numbers'));
    const either: Observable<number | string> = merge(of(1), of('a')).pipe(named('either'));
    const nothing: Observable<never> = NEVER.pipe(named('nothing'));

    // @ts-expect-error -- the values are numbers
    const strings: Observable<string> = numbers.pipe(named('strings'));
    // @ts-expect-error -- no string
    const call = (): unknown => named(5);

    expect([numbers, either, nothing, strings].every((each) => each instanceof Observable)).toBe(true);
    expect(call).toThrow(TypeError);
  });
});
