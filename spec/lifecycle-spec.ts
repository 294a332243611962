import { afterEach, describe, expect, it, jest } from '@jest/globals';
import {
  concat,
  config,
  defer,
  EMPTY,
  finalize,
  from,
  map,
  NEVER,
  Observable,
  of,
  ReplaySubject,
  Subject,
  tap,
  throwError,
  timer,
} from 'rxjs';
import {
  awaitTeardown,
  finalizeAsync,
  GraceExceededError,
  group,
  named,
  restart,
  runGroup,
  RunGroupError,
  runner,
  settle,
  StopError,
  stopWhen,
  withResource,
  type LifecycleEvent,
  type Member,
} from '../src/index.js';
import { lifecycleMarbles } from '../src/testing/index.js';
import { expectLeftRunning } from './helpers/leftRunning.js';
import { run } from './helpers/marbles.js';

/** Writes each event down in a line. */
function recorder() {
  const lines: string[] = [];
  const events: LifecycleEvent[] = [];
  const next = (event: LifecycleEvent): void => {
    events.push(event);
    lines.push(`${event.at} ${event.path.join('/')} ${event.type}`);
  };
  return { lines, events, next };
}

/** What happened to each member, without the times. */
function storyOf(members: Member[] | Record<string, Member>): string[] {
  const lifecycle = recorder();
  group(members as Record<string, Member>, { lifecycle })
    .subscribe({ error: () => undefined })
    .unsubscribe();
  return lifecycle.events.map(({ path, type }) => `${path.join('/')} ${type}`);
}

afterEach(() => {
  jest.useRealTimers();
  config.onUnhandledError = null;
});

describe('lifecycle', () => {
  it('should tell of each step of each member, when it happens', () => {
    run(({ cold, flush, expectObservable, expectSubscriptions }) => {
      const e1 = cold(' --a---|   ');
      const e1subs = '  ^-----!   ';
      const e2 = cold(' -1--2--   ');
      const e2subs = '  ^-----!   ';
      const t2 = cold('       ---|');
      const t2subs = '  ------^--!';
      const e3 = cold(' ----------');
      const e3subs = '  ^-----!   ';
      const expected = '-1a-2----|';
      const lifecycle = recorder();

      const result = group({ api: e1, worker: runner({ run: () => e2, teardown: () => t2 }), idle: e3 }, { lifecycle });

      expectObservable(result).toBe(expected);
      expectSubscriptions(e1.subscriptions).toBe(e1subs);
      expectSubscriptions(e2.subscriptions).toBe(e2subs);
      expectSubscriptions(t2.subscriptions).toBe(t2subs);
      expectSubscriptions(e3.subscriptions).toBe(e3subs);
      flush();
      expect(lifecycle.lines).toStrictEqual([
        '0 api starting',
        '0 worker starting',
        '0 idle starting',
        '1 worker ready',
        '2 api ready',
        '6 api completed',
        '6 worker stopping',
        '6 idle stopping',
        '6 idle stopped',
        '9 worker stopped',
      ]);
    });
  });

  it('should take a Subject', () => {
    const lifecycle = new ReplaySubject<LifecycleEvent>(10);
    const types: string[] = [];

    group({ a: EMPTY }, { lifecycle }).subscribe();
    lifecycle.subscribe(({ type }) => types.push(type));

    expect(types).toStrictEqual(['starting', 'ready', 'completed']);
  });

  it('should tell nothing but its own events to a Subject: it neither completes nor errs', () => {
    const lifecycle = new Subject<LifecycleEvent>();
    const log: string[] = [];
    lifecycle.subscribe({ complete: () => log.push('complete'), error: () => log.push('error') });

    group({ a: EMPTY }, { lifecycle }).subscribe();
    group({ a: throwError(() => new Error('sad')) }, { lifecycle }).subscribe({ error: () => undefined });

    expect(log).toStrictEqual([]);
  });

  it('should not tell anything to a Subject that was unsubscribed from', () => {
    const lifecycle = new Subject<LifecycleEvent>();
    const types: string[] = [];
    const observing = lifecycle.subscribe(({ type }) => types.push(type));

    const running = group({ a: NEVER }, { lifecycle }).subscribe();
    observing.unsubscribe();
    observing.unsubscribe();
    running.unsubscribe();

    expect(types).toStrictEqual(['starting']);
    expect(lifecycle.observed).toBe(false);
  });

  it('should have the same steps for the members of a stream, those of each subscription apart', () => {
    lifecycleMarbles(({ cold, hot, expectObservable, expectSubscriptions, expectLifecycle }) => {
      const x = cold('         -|       ');
      const xsubs = '          ---^!     ';
      const e1 = hot<Member>(' -y-x--    ', { x, y: NEVER });
      const e1subs = '         ^---!     ';
      const expected = '       ----|     ';
      const rows = {
        0: '                   -s--(x|)  ',
        1: '                   ---s(rc)  ',
      };

      const result = e1.pipe(runGroup());

      expectObservable(result).toBe(expected);
      expectSubscriptions(e1.subscriptions).toBe(e1subs);
      expectSubscriptions(x.subscriptions).toBe(xsubs);
      expectLifecycle(result).toBe(rows);
    });
  });

  describe('starting', () => {
    it('should come with the subscription, before the first value', () => {
      const log: string[] = [];
      const lifecycle = { next: ({ type }: LifecycleEvent) => void log.push(type) };

      group({ a: of('a') }, { lifecycle }).subscribe((value) => log.push(value));

      expect(log.slice(0, 3)).toStrictEqual(['starting', 'ready', 'a']);
    });

    it.each<[string, Observable<unknown>]>([
      ['a plain Observable', NEVER],
      ['a runner', runner(() => NEVER)],
      ['a runner behind operators', runner(() => NEVER).pipe(map((value: unknown) => value))],
      ['a named one', NEVER.pipe(named('0'))],
      ['a group', group([])],
    ])('should not wait for anything that %s does', (_, member) => {
      const types: string[] = [];
      const lifecycle = { next: ({ type, path }: LifecycleEvent) => void types.push(`${path.join('/')} ${type}`) };

      const subscription = group([NEVER.pipe(finalize(() => undefined)), concat(member, NEVER)], {
        lifecycle,
      }).subscribe();
      const started = types.filter((type) => type.endsWith('starting'));
      subscription.unsubscribe();

      expect(started).toHaveLength(2);
    });

    it('should come in the order in which the members start', () => {
      const story = storyOf({ b: NEVER, a: NEVER, c: NEVER }).filter((line) => line.endsWith('starting'));

      expect(story).toStrictEqual(['b starting', 'a starting', 'c starting']);
    });

    it('should come when a place is free, for a member that had to wait for one', () => {
      lifecycleMarbles(({ cold, expectObservable, expectSubscriptions, expectLifecycle }) => {
        const e1 = cold(' --|     ');
        const e1subs = '  ^-!     ';
        const e2 = cold('   --|   ');
        const e2subs = '  --^-!   ';
        const expected = '----|   ';
        const a = '       s-(rc)  ';
        const b = '       --s-(rc)';

        const result = group({ a: e1, b: e2 }, { until: 'all', concurrency: 1 });

        expectObservable(result).toBe(expected);
        expectSubscriptions(e1.subscriptions).toBe(e1subs);
        expectSubscriptions(e2.subscriptions).toBe(e2subs);
        expectLifecycle(result).toBe({ a, b });
      });
    });
  });

  describe('ready', () => {
    it('should come with the first value, once', () => {
      lifecycleMarbles(({ cold, expectObservable, expectSubscriptions, expectLifecycle }) => {
        const e1 = cold(' --a-b-|');
        const e1subs = '  ^-----!';
        const expected = '--a-b-|';
        const a = '       s-r---c';

        const result = group({ a: e1 });

        expectObservable(result).toBe(expected);
        expectSubscriptions(e1.subscriptions).toBe(e1subs);
        expectLifecycle(result).toBe({ a });
      });
    });

    it('should come with the completion of a member without values', () => {
      lifecycleMarbles(({ cold, expectObservable, expectSubscriptions, expectLifecycle }) => {
        const e1 = cold(' --|   ');
        const e1subs = '  ^-!   ';
        const expected = '--|   ';
        const a = '       s-(rc)';

        const result = group({ a: e1 });

        expectObservable(result).toBe(expected);
        expectSubscriptions(e1.subscriptions).toBe(e1subs);
        expectLifecycle(result).toBe({ a });
      });
    });

    it('should come when a runner says so, once', () => {
      lifecycleMarbles(({ cold, expectObservable, expectSubscriptions, expectLifecycle }) => {
        const e1 = cold(' ----a|');
        const e1subs = '  ^----!';
        const expected = '----a|';
        const a = '       s-r--c';
        const listening = runner((context) => {
          timer(2).subscribe(() => context.ready());
          timer(3).subscribe(() => context.ready());
          return e1;
        });

        const result = group({ a: listening });

        expectObservable(result).toBe(expected);
        expectSubscriptions(e1.subscriptions).toBe(e1subs);
        expectLifecycle(result).toBe({ a });
      });
    });

    it('should come when a runner says so while it starts, after its start', () => {
      const listening = runner((context) => {
        context.ready();
        return NEVER;
      });

      expect(storyOf([listening]).slice(0, 2)).toStrictEqual(['0 starting', '0 ready']);
    });

    it('should not come after the stop', () => {
      let late: () => void = () => undefined;
      const lifecycle = recorder();
      const listening = runner((context) => {
        late = () => context.ready();
        return NEVER;
      });

      group({ a: listening }, { lifecycle }).subscribe().unsubscribe();
      late();

      expect(lifecycle.events.map(({ type }) => type)).toStrictEqual(['starting', 'stopping', 'stopped']);
    });

    it('should not come for a member that failed before', () => {
      expect(storyOf({ a: throwError(() => new Error('sad')) })).toStrictEqual(['a starting', 'a failed']);
    });

    it.each<[string, (member: Observable<unknown>) => Observable<unknown>]>([
      ['an operator', (member) => member.pipe(map((value) => value))],
      ['settle', (member) => member.pipe(settle())],
      ['stopWhen', (member) => member.pipe(stopWhen(NEVER))],
      ['finalizeAsync', (member) => member.pipe(finalizeAsync(() => undefined))],
      ['named', (member) => member.pipe(named('x'))],
      ['defer', (member) => defer(() => member)],
    ])('should reach the member through %s', (_, wrap) => {
      const listening = runner((context) => {
        context.ready();
        return NEVER;
      });

      expect(storyOf({ a: wrap(listening) })).toStrictEqual(['a starting', 'a ready', 'a stopping', 'a stopped']);
    });

    it('should reach the member from the resource of a member', () => {
      const resource = withResource({
        acquire: () => 'socket',
        use: (_, context) => {
          context.ready();
          return NEVER;
        },
        release: () => undefined,
      });

      expect(storyOf({ a: resource })).toStrictEqual(['a starting', 'a ready', 'a stopping', 'a stopped']);
    });

    it('should come from the first runner of a member, not from a second one', () => {
      const silent = runner({ name: 'first', run: () => NEVER });
      const loud = runner({
        name: 'second',
        run: (context) => {
          context.ready();
          return NEVER;
        },
      });
      const both = new Observable((subscriber) => {
        subscriber.add(silent.subscribe());
        subscriber.add(loud.subscribe());
      });

      expect(storyOf([both])).toStrictEqual(['first starting', 'first stopping', 'first stopped']);
    });

    it('should not come from a runner that does the work of a teardown', () => {
      const loud = runner((context) => {
        context.ready();
        return EMPTY;
      });
      const member = new Observable(() => () => awaitTeardown(loud));

      expect(storyOf({ a: member })).toStrictEqual(['a starting', 'a stopping', 'a stopped']);
    });

    it('should come from a nested group when all of its members are ready', () => {
      lifecycleMarbles(({ cold, expectObservable, expectSubscriptions, expectLifecycle }) => {
        const e1 = cold(' --a----   ');
        const e1subs = '  ^-----!   ';
        const e2 = cold(' ----b-|   ');
        const e2subs = '  ^-----!   ';
        const expected = '--a-b-|   ';
        const rows = {
          outer: '        s---r-c   ',
          'outer/a': '    s-r---(x|)',
          'outer/b': '    s---r-c   ',
        };

        const result = group({ outer: group({ a: e1, b: e2 }) });

        expectObservable(result).toBe(expected);
        expectSubscriptions(e1.subscriptions).toBe(e1subs);
        expectSubscriptions(e2.subscriptions).toBe(e2subs);
        expectLifecycle(result).toBe(rows);
      });
    });

    it('should come at once from a nested group without members', () => {
      expect(storyOf({ a: group([]) })).toStrictEqual(['a starting', 'a ready', 'a completed']);
    });

    it('should not come from a nested group with a queued member', () => {
      const lifecycle = recorder();
      const inner = group([concat(of('a'), NEVER), of('b')], { concurrency: 1 });

      group({ inner }, { lifecycle }).subscribe().unsubscribe();

      expect(lifecycle.lines.some((line) => line.endsWith(' inner ready'))).toBe(false);
      expect(lifecycle.lines.some((line) => line.endsWith(' inner/0 ready'))).toBe(true);
    });
  });

  describe('stopping', () => {
    it('should come for every member that runs, in start order, with the reason of the stop', () => {
      const lifecycle = recorder();
      const end = new Subject<never>();

      group({ a: NEVER, b: end, c: NEVER }, { lifecycle }).subscribe();
      end.complete();

      const stopping = lifecycle.events.filter(({ type }) => type === 'stopping');
      expect(stopping.map(({ path }) => path)).toStrictEqual([['a'], ['c']]);
      expect(stopping[0]?.reason).toBeInstanceOf(StopError);
      expect(stopping[0]?.reason?.by).toStrictEqual(['b']);
      expect(stopping[1]?.reason).toBe(stopping[0]?.reason);
    });

    it("should have the outer signal's reason as the cause of its own", () => {
      const lifecycle = recorder();
      const controller = new AbortController();

      group({ a: NEVER }, { lifecycle, signal: controller.signal }).subscribe();
      controller.abort('SIGTERM');

      expect(lifecycle.events.find(({ type }) => type === 'stopping')?.reason?.cause).toBe('SIGTERM');
    });

    it('should come before the member is unsubscribed', () => {
      const log: string[] = [];
      const lifecycle = { next: ({ type }: LifecycleEvent) => void log.push(type) };

      group({ a: NEVER.pipe(finalize(() => log.push('finalize'))) }, { lifecycle })
        .subscribe()
        .unsubscribe();

      expect(log).toStrictEqual(['starting', 'stopping', 'finalize', 'stopped']);
    });
  });

  describe('completed', () => {
    it('should come when the teardown is over, too', () => {
      lifecycleMarbles(({ cold, expectObservable, expectSubscriptions, expectLifecycle }) => {
        const e1 = cold(' -a|  ');
        const e1subs = '  ^-!  ';
        const t = cold('    --|');
        const tsubs = '   --^-!';
        const expected = '-a--|';
        const a = '       sr--c';
        const member = new Observable((subscriber) => {
          e1.subscribe(subscriber);
          return () => awaitTeardown(t);
        });

        const result = group({ a: member });

        expectObservable(result).toBe(expected);
        expectSubscriptions(e1.subscriptions).toBe(e1subs);
        expectSubscriptions(t.subscriptions).toBe(tsubs);
        expectLifecycle(result).toBe({ a });
      });
    });
  });

  describe('failed', () => {
    it('should have the error of the run', () => {
      const lifecycle = recorder();
      const sad = new Error('sad');

      group({ a: throwError(() => sad) }, { lifecycle }).subscribe({ error: () => undefined });

      expect(lifecycle.events.map(({ type }) => type)).toStrictEqual(['starting', 'failed']);
      expect(lifecycle.events[1]?.error).toBe(sad);
    });

    it('should have the error of the teardown of a stopped member', () => {
      const lifecycle = recorder();
      const sad = new Error('sad');
      const throwing = runner({ run: () => NEVER, teardown: () => throwError(() => sad) });

      group({ a: throwing, b: EMPTY }, { lifecycle }).subscribe({ error: () => undefined });

      const last = lifecycle.events.at(-1);
      expect(last).toMatchObject({ type: 'failed', path: ['a'] });
      expect(last?.error).toBe(sad);
    });

    it('should come once, with the first error, when several things fail', () => {
      run(({ cold, flush, expectObservable, expectSubscriptions }) => {
        const e1 = cold(' -#  ', undefined, 'sad');
        const e1subs = '  ^!  ';
        const t = cold('   --#', undefined, 'bad');
        const tsubs = '   -^-!';
        const expected = '---#';
        const lifecycle = recorder();
        const member = new Observable((subscriber) => {
          e1.subscribe(subscriber);
          return () => awaitTeardown(t);
        });

        expectObservable(group({ a: member }, { lifecycle, errors: 'first' })).toBe(expected, undefined, 'sad');
        expectSubscriptions(e1.subscriptions).toBe(e1subs);
        expectSubscriptions(t.subscriptions).toBe(tsubs);
        flush();
        expect(lifecycle.lines).toStrictEqual(['0 a starting', '3 a failed']);
        expect(lifecycle.events[1]?.error).toBe('sad');
      });
    });

    it('should not come for the source of a stream, which is no member', () => {
      const lifecycle = recorder();

      throwError(() => new Error('sad'))
        .pipe(runGroup({ lifecycle }))
        .subscribe({ error: () => undefined });

      expect(lifecycle.events).toStrictEqual([]);
    });
  });

  describe('refused', () => {
    it('should come for each member that the stop came before, by name, with the reason', () => {
      const lifecycle = recorder();

      group({ a: NEVER, b: EMPTY, c: NEVER, d: NEVER }, { lifecycle }).subscribe();

      const refused = lifecycle.events.filter(({ type }) => type === 'refused');
      expect(refused.map(({ path }) => path)).toStrictEqual([['c'], ['d']]);
      expect(refused[0]?.reason?.by).toStrictEqual(['b']);
    });

    it('should come for each queued member at the stop', () => {
      const lifecycle = recorder();
      const end = new Subject<never>();

      group({ a: end, b: NEVER, c: NEVER }, { lifecycle, concurrency: 1 }).subscribe();
      end.complete();

      expect(lifecycle.lines.map((line) => line.replace(/^\S+ /u, ''))).toStrictEqual([
        'a starting',
        'a ready',
        'a completed',
        'b refused',
        'c refused',
      ]);
    });

    it('should come for every member when the signal has aborted before', () => {
      const lifecycle = recorder();

      group({ a: NEVER, b: NEVER }, { lifecycle, signal: AbortSignal.abort('no') }).subscribe();

      expect(lifecycle.events.map(({ type, path }) => `${path.join('/')} ${type}`)).toStrictEqual([
        'a refused',
        'b refused',
      ]);
      expect(lifecycle.events[0]?.reason?.cause).toBe('no');
    });

    it('should come for a member that the finalizer of the ended one adds', () => {
      const lifecycle = recorder();
      const members = new Subject<Member>();
      const end = new Subject<never>();

      members.pipe(runGroup({ lifecycle })).subscribe();
      members.next(end.pipe(finalize(() => members.next(NEVER))));
      end.complete();

      const last = lifecycle.events.find(({ type }) => type === 'refused');
      expect(last).toMatchObject({ path: ['1'] });
      expect(last?.reason?.by).toStrictEqual(['0']);
    });
  });

  describe('forced and late', () => {
    it('should come for what was left behind when the grace period was over, and for its end after that', () => {
      lifecycleMarbles((helpers) => {
        const { cold, runner, time, flush, expectObservable, expectTeardowns, expectLifecycle } = helpers;
        const a = cold('   -|      ');
        const b = runner(' --      ', { teardown: '----|' });
        const bsubs = '    -^      ';
        const c = runner(' --      ', { teardown: '-----#', teardownError: 'sad' });
        const csubs = '    -^      ';
        const grace = time('--|    ');
        const expected = ' ---#    ';
        const rows = {
          a: '             s(rc)   ',
          b: '             sx-!    ',
          c: '             sx-!    ',
        };
        const lifecycle = recorder();

        const result = group({ a, b, c }, { grace, lifecycle });

        expectObservable(result).toBe(
          expected,
          undefined,
          new RunGroupError([
            { path: ['b'], phase: 'grace', error: new GraceExceededError(['b'], grace) },
            { path: ['c'], phase: 'grace', error: new GraceExceededError(['c'], grace) },
          ]),
        );
        expectTeardowns(b.teardowns).toBe(bsubs);
        expectTeardowns(c.teardowns).toBe(csubs);
        expectLifecycle(result).toBe(rows);
        flush();
        expect(lifecycle.lines.slice(-2)).toStrictEqual(['5 b late', '6 c late']);
        expect(lifecycle.events.at(-2)).not.toHaveProperty('error');
        expect(lifecycle.events.at(-1)).toHaveProperty('error', 'sad');
      });
    });

    it('should be forced without a grace period as well', () => {
      const lifecycle = recorder();
      const hanging = runner({ run: () => NEVER, teardown: () => NEVER });

      group({ a: hanging, b: EMPTY }, { grace: 0, lifecycle }).subscribe();

      expect(lifecycle.events.at(-1)).toMatchObject({ type: 'forced', path: ['a'] });
      expectLeftRunning(1);
    });

    it('should be forced once, though an observer unsubscribes the group that is forced', () => {
      const errors: unknown[] = [];
      config.onUnhandledError = (error) =>
        errors.push(...(error as RunGroupError).failures.map((failure) => failure.error));
      const types: string[] = [];
      const end = new Subject();
      const lifecycle = {
        next({ type, path: [name] }: LifecycleEvent) {
          if (name === 'a') types.push(type);
          if (type === 'forced') running.unsubscribe();
        },
      };
      const hanging = runner({ run: () => NEVER, teardown: () => NEVER });

      const running = group({ a: hanging, end }, { grace: of('over'), lifecycle }).subscribe();
      jest.useFakeTimers();
      end.complete();
      jest.runAllTimers();

      expect(types).toStrictEqual(['starting', 'stopping', 'forced']);
      expect(errors).toStrictEqual([new GraceExceededError(['a'], of())]);
      expectLeftRunning(1);
    });

    it('should be told of the members of a nested group, too', () => {
      const lifecycle = recorder();
      const over = new Subject<void>();
      const settling = new Subject<never>();
      const hanging = runner({ run: () => NEVER, teardown: () => settling });

      group({ a: group({ b: hanging }), c: EMPTY }, { grace: over, lifecycle }).subscribe({ error: () => undefined });
      over.next();
      settling.complete();

      const story = lifecycle.events.map(({ type, path }) => `${path.join('/')} ${type}`);
      expect(story.filter((line) => line.endsWith('forced')).sort()).toStrictEqual(['a forced', 'a/b forced']);
      expect(story.filter((line) => line.endsWith('late')).sort()).toStrictEqual(['a late', 'a/b late']);
    });
  });

  describe('nested groups', () => {
    it('should tell every observer on the way, each with the path that it sees', () => {
      run(({ cold, flush, expectObservable, expectSubscriptions }) => {
        const e1 = cold(' -a|');
        const e1subs = '  ^-!';
        const expected = '-a|';
        const [inner, middle, outer] = [recorder(), recorder(), recorder()];

        const pool = group({ socket: e1 }, { lifecycle: inner });
        const db = group({ pool }, { lifecycle: middle });

        expectObservable(group({ db }, { lifecycle: outer })).toBe(expected);
        expectSubscriptions(e1.subscriptions).toBe(e1subs);
        flush();
        expect(inner.lines).toStrictEqual(['0 socket starting', '1 socket ready', '2 socket completed']);
        expect(middle.lines).toStrictEqual([
          '0 pool starting',
          '0 pool/socket starting',
          '1 pool/socket ready',
          '1 pool ready',
          '2 pool/socket completed',
          '2 pool completed',
        ]);
        expect(outer.lines).toStrictEqual([
          '0 db starting',
          '0 db/pool starting',
          '0 db/pool/socket starting',
          '1 db/pool/socket ready',
          '1 db/pool ready',
          '1 db ready',
          '2 db/pool/socket completed',
          '2 db/pool completed',
          '2 db completed',
        ]);
      });
    });

    it('should tell of the members of a nested group that has no observer of its own', () => {
      expect(storyOf({ a: group({ b: NEVER }) })).toStrictEqual([
        'a starting',
        'a/b starting',
        'a stopping',
        'a/b stopping',
        'a/b stopped',
        'a stopped',
      ]);
    });

    it.each<[string, (member: Observable<unknown>) => Observable<unknown>]>([
      ['an operator', (member) => member.pipe(map((value) => value))],
      ['settle', (member) => member.pipe(settle())],
      ['stopWhen', (member) => member.pipe(stopWhen(NEVER))],
      ['finalizeAsync', (member) => member.pipe(finalizeAsync(() => undefined))],
      ['named', (member) => member.pipe(named('x'))],
      ['a runner', (member) => runner(() => member)],
    ])('should tell of the members of a nested group behind %s', (_, wrap) => {
      expect(storyOf({ a: wrap(group({ b: NEVER })) })).toStrictEqual([
        'a starting',
        'a/b starting',
        'a stopping',
        'a/b stopping',
        'a/b stopped',
        'a stopped',
      ]);
    });

    it('should tell of a failure in a nested group at every level', () => {
      const lifecycle = recorder();
      const sad = new Error('sad');

      group({ a: group({ b: throwError(() => sad), c: NEVER }), d: NEVER }, { lifecycle }).subscribe({
        error: () => undefined,
      });

      const failed = lifecycle.events.filter(({ type }) => type === 'failed');
      expect(failed.map(({ path }) => path)).toStrictEqual([['a', 'b'], ['a']]);
      expect(failed[0]?.error).toBe(sad);
      expect(failed[1]?.error).toBeInstanceOf(RunGroupError);
    });

    it('should tell of the members of a runner by their whole name', () => {
      const story = storyOf([
        runner({ name: 'api', run: () => group([runner({ name: 'socket', run: () => NEVER })]) }),
      ]);

      expect(story).toStrictEqual([
        'api starting',
        'api/socket starting',
        'api stopping',
        'api/socket stopping',
        'api/socket stopped',
        'api stopped',
      ]);
    });
  });

  describe('names', () => {
    it.each<[string, Member, string]>([
      ["'named'", NEVER.pipe(named('web')), 'web'],
      ["the outermost 'named'", NEVER.pipe(named('inner'), named('outer')), 'outer'],
      ['a runner', runner({ name: 'api', run: () => NEVER }), 'api'],
      [
        'a runner behind operators',
        runner({ name: 'api', run: () => NEVER }).pipe(
          tap(),
          map((value: unknown) => value),
        ),
        'api',
      ],
      [
        'a run function',
        function serve() {
          return NEVER;
        },
        'serve',
      ],
      ['nothing, so the index', NEVER, '0'],
    ])('should come from %s', (_, member, name) => {
      expect(storyOf([member])).toStrictEqual([`${name} starting`, `${name} stopping`, `${name} stopped`]);
    });

    it('should stay what it was in the first event', () => {
      const lifecycle = recorder();
      const second = new Subject<void>();
      const member = concat(
        second,
        defer(() => runner({ name: 'later', run: () => EMPTY })),
      );

      group([member], { lifecycle }).subscribe();
      second.complete();

      expect(new Set(lifecycle.events.map(({ path }) => path.join('/')))).toStrictEqual(new Set(['0']));
    });
  });

  describe('an observer that throws', () => {
    it.each(['starting', 'ready', 'stopping', 'stopped', 'completed', 'failed', 'refused', 'forced'])(
      'should be reported and harm nothing at %p',
      (wanted) => {
        const log: unknown[] = [];
        const reported: unknown[] = [];
        const over = new Subject<void>();
        const controller = new AbortController();
        const oops = new Error('oops');
        config.onUnhandledError = (error: unknown) => {
          reported.push(error);
        };
        jest.useFakeTimers();
        let thrown = 0;
        const lifecycle = {
          next: ({ type }: LifecycleEvent) => {
            if (type !== wanted) return;
            thrown++;
            throw oops;
          },
        };

        const { signal } = controller;
        const members = {
          failing: throwError(() => new Error('sad')),
          ready: of('a'),
          stopped: NEVER,
          hanging: runner({ run: () => NEVER, teardown: () => NEVER }),
          queued: NEVER,
        };
        group(members, { until: 'all', concurrency: 2, grace: over, signal, lifecycle }).subscribe({
          error: (error: unknown) =>
            log.push(...(error as RunGroupError).failures.map(({ path, phase }) => [...path, phase])),
          complete: () => log.push('complete'),
        });
        controller.abort();
        over.next();
        jest.runAllTimers();

        expect(thrown).toBeGreaterThan(0);
        expect(reported).toStrictEqual(Array.from({ length: thrown }, () => oops));
        expect(log).toStrictEqual([
          ['failing', 'run'],
          ['hanging', 'grace'],
        ]);
        expectLeftRunning(1);
      },
    );

    it('should not keep an event from the observers of the groups around', () => {
      config.onUnhandledError = () => undefined;
      jest.useFakeTimers();
      const outer = recorder();
      const lifecycle = {
        next: () => {
          throw new Error('oops');
        },
      };

      group({ a: group({ b: EMPTY }, { lifecycle }) }, { lifecycle: outer }).subscribe();
      jest.runAllTimers();

      expect(outer.events.map(({ type, path }) => `${path.join('/')} ${type}`)).toStrictEqual([
        'a starting',
        'a/b starting',
        'a/b ready',
        'a/b completed',
        'a ready',
        'a completed',
      ]);
    });
  });

  describe('in time', () => {
    it('should begin when what a member needs is ready, and end before that ends', () => {
      lifecycleMarbles(({ runner, interrupt, expectObservable, expectTeardowns, expectLifecycle }) => {
        const api = runner('    -a-b      ', { teardown: '---|' });
        const apisubs = '       -----^--! ';
        const db = runner('     ------    ', { teardown: '--|', ready: '--|' });
        const dbsubs = '        --------^-!';
        const stop = interrupt('-----i    ');
        const expected = '      ---a-s----|';
        const rows = {
          api: '                --sr-x--| ',
          db: '                 s-r-----x-|',
          stop: '               (sr)-c    ',
        };

        const app = group({ api, db, stop }, { needs: { api: ['db'] } });

        expectObservable(app).toBe(expected, { a: 'a', s: 'SIGINT' });
        expectTeardowns(api.teardowns).toBe(apisubs);
        expectTeardowns(db.teardowns).toBe(dbsubs);
        expectLifecycle(app).toBe(rows);
      });
    });

    it('should tell of each restart of a member, which stops once', () => {
      lifecycleMarbles(({ runner, cold, expectObservable, expectTeardowns, expectLifecycle }) => {
        const worker = runner('-a-#      ', { teardown: '--|' });
        const workersubs = '   -------^-!';
        const stop = cold('    -------|  ');
        const expected = '     -a----a--|';
        const rows = {
          worker: '            sr-~---x-|',
          stop: '              s------(rc)',
        };

        const app = group({ worker: worker.pipe(restart({ delay: 2 })), stop });

        expectObservable(app).toBe(expected);
        expectTeardowns(worker.teardowns).toBe(workersubs);
        expectLifecycle(app).toBe(rows);
      });
    });
  });

  it('should let an observer stop the group', () => {
    run(({ cold, flush, expectObservable, expectSubscriptions }) => {
      const e1 = cold(' --a--');
      const e1subs = '  ^-!  ';
      const t = cold('    --|');
      const tsubs = '   --^-!';
      const expected = '----|';
      const controller = new AbortController();
      const types: string[] = [];
      const lifecycle = {
        next: ({ type }: LifecycleEvent) => {
          types.push(type);
          if (type === 'ready') controller.abort();
        },
      };
      const member = runner({ run: () => e1, teardown: () => t });

      expectObservable(group({ a: member }, { lifecycle, signal: controller.signal })).toBe(expected);
      expectSubscriptions(e1.subscriptions).toBe(e1subs);
      expectSubscriptions(t.subscriptions).toBe(tsubs);
      flush();
      expect(types).toStrictEqual(['starting', 'ready', 'stopping', 'stopped']);
    });
  });

  it('should not have what an observer unsubscribes waited for by the group', () => {
    run(({ cold, expectObservable, expectSubscriptions }) => {
      const e1 = cold(' --|   ');
      const e1subs = '  ^-!   ';
      const t = cold('    ---|');
      const tsubs = '   --^--!';
      const expected = '--|   ';
      const stranger = runner({ run: () => NEVER, teardown: () => t }).subscribe();
      const lifecycle = {
        next: ({ type }: LifecycleEvent) => {
          if (type === 'stopping') stranger.unsubscribe();
        },
      };

      expectObservable(group({ a: e1, b: NEVER }, { lifecycle })).toBe(expected);
      expectSubscriptions(e1.subscriptions).toBe(e1subs);
      expectSubscriptions(t.subscriptions).toBe(tsubs);
    });
  });

  it('should start and end each of many members', () => {
    const lifecycle = recorder();
    const members = Array.from({ length: 100 }, (_, index) => of(index));

    from(members)
      .pipe(runGroup({ until: 'all', lifecycle }))
      .subscribe();

    const counts = new Map<string, number>();
    for (const { type } of lifecycle.events) counts.set(type, (counts.get(type) ?? 0) + 1);
    expect(Object.fromEntries(counts)).toStrictEqual({ starting: 100, ready: 100, completed: 100 });
  });
});
