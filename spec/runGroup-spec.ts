import { getEventListeners } from 'node:events';
import { afterEach, describe, expect, it, jest } from '@jest/globals';
import {
  concat,
  config,
  defer,
  EMPTY,
  finalize,
  from,
  map,
  merge,
  mergeMap,
  NEVER,
  Observable,
  of,
  Subject,
  take,
  throwError,
  timer,
  toArray,
  type MonoTypeOperatorFunction,
} from 'rxjs';
import {
  awaitTeardown,
  finalizeAsync,
  runGroup,
  RunGroupError,
  runner,
  StopError,
  type Failure,
  type LifecycleEvent,
  type Member,
} from '../src/index.js';
import { itBehavesLikeAnOperator } from './helpers/battery.js';
import { firehose } from './helpers/firehose.js';
import { asInterop } from './helpers/interop.js';
import { run } from './helpers/marbles.js';

/** The error of a group in which exactly this failed, paths and phases included. */
function failedWith(...failures: Failure[]): unknown {
  return expect.objectContaining({ name: 'RunGroupError', failures });
}

/** A runner that works as `work` does, and is torn down as `teardown` is. */
function stoppable<T>(work: Observable<T>, teardown: Observable<unknown>): Observable<T> {
  return runner({ run: () => work, teardown: () => teardown });
}

/** What is reported as unhandled because of `action`. */
function unhandledErrors(action: () => void): unknown[] {
  const errors: unknown[] = [];
  config.onUnhandledError = (error: unknown) => {
    errors.push(error);
  };
  jest.useFakeTimers();
  action();
  jest.runAllTimers();
  return errors;
}

afterEach(() => {
  jest.useRealTimers();
  config.onUnhandledError = null;
  config.onStoppedNotification = null;
});

itBehavesLikeAnOperator('runGroup of one member', <T>(): MonoTypeOperatorFunction<T> => {
  return (source) => of(source).pipe(runGroup({ until: 'all', errors: 'first' }));
});

itBehavesLikeAnOperator('runGroup of a member for each value', <T>(): MonoTypeOperatorFunction<T> => {
  return (source) =>
    source.pipe(
      map((value) => of(value)),
      runGroup({ until: 'error', errors: 'first' }),
    );
});

describe('runGroup', () => {
  it('should merge the values of the members, and stop them all when the first one ends', () => {
    run(({ cold, hot, expectObservable, expectSubscriptions }) => {
      const e1 = hot('  -x--y----------');
      const e1subs = '  ^---------!    ';
      const x = cold('   --1---2--|    ');
      const xsubs = '   -^--------!    ';
      const y = cold('      --3----4--5');
      const ysubs = '   ----^-----!    ';
      const t = cold('            ---| ');
      const tsubs = '   ----------^--! ';
      const expected = '---1--32-----| ';
      const members: Record<string, Member> = { x, y: stoppable(y, t) };

      const result = e1.pipe(
        map((name) => members[name] ?? EMPTY),
        runGroup(),
      );

      expectObservable(result).toBe(expected);
      expectSubscriptions(e1.subscriptions).toBe(e1subs);
      expectSubscriptions(x.subscriptions).toBe(xsubs);
      expectSubscriptions(y.subscriptions).toBe(ysubs);
      expectSubscriptions(t.subscriptions).toBe(tsubs);
    });
  });

  it('should complete at once when the source is empty', () => {
    run(({ cold, expectObservable, expectSubscriptions }) => {
      const e1 = cold<Member>('|   ');
      const e1subs = '         (^!)';
      const expected = '       |   ';

      expectObservable(e1.pipe(runGroup())).toBe(expected);
      expectSubscriptions(e1.subscriptions).toBe(e1subs);
    });
  });

  it('should stop when a member is empty', () => {
    run(({ cold, hot, expectObservable, expectSubscriptions }) => {
      const x = cold('         -------');
      const xsubs = '         -^-!   ';
      const y = cold('           |   ');
      const ysubs = '         ---(^!)';
      const e1 = hot<Member>('-x-y---', { x, y });
      const e1subs = '        ^--!   ';
      const expected = '      ---|   ';

      expectObservable(e1.pipe(runGroup())).toBe(expected);
      expectSubscriptions(e1.subscriptions).toBe(e1subs);
      expectSubscriptions(x.subscriptions).toBe(xsubs);
      expectSubscriptions(y.subscriptions).toBe(ysubs);
    });
  });

  it('should go on forever when the source does nothing', () => {
    run(({ cold, expectObservable, expectSubscriptions }) => {
      const e1 = cold<Member>('-');
      const e1subs = '         ^';
      const expected = '       -';

      expectObservable(e1.pipe(runGroup())).toBe(expected);
      expectSubscriptions(e1.subscriptions).toBe(e1subs);
    });
  });

  it('should go on with its members when the source has completed', () => {
    run(({ cold, hot, expectObservable, expectSubscriptions }) => {
      const x = cold('         --1---');
      const xsubs = '         -^-----';
      const e1 = hot<Member>('-x-|   ', { x });
      const e1subs = '        ^--!   ';
      const expected = '      ---1---';

      expectObservable(e1.pipe(runGroup())).toBe(expected);
      expectSubscriptions(e1.subscriptions).toBe(e1subs);
      expectSubscriptions(x.subscriptions).toBe(xsubs);
    });
  });

  it('should go on with the source when every member has completed and none of them may stop it', () => {
    run(({ cold, hot, expectObservable, expectSubscriptions }) => {
      const x = cold('         -1|       ');
      const xsubs = '         -^-!       ';
      const y = cold('               -2| ');
      const ysubs = '         -------^-! ';
      const e1 = hot<Member>('-x-----y--|', { x, y });
      const e1subs = '        ^---------!';
      const expected = '      --1-----2-|';

      expectObservable(e1.pipe(runGroup({ until: 'error' }))).toBe(expected);
      expectSubscriptions(e1.subscriptions).toBe(e1subs);
      expectSubscriptions(x.subscriptions).toBe(xsubs);
      expectSubscriptions(y.subscriptions).toBe(ysubs);
    });
  });

  it("should fail with the source's error under the name 'source'", () => {
    run(({ cold, expectObservable, expectSubscriptions }) => {
      const e1 = cold<Member>('#   ', undefined, 'sad');
      const e1subs = '         (^!)';
      const expected = '       #   ';

      expectObservable(e1.pipe(runGroup())).toBe(
        expected,
        undefined,
        failedWith({ path: ['source'], phase: 'run', error: 'sad' }),
      );
      expectSubscriptions(e1.subscriptions).toBe(e1subs);
    });
  });

  it('should stop and await the members when the source errs', () => {
    run(({ cold, hot, expectObservable, expectSubscriptions }) => {
      const x = cold('         --1--2   ');
      const xsubs = '         -^---!   ';
      const t = cold('             ---|');
      const tsubs = '         -----^--!';
      const e1 = hot<Member>('-x---#   ', { x: stoppable(x, t) }, 'sad');
      const e1subs = '        ^----!   ';
      const expected = '      ---1----#';

      expectObservable(e1.pipe(runGroup())).toBe(
        expected,
        undefined,
        failedWith({ path: ['source'], phase: 'run', error: 'sad' }),
      );
      expectSubscriptions(e1.subscriptions).toBe(e1subs);
      expectSubscriptions(x.subscriptions).toBe(xsubs);
      expectSubscriptions(t.subscriptions).toBe(tsubs);
    });
  });

  it('should await the teardown of the source', () => {
    run(({ cold, expectObservable, expectSubscriptions }) => {
      const x = cold('               --|   ');
      const xsubs = '               -^-!   ';
      const t = cold('                 ---|');
      const tsubs = '               ---^--!';
      const e1 = cold<Member>('      -x-----', { x });
      const e1subs = '              ^--!   ';
      const expected = '            ------|';

      expectObservable(stoppable(e1, t).pipe(runGroup())).toBe(expected);
      expectSubscriptions(e1.subscriptions).toBe(e1subs);
      expectSubscriptions(x.subscriptions).toBe(xsubs);
      expectSubscriptions(t.subscriptions).toBe(tsubs);
    });
  });

  it("should count the failure of the source's teardown", () => {
    run(({ cold, expectObservable, expectSubscriptions }) => {
      const t = cold('         --#', undefined, 'sad');
      const tsubs = '         -^-!';
      const e1 = cold<Member>('-x--', { x: EMPTY });
      const e1subs = '        ^!  ';
      const expected = '      ---#';

      expectObservable(stoppable(e1, t).pipe(runGroup())).toBe(
        expected,
        undefined,
        failedWith({ path: ['source'], phase: 'teardown', error: 'sad' }),
      );
      expectSubscriptions(e1.subscriptions).toBe(e1subs);
      expectSubscriptions(t.subscriptions).toBe(tsubs);
    });
  });

  it('should stop and await the other members when a member errs', () => {
    run(({ cold, hot, expectObservable, expectSubscriptions }) => {
      const x = cold('         --1--#  ', undefined, 'sad');
      const xsubs = '         -^----!  ';
      const y = cold('           --2-3-');
      const ysubs = '         ---^--!  ';
      const t = cold('              --|');
      const tsubs = '         ------^-!';
      const e1 = hot<Member>('-x-y-----', { x, y: stoppable(y, t) });
      const e1subs = '        ^-----!  ';
      const expected = '      ---1-2--#';

      expectObservable(e1.pipe(runGroup())).toBe(
        expected,
        undefined,
        failedWith({ path: ['0'], phase: 'run', error: 'sad' }),
      );
      expectSubscriptions(e1.subscriptions).toBe(e1subs);
      expectSubscriptions(x.subscriptions).toBe(xsubs);
      expectSubscriptions(y.subscriptions).toBe(ysubs);
      expectSubscriptions(t.subscriptions).toBe(tsubs);
    });
  });

  it('should report the errors of both, the source and a member', () => {
    run(({ cold, hot, expectObservable, expectSubscriptions }) => {
      const x = cold('         -1-----#', undefined, 'bad');
      const xsubs = '         -^------!';
      const e1 = hot<Member>('-x---#   ', { x }, 'sad');
      const e1subs = '        ^----!   ';
      const expected = '      --1-----#';

      expectObservable(e1.pipe(runGroup({ until: 'all' }))).toBe(
        expected,
        undefined,
        failedWith({ path: ['source'], phase: 'run', error: 'sad' }, { path: ['0'], phase: 'run', error: 'bad' }),
      );
      expectSubscriptions(e1.subscriptions).toBe(e1subs);
      expectSubscriptions(x.subscriptions).toBe(xsubs);
    });
  });

  it('should take the members that a hot source emits from the subscription on', () => {
    run(({ cold, hot, expectObservable, expectSubscriptions }) => {
      const x = cold('              1|   ');
      const xsubs: string[] = [];
      const y = cold('              -2--|');
      const ysubs = '            ---^---!';
      const e1 = hot<Member>('-x-^--y-----', { x, y });
      const e1subs = '           ^------!';
      const expected = '         ----2--|';

      expectObservable(e1.pipe(runGroup())).toBe(expected);
      expectSubscriptions(e1.subscriptions).toBe(e1subs);
      expectSubscriptions(x.subscriptions).toBe(xsubs);
      expectSubscriptions(y.subscriptions).toBe(ysubs);
    });
  });

  it('should allow unsubscribing explicitly and early', () => {
    run(({ cold, hot, expectObservable, expectSubscriptions }) => {
      const x = cold('         --1--2--|');
      const xsubs = '         -^---!    ';
      const y = cold('           -3---  ');
      const ysubs = '         ---^-!    ';
      const t = cold('             ---| ');
      const tsubs = '         -----^--! ';
      const e1 = hot<Member>('-x-y------', { x, y: stoppable(y, t) });
      const e1subs = '        ^----!    ';
      const expected = '      ---13-    ';
      const unsub = '         -----!    ';

      expectObservable(e1.pipe(runGroup()), unsub).toBe(expected);
      expectSubscriptions(e1.subscriptions).toBe(e1subs);
      expectSubscriptions(x.subscriptions).toBe(xsubs);
      expectSubscriptions(y.subscriptions).toBe(ysubs);
      expectSubscriptions(t.subscriptions).toBe(tsubs);
    });
  });

  it('should not break unsubscription chains when unsubscribed explicitly', () => {
    run(({ cold, hot, expectObservable, expectSubscriptions }) => {
      const x = cold('         --1--2--|');
      const xsubs = '         -^---!    ';
      const e1 = hot<Member>('-x--------', { x });
      const e1subs = '        ^----!    ';
      const expected = '      ---1--    ';
      const unsub = '         -----!    ';

      const result = e1.pipe(
        mergeMap((member) => of(member)),
        runGroup(),
        mergeMap((value) => of(value)),
      );

      expectObservable(result, unsub).toBe(expected);
      expectSubscriptions(e1.subscriptions).toBe(e1subs);
      expectSubscriptions(x.subscriptions).toBe(xsubs);
    });
  });

  it('should not break unsubscription chains with interop members and an interop source', () => {
    run(({ cold, hot, expectObservable, expectSubscriptions }) => {
      const x = cold('         --1--2--|');
      const xsubs = '         -^---!    ';
      const y = cold('           -3---  ');
      const ysubs = '         ---^-!    ';
      const e1 = hot<Member>('-x-y------', { x: asInterop(x), y: asInterop(y) });
      const e1subs = '        ^----!    ';
      const expected = '      ---13-    ';
      const unsub = '         -----!    ';

      const result = from(asInterop(e1)).pipe(runGroup());

      expectObservable(result, unsub).toBe(expected);
      expectSubscriptions(e1.subscriptions).toBe(e1subs);
      expectSubscriptions(x.subscriptions).toBe(xsubs);
      expectSubscriptions(y.subscriptions).toBe(ysubs);
    });
  });

  it('should stop interop members when one of them ends', () => {
    run(({ cold, expectObservable, expectSubscriptions }) => {
      const x = cold('  --1--|');
      const xsubs = '   ^----!';
      const y = cold('  -2----');
      const ysubs = '   ^----!';
      const expected = '-21--|';

      expectObservable(of(asInterop(x), asInterop(y)).pipe(runGroup())).toBe(expected);
      expectSubscriptions(x.subscriptions).toBe(xsubs);
      expectSubscriptions(y.subscriptions).toBe(ysubs);
    });
  });

  it('should stop listening to a synchronous member when unsubscribed', () => {
    const emitted: number[] = [];
    const received: number[] = [];

    of(firehose(emitted))
      .pipe(runGroup(), take(3))
      .subscribe((value) => received.push(value));

    expect({ emitted, received }).toStrictEqual({ emitted: [0, 1, 2], received: [0, 1, 2] });
  });

  it('should stop listening to a synchronous source of members when unsubscribed', () => {
    const emitted: number[] = [];
    const received: number[] = [];

    firehose(emitted)
      .pipe(
        map((value) => of(value)),
        runGroup({ until: 'error' }),
        take(3),
      )
      .subscribe((value) => received.push(value));

    expect({ emitted, received }).toStrictEqual({ emitted: [0, 1, 2], received: [0, 1, 2] });
  });

  it('should stop listening to a synchronous source of members when a member ends', () => {
    const emitted: number[] = [];
    const received: number[] = [];

    firehose(emitted)
      .pipe(
        map((value) => (value < 2 ? concat(of(value), NEVER) : of(value))),
        runGroup(),
      )
      .subscribe((value) => received.push(value));

    expect({ emitted, received }).toStrictEqual({ emitted: [0, 1, 2], received: [0, 1, 2] });
  });

  it('should stop a synchronous endless member when a member that it starts ends the group', () => {
    const emitted: number[] = [];
    const received: number[] = [];
    const members = new Subject<Member>();
    let completed = false;

    members.pipe(runGroup()).subscribe({
      next: (value) => {
        received.push(value as number);
        if (value === 2) members.next(EMPTY);
      },
      complete: () => (completed = true),
    });
    members.next(firehose(emitted));

    expect({ emitted, received, completed }).toStrictEqual({
      emitted: [0, 1, 2],
      received: [0, 1, 2],
      completed: true,
    });
  });

  it('should run the members that the values of other members add', () => {
    const members = new Subject<Observable<number>>();
    const log: unknown[] = [];

    members.pipe(runGroup({ until: 'error' })).subscribe({
      next: (value) => {
        log.push(value);
        if (value < 3) members.next(of(value + 1));
        else members.complete();
      },
      complete: () => log.push('complete'),
    });
    members.next(of(1));

    expect(log).toStrictEqual([1, 2, 3, 'complete']);
  });

  it('should run a member that another one adds while it is being subscribed', () => {
    run(({ cold, expectObservable, expectSubscriptions }) => {
      const x = cold('  -1--|');
      const xsubs = '   ^---!';
      const y = cold('  --2--');
      const ysubs = '   ^---!';
      const expected = '-12-|';
      const members = new Subject<Member>();
      const adding = defer(() => {
        members.next(y);
        return x;
      });

      expectObservable(merge(members, of(adding)).pipe(runGroup())).toBe(expected);
      expectSubscriptions(x.subscriptions).toBe(xsubs);
      expectSubscriptions(y.subscriptions).toBe(ysubs);
    });
  });

  it('should fail with what a run function throws', () => {
    run(({ cold, expectObservable, expectSubscriptions }) => {
      const x = cold('         -1--     ');
      const xsubs = '         -^--!     ';
      const t = cold('            --|   ');
      const tsubs = '         ----^-!   ';
      const throwing = (): Observable<never> => {
        throw new Error('sad');
      };
      const e1 = cold<Member>('-x--y----', { x: stoppable(x, t), y: throwing });
      const e1subs = '        ^---!     ';
      const expected = '      --1---#   ';

      expectObservable(e1.pipe(runGroup())).toBe(
        expected,
        undefined,
        failedWith({ path: ['throwing'], phase: 'run', error: new Error('sad') }),
      );
      expectSubscriptions(e1.subscriptions).toBe(e1subs);
      expectSubscriptions(x.subscriptions).toBe(xsubs);
      expectSubscriptions(t.subscriptions).toBe(tsubs);
    });
  });

  it('should be cold, and share nothing between two subscriptions', () => {
    run(({ cold, expectObservable, expectSubscriptions }) => {
      const x = cold('            --1--|   ');
      const xsubs = ['           -^----!   ', '     ---^----! '];
      const t = cold('                --|');
      const tsubs = ['           ------^-! ', '     --------^-!'];
      const y = NEVER;
      const e1 = cold<Member>('   -(xy)----', { x, y: stoppable(y, t) });
      const e1subs = ['          ^-----!   ', '     --^-----! '];
      const expected1 = '        ---1----| ';
      const expected2 = '        -----1----|';

      const result = e1.pipe(runGroup());

      expectObservable(result).toBe(expected1);
      expectObservable(result, '--^').toBe(expected2);
      expectSubscriptions(e1.subscriptions).toBe(e1subs);
      expectSubscriptions(x.subscriptions).toBe(xsubs);
      expectSubscriptions(t.subscriptions).toBe(tsubs);
    });
  });

  it('should subscribe to nothing before it is subscribed to', () => {
    let subscriptions = 0;
    const source = defer(() => {
      subscriptions++;
      return of(EMPTY);
    });

    const result = source.pipe(runGroup());
    const before = subscriptions;
    result.subscribe();

    expect([before, subscriptions]).toStrictEqual([0, 1]);
  });

  it('should be referentially transparent', () => {
    run(({ cold, expectObservable, expectSubscriptions }) => {
      const x = cold('          -1--|');
      const xsubs = '           ^---!';
      const e1 = cold<Member>(' (x)--', { x });
      const e1subs = '          ^---!';
      const expected1 = '       -1--|';
      const y = cold('          --2-#', undefined, 'sad');
      const ysubs = '           --^---!';
      const e2 = cold<Member>(' --y----', { y });
      const e2subs = '          ^-----!';
      const expected2 = '       ----2-#';
      const operator = runGroup({ errors: 'first' });

      expectObservable(e1.pipe(operator)).toBe(expected1);
      expectObservable(e2.pipe(operator)).toBe(expected2, undefined, 'sad');
      expectSubscriptions(e1.subscriptions).toBe(e1subs);
      expectSubscriptions(x.subscriptions).toBe(xsubs);
      expectSubscriptions(e2.subscriptions).toBe(e2subs);
      expectSubscriptions(y.subscriptions).toBe(ysubs);
    });
  });

  it('should finalize the member that ended, the source, then the others in start order, all before the completion', () => {
    const log: string[] = [];
    const finalized = (name: string, source: Observable<never>): Observable<never> =>
      source.pipe(finalize(() => log.push(name)));
    const end = new Subject<never>();
    const members = concat(
      of(finalized('a', NEVER), finalized('b', end), finalized('c', NEVER)),
      NEVER.pipe(finalize(() => log.push('source'))),
    );

    members
      .pipe(
        runGroup(),
        finalize(() => log.push('sink')),
      )
      .subscribe({ complete: () => log.push('complete') });
    end.complete();

    expect(log).toStrictEqual(['b', 'source', 'a', 'c', 'complete', 'sink']);
  });

  it('should finalize each member once, in start order, when it is unsubscribed', () => {
    const log: string[] = [];
    const finalized = (name: string): Observable<never> => NEVER.pipe(finalize(() => log.push(name)));

    const subscription = of(finalized('a'), finalized('b'), finalized('c')).pipe(runGroup()).subscribe();
    subscription.unsubscribe();
    subscription.unsubscribe();

    expect(log).toStrictEqual(['a', 'b', 'c']);
  });

  it('should tear down each member once, also when its end comes in the middle of the stop', () => {
    run(({ cold, expectObservable, expectSubscriptions }) => {
      const x = cold('  --|   ');
      const xsubs = '   ^-!   ';
      const t = cold('    --| ');
      const tsubs = '   --^-! ';
      const expected = '----| ';
      const inner = new Subject<never>();
      const ending = runner({ run: () => NEVER, teardown: () => inner.complete() });
      const other = stoppable(inner, t);

      expectObservable(of(x, stoppable(NEVER, t), ending, other).pipe(runGroup())).toBe(expected);
      expectSubscriptions(x.subscriptions).toBe(xsubs);
      expectSubscriptions(t.subscriptions).toBe(tsubs);
    });
  });

  it('should start the members in the order in which they come', () => {
    const log: string[] = [];
    const started = (name: string) =>
      defer(() => {
        log.push(name);
        return NEVER;
      });

    const subscription = of(started('a'), started('b'), started('c')).pipe(runGroup()).subscribe();
    subscription.unsubscribe();

    expect(log).toStrictEqual(['a', 'b', 'c']);
  });

  it('should stop all members at once, not one after the other', () => {
    run(({ cold, expectObservable, expectSubscriptions }) => {
      const x = cold('   --|       ');
      const xsubs = '    ^-!       ';
      const t1 = cold('    ------| ');
      const t1subs = '   --^-----! ';
      const t2 = cold('    --|     ');
      const t2subs = '   --^-!     ';
      const expected = ' --------| ';

      expectObservable(of(stoppable(NEVER, t1), x, stoppable(NEVER, t2)).pipe(runGroup())).toBe(expected);
      expectSubscriptions(x.subscriptions).toBe(xsubs);
      expectSubscriptions(t1.subscriptions).toBe(t1subs);
      expectSubscriptions(t2.subscriptions).toBe(t2subs);
    });
  });

  it('should stop and await the earlier members, and never start the later ones, when one completes at once', () => {
    run(({ cold, expectObservable, expectSubscriptions }) => {
      const x = cold('         -1-- ');
      const xsubs = '         (^!)  ';
      const t = cold('         ---| ');
      const tsubs = '         ^--!  ';
      const z = cold('         -2-- ');
      const zsubs: string[] = [];
      const e1 = cold<Member>('(xyz)', { x: stoppable(x, t), y: EMPTY, z });
      const e1subs = '        (^!)  ';
      const expected = '      ---|  ';

      expectObservable(e1.pipe(runGroup())).toBe(expected);
      expectSubscriptions(e1.subscriptions).toBe(e1subs);
      expectSubscriptions(x.subscriptions).toBe(xsubs);
      expectSubscriptions(t.subscriptions).toBe(tsubs);
      expectSubscriptions(z.subscriptions).toBe(zsubs);
    });
  });

  it('should stop and await the earlier members, and never start the later ones, when one errs at once', () => {
    run(({ cold, expectObservable, expectSubscriptions }) => {
      const t = cold('  ---|');
      const tsubs = '   ^--!';
      const z = cold('  -2--');
      const zsubs: string[] = [];
      const expected = '---#';
      const e1 = of(
        stoppable(NEVER, t),
        throwError(() => new Error('sad')),
        z,
      );

      expectObservable(e1.pipe(runGroup())).toBe(
        expected,
        undefined,
        failedWith({ path: ['1'], phase: 'run', error: new Error('sad') }),
      );
      expectSubscriptions(t.subscriptions).toBe(tsubs);
      expectSubscriptions(z.subscriptions).toBe(zsubs);
    });
  });

  it('should complete within the subscription when nothing is to be awaited', () => {
    const log: unknown[] = [];

    of(NEVER, of('a'), of('b'))
      .pipe(runGroup())
      .subscribe({ next: (value) => log.push(value), complete: () => log.push('complete') });
    log.push('subscribed');

    expect(log).toStrictEqual(['a', 'complete', 'subscribed']);
  });

  it('should err within the subscription when nothing is to be awaited', () => {
    const log: unknown[] = [];

    of(
      NEVER,
      throwError(() => new Error('sad')),
    )
      .pipe(runGroup({ errors: 'first' }))
      .subscribe({ error: (error: unknown) => log.push(error) });
    log.push('subscribed');

    expect(log).toStrictEqual([new Error('sad'), 'subscribed']);
  });

  it('should merge what comes in one frame in the order of the members', () => {
    run(({ cold, expectObservable, expectSubscriptions }) => {
      const x = cold('  -a---b----|');
      const xsubs = '   ^---------!';
      const y = cold('  -c---(de)-|');
      const ysubs = '   ^---------!';
      const e1 = cold(' (xy|)      ', { x, y });
      const e1subs = '  (^!)       ';
      const expected = '-(ac)(bde)|';

      expectObservable(e1.pipe(runGroup({ until: 'error' }))).toBe(expected);
      expectSubscriptions(e1.subscriptions).toBe(e1subs);
      expectSubscriptions(x.subscriptions).toBe(xsubs);
      expectSubscriptions(y.subscriptions).toBe(ysubs);
    });
  });

  it('should drop the values that come after the stop', () => {
    run(({ cold, expectObservable, expectSubscriptions }) => {
      const x = cold('   --|      ');
      const xsubs = '    ^-!      ';
      const y = cold('   -1-2-3-  ');
      const ysubs = '    ^-----!  ';
      const t = cold('     ----|  ');
      const tsubs = '    --^---!  ';
      const expected = ' -1----|  ';
      // goes on emitting until its teardown has settled
      const stubborn = new Observable((subscriber) => {
        const subscription = y.subscribe((value) => subscriber.next(value));
        return () => awaitTeardown(t.pipe(finalize(() => subscription.unsubscribe())));
      });

      expectObservable(of(x, stubborn).pipe(runGroup())).toBe(expected);
      expectSubscriptions(x.subscriptions).toBe(xsubs);
      expectSubscriptions(y.subscriptions).toBe(ysubs);
      expectSubscriptions(t.subscriptions).toBe(tsubs);
    });
  });

  it('should drop the values that a teardown emits', () => {
    run(({ cold, expectObservable, expectSubscriptions }) => {
      const x = cold('   --|   ');
      const xsubs = '    ^-!   ';
      const t = cold('     -a-|');
      const tsubs = '    --^--!';
      const expected = ' -----|';

      expectObservable(of(x, stoppable(NEVER, t)).pipe(runGroup())).toBe(expected);
      expectSubscriptions(x.subscriptions).toBe(xsubs);
      expectSubscriptions(t.subscriptions).toBe(tsubs);
    });
  });

  describe('when two things happen in one frame', () => {
    it('should let the first member that ends stop the group, a later error in the frame is not seen', () => {
      run(({ cold, expectObservable, expectSubscriptions }) => {
        const x = cold('  --|');
        const xsubs = '   ^-!';
        const y = cold('  --#', undefined, 'sad');
        const ysubs = '   ^-!';
        const expected = '--|';

        expectObservable(of(x, y).pipe(runGroup())).toBe(expected);
        expectSubscriptions(x.subscriptions).toBe(xsubs);
        expectSubscriptions(y.subscriptions).toBe(ysubs);
      });
    });

    it('should let the first member that errs stop the group, a later error in the frame is not seen', () => {
      run(({ cold, expectObservable, expectSubscriptions }) => {
        const x = cold('  --#', undefined, 'sad');
        const xsubs = '   ^-!';
        const y = cold('  --#', undefined, 'bad');
        const ysubs = '   ^-!';
        const expected = '--#';

        expectObservable(of(x, y).pipe(runGroup())).toBe(
          expected,
          undefined,
          failedWith({ path: ['0'], phase: 'run', error: 'sad' }),
        );
        expectSubscriptions(x.subscriptions).toBe(xsubs);
        expectSubscriptions(y.subscriptions).toBe(ysubs);
      });
    });

    it('should count an error that a member notifies before it is unsubscribed', () => {
      run(({ cold, expectObservable, expectSubscriptions }) => {
        const x = cold('  --|');
        const xsubs = '   ^-!';
        const expected = '--#';
        const connection = new Subject<never>();
        const server = NEVER.pipe(finalize(() => connection.error(new Error('reset'))));

        expectObservable(of(x, server, connection).pipe(runGroup())).toBe(
          expected,
          undefined,
          failedWith({ path: ['2'], phase: 'run', error: new Error('reset') }),
        );
        expectSubscriptions(x.subscriptions).toBe(xsubs);
      });
    });

    it('should take a completion in the middle of the stop as that of a stopped member', () => {
      run(({ cold, expectObservable, expectSubscriptions }) => {
        const x = cold('  --|');
        const xsubs = '   ^-!';
        const expected = '--|';
        const connection = new Subject<never>();
        const server = NEVER.pipe(finalize(() => connection.complete()));

        expectObservable(of(x, server, connection).pipe(runGroup())).toBe(expected);
        expectSubscriptions(x.subscriptions).toBe(xsubs);
      });
    });

    it('should stop once when its signal aborts in the frame in which a member ends', () => {
      run(({ cold, expectObservable, expectSubscriptions }) => {
        const x = cold('  --|  ');
        const xsubs = '   ^-!  ';
        const t = cold('    --|');
        const tsubs = '   --^-!';
        const expected = '----|';
        const controller = new AbortController();
        const aborting = x.pipe(finalize(() => controller.abort()));

        const e1 = of(aborting, stoppable(NEVER, t));

        expectObservable(e1.pipe(runGroup({ signal: controller.signal }))).toBe(expected);
        expectSubscriptions(x.subscriptions).toBe(xsubs);
        expectSubscriptions(t.subscriptions).toBe(tsubs);
      });
    });
  });

  describe('members added while it runs', () => {
    it('should not start a member that the source emits after the stop', () => {
      run(({ cold, hot, expectObservable, expectSubscriptions }) => {
        const x = cold('         -|     ');
        const xsubs = '         -^!     ';
        const y = cold('         -1-----');
        const ysubs = '         -^!     ';
        const t = cold('           ----|');
        const tsubs = '         --^---! ';
        const z = cold('             -2-');
        const zsubs: string[] = [];
        const e1 = hot<Member>('-(xy)z--', { x, y: stoppable(y, t), z });
        const e1subs = '        ^-!     ';
        const expected = '      ------| ';

        expectObservable(e1.pipe(runGroup())).toBe(expected);
        expectSubscriptions(e1.subscriptions).toBe(e1subs);
        expectSubscriptions(x.subscriptions).toBe(xsubs);
        expectSubscriptions(y.subscriptions).toBe(ysubs);
        expectSubscriptions(t.subscriptions).toBe(tsubs);
        expectSubscriptions(z.subscriptions).toBe(zsubs);
      });
    });

    it('should not start a member that the finalizer of the ended one adds', () => {
      run(({ cold, expectObservable, expectSubscriptions }) => {
        const x = cold('  --|');
        const xsubs = '   ^-!';
        const y = cold('  -1-');
        const ysubs: string[] = [];
        const expected = '--|';
        const members = new Subject<Member>();

        const result = concat(of(x.pipe(finalize(() => members.next(y)))), members).pipe(runGroup());

        expectObservable(result).toBe(expected);
        expectSubscriptions(x.subscriptions).toBe(xsubs);
        expectSubscriptions(y.subscriptions).toBe(ysubs);
      });
    });

    it('should not start a member that the teardown of a stopped one adds', () => {
      run(({ cold, expectObservable, expectSubscriptions }) => {
        const x = cold('  --|  ');
        const xsubs = '   ^-!  ';
        const t = cold('    --|');
        const tsubs = '   --^-!';
        const y = cold('  -1-  ');
        const ysubs: string[] = [];
        const expected = '----|';
        const members = new Subject<Member>();
        const adding = runner({
          run: () => NEVER,
          teardown: () => {
            members.next(y);
            return t;
          },
        });

        const result = concat(of(x, adding), members).pipe(runGroup());

        expectObservable(result).toBe(expected);
        expectSubscriptions(x.subscriptions).toBe(xsubs);
        expectSubscriptions(t.subscriptions).toBe(tsubs);
        expectSubscriptions(y.subscriptions).toBe(ysubs);
      });
    });

    it('should wait for a member that another one added', () => {
      run(({ cold, hot, expectObservable, expectSubscriptions }) => {
        const x = cold('         -1|      ');
        const xsubs = '          ^-!      ';
        const y = cold('          -2---|  ');
        const ysubs = '          -^----!  ';
        const expected = '       -12---|  ';
        const members = new Subject<Member>();
        const e1 = hot<Member>(' -y|      ', { y });
        const e1subs = '         ^-!      ';
        const forwarding = e1.pipe(
          map((member) => {
            members.next(member);
          }),
          mergeMap(() => EMPTY),
          finalize(() => members.complete()),
        );

        const result = concat(of<Member[]>(x, forwarding), members).pipe(runGroup({ until: 'error' }));

        expectObservable(result).toBe(expected);
        expectSubscriptions(e1.subscriptions).toBe(e1subs);
        expectSubscriptions(x.subscriptions).toBe(xsubs);
        expectSubscriptions(y.subscriptions).toBe(ysubs);
      });
    });

    it('should take a member twice as two members', () => {
      run(({ cold, hot, expectObservable, expectSubscriptions }) => {
        const x = cold('        --1--2--|   ');
        const xsubs = ['       -^-------!   ', '---^-----!'];
        const e1 = hot<Member>('-x-x--------', { x });
        const e1subs = '       ^--------!   ';
        const expected = '     ---1-12-2|   ';

        expectObservable(e1.pipe(runGroup())).toBe(expected);
        expectSubscriptions(e1.subscriptions).toBe(e1subs);
        expectSubscriptions(x.subscriptions).toBe(xsubs);
      });
    });
  });

  describe('concurrency', () => {
    it('should run at most so many members at once', () => {
      run(({ cold, expectObservable, expectSubscriptions }) => {
        const x = cold('         -1---|     ');
        const xsubs = '          ^----!     ';
        const y = cold('         --2|       ');
        const ysubs = '          ^--!       ';
        const z = cold('            -3----| ');
        const zsubs = '          ---^-----! ';
        const w = cold('              ----4|');
        const wsubs = '          -----^----!';
        const e1 = cold<Member>('(xyzw|)    ', { x, y, z, w });
        const e1subs = '         (^!)       ';
        const expected = '       -12-3----4|';

        expectObservable(e1.pipe(runGroup({ until: 'error', concurrency: 2 }))).toBe(expected);
        expectSubscriptions(e1.subscriptions).toBe(e1subs);
        expectSubscriptions(x.subscriptions).toBe(xsubs);
        expectSubscriptions(y.subscriptions).toBe(ysubs);
        expectSubscriptions(z.subscriptions).toBe(zsubs);
        expectSubscriptions(w.subscriptions).toBe(wsubs);
      });
    });

    it('should free the place of a member only when its teardown has settled', () => {
      run(({ cold, expectObservable, expectSubscriptions }) => {
        const x = cold('  --1|     ');
        const xsubs = '   ^--!     ';
        const t = cold('     --|   ');
        const tsubs = '   ---^-!   ';
        const y = cold('       -2| ');
        const ysubs = '   -----^-! ';
        const expected = '--1---2| ';

        const e1 = of(x.pipe(finalizeAsync(() => t)), y);

        expectObservable(e1.pipe(runGroup({ until: 'error', concurrency: 1 }))).toBe(expected);
        expectSubscriptions(x.subscriptions).toBe(xsubs);
        expectSubscriptions(t.subscriptions).toBe(tsubs);
        expectSubscriptions(y.subscriptions).toBe(ysubs);
      });
    });

    it('should not bring back what a hot member had emitted before its turn', () => {
      run(({ hot, cold, expectObservable, expectSubscriptions }) => {
        const x = hot('     -a--b-c|      ');
        const xsubs = '     ^------!      ';
        const y = hot('     --d--e--f-g|  ');
        const ysubs = '     -------^---!  ';
        const z = hot('     ---h--#       ');
        const zsubs = '     -----------(^!)';
        const e1 = cold('   (xy)-----z|  ', { x, y, z });
        const expected = '  -a--b-c-f-g#  ';

        const result = e1.pipe(runGroup({ until: 'error', errors: 'first', concurrency: 1 }));

        expectObservable(result).toBe(expected);
        expectSubscriptions(x.subscriptions).toBe(xsubs);
        expectSubscriptions(y.subscriptions).toBe(ysubs);
        expectSubscriptions(z.subscriptions).toBe(zsubs);
      });
    });

    it('should fail with what a queued member throws when its turn comes', () => {
      run(({ cold, expectObservable, expectSubscriptions }) => {
        const sad = new Error('sad');
        const x = cold('  -c-|');
        const xsubs = '   ^--!';
        const y = cold('  ----');
        const ysubs = '   ^--!';
        const expected = '-c-#';

        const throwing = new Observable<string>(() => {
          throw sad;
        });

        const result = of(x, y, throwing).pipe(runGroup({ until: 'error', errors: 'first', concurrency: 2 }));

        expectObservable(result).toBe(expected, undefined, sad);
        expectSubscriptions(x.subscriptions).toBe(xsubs);
        expectSubscriptions(y.subscriptions).toBe(ysubs);
      });
    });

    it('should never start a queued member after the stop', () => {
      run(({ cold, expectObservable, expectSubscriptions }) => {
        const x = cold('  --1|   ');
        const xsubs = '   ^--!   ';
        const t = cold('     --| ');
        const tsubs = '   ---^-! ';
        const y = cold('  -2|    ');
        const ysubs: string[] = [];
        const expected = '--1--| ';

        const e1 = of(x.pipe(finalizeAsync(() => t)), y);

        expectObservable(e1.pipe(runGroup({ concurrency: 1 }))).toBe(expected);
        expectSubscriptions(x.subscriptions).toBe(xsubs);
        expectSubscriptions(t.subscriptions).toBe(tsubs);
        expectSubscriptions(y.subscriptions).toBe(ysubs);
      });
    });

    it('should never start a queued member after an error', () => {
      run(({ cold, expectObservable, expectSubscriptions }) => {
        const x = cold('  --#', undefined, 'sad');
        const xsubs = '   ^-!';
        const y = cold('  -2|');
        const ysubs: string[] = [];
        const expected = '--#';

        const e1 = of(x, y);

        expectObservable(e1.pipe(runGroup({ until: 'error', errors: 'first', concurrency: 1 }))).toBe(
          expected,
          undefined,
          'sad',
        );
        expectSubscriptions(x.subscriptions).toBe(xsubs);
        expectSubscriptions(y.subscriptions).toBe(ysubs);
      });
    });

    it('should never start a queued member after the unsubscription', () => {
      run(({ cold, expectObservable, expectSubscriptions }) => {
        const x = cold('  -1---|');
        const xsubs = '   ^--!  ';
        const y = cold('  -2----');
        const ysubs: string[] = [];
        const expected = '-1--  ';
        const unsub = '   ---!  ';

        expectObservable(of(x, y).pipe(runGroup({ concurrency: 1 })), unsub).toBe(expected);
        expectSubscriptions(x.subscriptions).toBe(xsubs);
        expectSubscriptions(y.subscriptions).toBe(ysubs);
      });
    });

    it('should lose no place to members that err', () => {
      run(({ cold, expectObservable, expectSubscriptions }) => {
        const x = cold('  -#    ', undefined, 'sad');
        const xsubs = ['  ^!    ', '-^!   ', '--^!  '];
        const y = cold('     -1|');
        const ysubs = '   ---^-!';
        const expected = '----1#';

        const e1 = of(x, x, x, y);

        expectObservable(e1.pipe(runGroup({ until: 'all', concurrency: 1 }))).toBe(
          expected,
          undefined,
          failedWith(
            { path: ['0'], phase: 'run', error: 'sad' },
            { path: ['1'], phase: 'run', error: 'sad' },
            { path: ['2'], phase: 'run', error: 'sad' },
          ),
        );
        expectSubscriptions(x.subscriptions).toBe(xsubs);
        expectSubscriptions(y.subscriptions).toBe(ysubs);
      });
    });

    it('should run 20000 queued members that all end at once', () => {
      let count = 0;
      let completed = false;
      const first = new Subject<number>();
      const rest = Array.from({ length: 20_000 }, (_, index) => of(index));

      from([first, ...rest])
        .pipe(runGroup({ until: 'error', concurrency: 1 }))
        .subscribe({ next: () => count++, complete: () => (completed = true) });
      const before = count;
      first.complete();

      expect([before, count, completed]).toStrictEqual([0, 20_000, true]);
    });

    it('should refuse 20000 queued members at the stop', () => {
      let started = 0;
      let completed = false;
      const first = new Subject<number>();
      const rest = Array.from({ length: 20_000 }, () =>
        defer(() => {
          started++;
          return NEVER;
        }),
      );

      from([first, ...rest])
        .pipe(runGroup({ concurrency: 1 }))
        .subscribe({ complete: () => (completed = true) });
      first.complete();

      expect([started, completed]).toStrictEqual([0, true]);
    });

    it.each([0, -1, NaN, 1.5])('should refuse %p', (concurrency) => {
      expect(() => runGroup({ concurrency })).toThrow(TypeError);
      expect(() => runGroup({ concurrency })).toThrow(
        `runGroup: 'concurrency' must be an integer, 1 or more, got ${concurrency}`,
      );
    });

    it('should not limit with Infinity', () => {
      let started = 0;
      const counted = defer(() => {
        started++;
        return NEVER;
      });

      const subscription = of(counted, counted, counted)
        .pipe(runGroup({ concurrency: Infinity }))
        .subscribe();
      subscription.unsubscribe();

      expect(started).toBe(3);
    });
  });

  describe('members', () => {
    it.each<[string, Member, unknown[]]>([
      ['an Observable', of(1, 2), [1, 2]],
      ['an interop Observable', asInterop(of(1, 2)), [1, 2]],
      ['a run function', () => [1, 2], [1, 2]],
      ['a run function that returns nothing', () => undefined, []],
    ])('should accept %s', (_, member, values) => {
      const received: unknown[] = [];

      of(member)
        .pipe(runGroup(), toArray())
        .subscribe((all) => received.push(...all));

      expect(received).toStrictEqual(values);
    });

    it.each<[string, () => Member, unknown[]]>([
      ['a promise', () => Promise.resolve(1), [1]],
      [
        'an async iterable',
        async function* () {
          yield await Promise.resolve(1);
          yield 2;
        },
        [1, 2],
      ],
      ['a ReadableStream', () => new Blob(['ab']).stream().pipeThrough(new TextDecoderStream()), ['ab']],
      ['an async run function', () => async () => Promise.resolve(1), [1]],
    ])('should accept %s', async (_, member, values) => {
      const received = await new Promise<unknown[]>((resolve, reject) => {
        of(member()).pipe(runGroup(), toArray()).subscribe({ next: resolve, error: reject });
      });

      expect(received).toStrictEqual(values);
    });

    it.each<[unknown, string]>([
      ['text', "'text'"],
      [7, '7'],
      [null, 'null'],
      [undefined, 'undefined'],
      [{}, '{}'],
      [[NEVER, 'x'], "[[Observable], 'x']"],
      [new Set([NEVER]), '[Set]'],
      [new Map(), '[Map]'],
      [{ length: 1, 0: NEVER }, '{0: [Observable], length: 1}'],
      [Symbol('x'), 'Symbol(x)'],
    ])('should fail where a member is %p, and await the others', (member, shown) => {
      run(({ cold, hot, expectObservable, expectSubscriptions }) => {
        const t = cold('            --| ');
        const tsubs = '          ---^-! ';
        const e1 = hot('         -x-y-- ', { x: stoppable(NEVER, t), y: member as Member });
        const e1subs = '         ^--!   ';
        const expected = '       -----# ';

        expectObservable(e1.pipe(runGroup())).toBe(
          expected,
          undefined,
          failedWith({
            path: ['1'],
            phase: 'run',
            error: new TypeError(
              `runGroup: member 1 must be a runner, an ObservableInput or a function (of a list, nest a group: \`group(...)\`), got ${shown}`,
            ),
          }),
        );
        expectSubscriptions(e1.subscriptions).toBe(e1subs);
        expectSubscriptions(t.subscriptions).toBe(tsubs);
      });
    });

    it('should leave a promise behind when it stops', () => {
      let completed = false;

      of(new Promise(() => undefined), EMPTY)
        .pipe(runGroup())
        .subscribe({ complete: () => (completed = true) });

      expect(completed).toBe(true);
    });
  });

  describe('leaks', () => {
    it('should leave no observer and no listener behind when it has ended', () => {
      const members = new Subject<Member>();
      const a = new Subject<never>();
      const b = new Subject<never>();
      const { signal } = new AbortController();
      const observed = () => [members.observed, a.observed, b.observed, getEventListeners(signal, 'abort').length];

      members.pipe(runGroup({ signal })).subscribe();
      members.next(a);
      members.next(b);
      const during = observed();
      a.complete();

      expect([during, observed()]).toStrictEqual([
        [true, true, true, 1],
        [false, false, false, 0],
      ]);
    });

    it('should leave no observer and no listener behind when it was unsubscribed', () => {
      const members = new Subject<Member>();
      const a = new Subject<never>();
      const { signal } = new AbortController();
      const observed = () => [members.observed, a.observed, getEventListeners(signal, 'abort').length];

      const subscription = members.pipe(runGroup({ signal })).subscribe();
      members.next(a);
      const during = observed();
      subscription.unsubscribe();

      expect([during, observed()]).toStrictEqual([
        [true, true, 1],
        [false, false, 0],
      ]);
    });

    it('should keep its listener until the teardowns have settled, then remove it', () => {
      const settling = new Subject<never>();
      const { signal } = new AbortController();

      const subscription = of(stoppable(NEVER, settling)).pipe(runGroup({ signal })).subscribe();
      subscription.unsubscribe();
      settling.complete();

      expect(getEventListeners(signal, 'abort')).toHaveLength(0);
    });

    it('should leave no timer behind when the teardowns settle within the grace period', () => {
      jest.useFakeTimers();
      const settling = new Subject<never>();

      const subscription = of(stoppable(NEVER, settling))
        .pipe(runGroup({ grace: 1000 }))
        .subscribe();
      const before = jest.getTimerCount();
      subscription.unsubscribe();
      const during = jest.getTimerCount();
      settling.complete();

      expect([before, during, jest.getTimerCount()]).toStrictEqual([0, 1, 0]);
    });
  });

  describe('what comes after the end', () => {
    it('should report a late failure of a teardown that was not waited for', () => {
      const late = new Subject<never>();
      const log: unknown[] = [];

      const errors = unhandledErrors(() => {
        of(stoppable(NEVER, late), EMPTY)
          .pipe(runGroup({ grace: 0 }))
          .subscribe({ complete: () => log.push('complete'), error: (error: unknown) => log.push(error) });
        late.error(new Error('sad'));
      });

      expect({ log, errors }).toStrictEqual({ log: ['complete'], errors: [new Error('sad')] });
    });

    it('should report the failure of a teardown whose group was unsubscribed and for which nobody waits', () => {
      const settling = new Subject<never>();

      const errors = unhandledErrors(() => {
        of(stoppable(NEVER, settling)).pipe(runGroup()).subscribe().unsubscribe();
        settling.error(new Error('sad'));
      });

      expect(errors).toStrictEqual([new RunGroupError([{ path: ['0'], phase: 'teardown', error: new Error('sad') }])]);
    });

    it('should have told too late of a failure when it is unsubscribed while it stops, and report those that follow', () => {
      const settling = new Subject<never>();
      const log: unknown[] = [];
      const late: unknown[] = [];
      // the stream of members completes late as well
      config.onStoppedNotification = (notification) => notification.kind === 'E' && late.push(notification.error);

      const errors = unhandledErrors(() => {
        const subscription = of(
          stoppable(NEVER, settling),
          throwError(() => new Error('sad')),
        )
          .pipe(runGroup())
          .subscribe({ error: (error: unknown) => log.push(error), complete: () => log.push('complete') });
        subscription.unsubscribe();
        settling.error(new Error('worse'));
      });

      const [sad, worse] = (['run', 'teardown'] as const).map(
        (phase, index) =>
          new RunGroupError([{ path: [String(1 - index)], phase, error: new Error(['sad', 'worse'][index]) }]),
      );
      expect({ log, late, errors }).toStrictEqual({
        log: [],
        late: [sad],
        errors: [worse],
      });
    });
  });

  describe('stopping', () => {
    it('should finish its teardowns when it is unsubscribed while they are pending', () => {
      run(({ cold, expectObservable, expectSubscriptions }) => {
        const x = cold('  --|      ');
        const xsubs = '   ^-!      ';
        const t = cold('    -----| ');
        const tsubs = '   --^----! ';
        const expected = '-----    ';
        const unsub = '   ----!    ';

        expectObservable(of(x, stoppable(NEVER, t)).pipe(runGroup()), unsub).toBe(expected);
        expectSubscriptions(x.subscriptions).toBe(xsubs);
        expectSubscriptions(t.subscriptions).toBe(tsubs);
      });
    });

    it('should tear down what has started when the stop comes while a member starts', () => {
      run(({ cold, expectObservable, expectSubscriptions }) => {
        const t1 = cold(' --|  ');
        const t1subs = '  ^-!  ';
        const t2 = cold(' ----|');
        const t2subs = '  ^---!';
        const z = cold('  -1---');
        const zsubs: string[] = [];
        const expected = '----|';
        const controller = new AbortController();
        const stopping = runner({
          run: () => {
            controller.abort();
            return NEVER;
          },
          teardown: () => t2,
        });

        const e1 = of(stoppable(NEVER, t1), stopping, z);

        expectObservable(e1.pipe(runGroup({ signal: controller.signal }))).toBe(expected);
        expectSubscriptions(t1.subscriptions).toBe(t1subs);
        expectSubscriptions(t2.subscriptions).toBe(t2subs);
        expectSubscriptions(z.subscriptions).toBe(zsubs);
      });
    });

    it('should stop once when it is stopped again, also from inside a teardown', () => {
      run(({ cold, expectObservable, expectSubscriptions }) => {
        const t = cold('     --| ');
        const tsubs = '   ---^-! ';
        const expected = '-----| ';
        const controller = new AbortController();
        const reasons: unknown[] = [];
        const restless = runner({
          run: () => NEVER,
          teardown: ({ reason }) => {
            reasons.push(reason.cause);
            controller.abort('again');
            return t;
          },
        });
        const e1 = of(cold('---|'), restless);

        expectObservable(e1.pipe(runGroup({ signal: controller.signal }))).toBe(expected);
        expectSubscriptions(t.subscriptions).toBe(tsubs);
        timer(10).subscribe(() => expect(reasons).toStrictEqual([undefined]));
      });
    });

    it('should report every failure of the teardowns in the order in which they happen', () => {
      run(({ cold, expectObservable, expectSubscriptions }) => {
        const x = cold('   --#      ', undefined, 'first');
        const xsubs = '    ^-!      ';
        const t1 = cold('    -----# ', undefined, 'fourth');
        const t1subs = '   --^----! ';
        const t2 = cold('    --#    ', undefined, 'third');
        const t2subs = '   --^-!    ';
        const expected = ' -------# ';
        const throwing = NEVER.pipe(
          finalize(() => {
            throw new Error('second');
          }),
        );

        const e1 = of(stoppable(NEVER, t1), x, stoppable(NEVER, t2), throwing);

        expectObservable(e1.pipe(runGroup())).toBe(
          expected,
          undefined,
          failedWith(
            { path: ['1'], phase: 'run', error: 'first' },
            { path: ['3'], phase: 'teardown', error: new Error('second') },
            { path: ['2'], phase: 'teardown', error: 'third' },
            { path: ['0'], phase: 'teardown', error: 'fourth' },
          ),
        );
        expectSubscriptions(x.subscriptions).toBe(xsubs);
        expectSubscriptions(t1.subscriptions).toBe(t1subs);
        expectSubscriptions(t2.subscriptions).toBe(t2subs);
      });
    });

    it('should run every teardown when a finalizer throws', () => {
      const log: string[] = [];
      const errors: unknown[] = [];
      const throwing = NEVER.pipe(
        finalize(() => log.push('after')),
        finalize(() => {
          throw new Error('sad');
        }),
        finalize(() => log.push('before')),
      );

      of(NEVER.pipe(finalize(() => log.push('a'))), throwing, NEVER.pipe(finalize(() => log.push('c'))), EMPTY)
        .pipe(runGroup())
        .subscribe({ error: (error: unknown) => errors.push(error) });

      expect(log.sort()).toStrictEqual(['a', 'after', 'before', 'c']);
      expect(errors).toStrictEqual([failedWith({ path: ['1'], phase: 'teardown', error: new Error('sad') })]);
    });

    it('should give every member one and the same reason', () => {
      const reasons: StopError[] = [];
      const curious = runner({ run: () => NEVER, teardown: ({ reason }) => void reasons.push(reason) });
      const end = new Subject<never>();

      of(curious, end, curious).pipe(runGroup()).subscribe();
      end.complete();

      expect(reasons).toStrictEqual([new StopError({ by: ['1'] }), new StopError({ by: ['1'] })]);
      expect(reasons[0]).toBe(reasons[1]);
    });

    it('should tell the error of the source as the cause of the stop', () => {
      const reasons: StopError[] = [];
      const curious = runner({ run: () => NEVER, teardown: ({ reason }) => void reasons.push(reason) });
      const members = new Subject<Member>();

      members.pipe(runGroup({ errors: 'first' })).subscribe({ error: () => undefined });
      members.next(curious);
      members.error(new Error('sad'));

      expect(reasons.map(({ by, cause }) => ({ by, cause }))).toStrictEqual([
        { by: ['source'], cause: new Error('sad') },
      ]);
    });
  });

  describe('signal', () => {
    it('should subscribe to nothing when its signal has aborted before', () => {
      run(({ cold, expectObservable, expectSubscriptions }) => {
        const x = cold('         -1--');
        const xsubs: string[] = [];
        const e1 = cold<Member>('x---', { x });
        const e1subs: string[] = [];
        const expected = '       |';

        expectObservable(e1.pipe(runGroup({ signal: AbortSignal.abort() }))).toBe(expected);
        expectSubscriptions(e1.subscriptions).toBe(e1subs);
        expectSubscriptions(x.subscriptions).toBe(xsubs);
      });
    });

    it('should stop when its signal aborts', () => {
      run(({ cold, hot, expectObservable, expectSubscriptions }) => {
        const x = cold('         -1--2---');
        const xsubs = '         -^--!    ';
        const t = cold('            --|  ');
        const tsubs = '         ----^-!  ';
        const e1 = hot<Member>('-x-------', { x: stoppable(x, t) });
        const e1subs = '        ^---!    ';
        const expected = '      --1---|  ';
        const controller = new AbortController();
        cold('                  ----a    ').subscribe(() => controller.abort());

        expectObservable(e1.pipe(runGroup({ signal: controller.signal }))).toBe(expected);
        expectSubscriptions(e1.subscriptions).toBe(e1subs);
        expectSubscriptions(x.subscriptions).toBe(xsubs);
        expectSubscriptions(t.subscriptions).toBe(tsubs);
      });
    });
  });

  it('should take its time from the scheduler, frame by frame', () => {
    run(({ cold, hot, flush, expectObservable, expectSubscriptions }) => {
      const x = cold('         --1--|   ');
      const t1 = cold('             --| ');
      const t1subs = '        ------^-! ';
      const e1 = hot<Member>('-(xy)-----', { x, y: stoppable(NEVER, t1) });
      const e1subs = '        ^-----!   ';
      const expected = '      ---1----| ';
      const events: string[] = [];
      const lifecycle = {
        next: ({ at, path, type }: LifecycleEvent) => void events.push(`${at} ${path.join('/')} ${type}`),
      };

      expectObservable(e1.pipe(runGroup({ lifecycle }))).toBe(expected);
      expectSubscriptions(e1.subscriptions).toBe(e1subs);
      expectSubscriptions(t1.subscriptions).toBe(t1subs);
      flush();
      expect(events).toStrictEqual([
        '1 0 starting',
        '1 1 starting',
        '3 0 ready',
        '6 0 completed',
        '6 1 stopping',
        '8 1 stopped',
      ]);
    });
  });
});
