import { afterEach, describe, expect, it } from '@jest/globals';
import { animationFrames, config, from, ignoreElements, map, NEVER, Observable, switchMap, take, timer } from 'rxjs';
import {
  awaitTeardown,
  GraceExceededError,
  group,
  restart,
  RunGroupError,
  stopWhen,
  type LifecycleEvent,
} from '../../src/index.js';
import { lifecycleMarbles, type LifecycleHelpers } from '../../src/testing/index.js';

/** What a test that is not as it expects is told. */
function failureOf(test: (helpers: LifecycleHelpers) => unknown): Error {
  try {
    lifecycleMarbles(test);
  } catch (error: unknown) {
    return error as Error;
  }
  throw new Error('it did not fail');
}

/** The lines of the message, as they are printed. */
function linesOf(test: (helpers: LifecycleHelpers) => unknown): string[] {
  return failureOf(test).message.split('\n');
}

afterEach(() => {
  config.onUnhandledError = null;
});

describe('lifecycleMarbles', () => {
  it('should compare values, subscriptions, teardowns and lifecycle of one run', () => {
    lifecycleMarbles((helpers) => {
      const { runner, interrupt, expectObservable, expectSubscriptions, expectTeardowns, expectLifecycle } = helpers;
      const api = runner('      -a-b-c   ', { teardown: '---|' });
      const apisubs = '         ^----!   ';
      const apiteardown = '     -----^--!';
      const stop = interrupt('  -----i   ');
      const expected = '        -a-b-i--|';
      const rows = {
        api: '                  sr---x--|',
        interrupt: '            (sr)-c   ',
      };

      const app = group({ api, interrupt: stop });

      expectObservable(app).toBe(expected, { a: 'a', b: 'b', i: 'SIGINT' });
      expectSubscriptions(api.subscriptions).toBe(apisubs);
      expectTeardowns(api.teardowns).toBe(apiteardown);
      expectLifecycle(app).toBe(rows);
    });
  });

  it("should have RxJS's own helpers", () => {
    lifecycleMarbles(({ cold, hot, time, animate, flush, expectObservable, expectSubscriptions }) => {
      const e1 = hot('  -a-^-b-c-|');
      const e1subs = '     ^-----!';
      const e2 = cold('    -x-|   ');
      const expected = '   ---x-x-|';
      const frames: number[] = [];

      animate('            --x    ');
      const result = e1.pipe(switchMap(() => e2));

      expectObservable(result).toBe(expected);
      expectSubscriptions(e1.subscriptions).toBe(e1subs);
      expectObservable(timer(time('--|')).pipe(map(() => 't'))).toBe('--(t|)');
      animationFrames()
        .pipe(take(1))
        .subscribe(({ timestamp }) => frames.push(timestamp));
      flush();
      expect(frames).toStrictEqual([2]);
    });
  });

  it('should leave the source as it is: its end does not wait for what it has not waited for', () => {
    lifecycleMarbles(({ runner, expectObservable, expectSubscriptions, expectTeardowns }) => {
      const e1 = runner('   -a-b-c ', { teardown: '---|' });
      const e1subs = '      ^!     ';
      const teardown = '    -^--!  ';
      const expected = '    -(a|)  ';

      expectObservable(e1.pipe(take(1))).toBe(expected);
      expectSubscriptions(e1.subscriptions).toBe(e1subs);
      expectTeardowns(e1.teardowns).toBe(teardown);
    });
  });

  it('should leave the teardowns after an end to themselves, as without it', () => {
    const unhandled: unknown[] = [];
    config.onUnhandledError = (error) => unhandled.push(error);

    lifecycleMarbles(({ cold, expectObservable }) => {
      const e1 = new Observable<string>((subscriber) => {
        cold('-a|').subscribe(subscriber);
        return () => {
          awaitTeardown(cold('-#', undefined, 'first'));
          awaitTeardown(cold('--#', undefined, 'second'));
        };
      });

      expectObservable(e1).toBe('-a|');
    });

    expect(unhandled).toStrictEqual(['first', 'second']);
  });

  it('should subscribe once for values and lifecycle, in whichever order they come', () => {
    lifecycleMarbles(({ runner, expectObservable, expectSubscriptions, expectLifecycle }) => {
      const a = runner('-a-|');
      const app = group({ a });

      expectLifecycle(app).toBe({ a: 'sr-c' });
      expectObservable(app).toBe('-a-|');
      expectSubscriptions(a.subscriptions).toBe('^--!');
    });
  });

  it('should subscribe anew for each expectation of the values, and for another subscription', () => {
    lifecycleMarbles(({ runner, expectObservable, expectSubscriptions, expectLifecycle }) => {
      const a = runner('-a-|');
      const app = group({ a });

      expectObservable(app).toBe('-a-|');
      expectObservable(app).toBe('-a-|');
      expectLifecycle(app, '--^').toBe({ a: '--sr-c' });
      expectSubscriptions(a.subscriptions).toBe(['^--!', '^--!', '--^--!']);
    });
  });

  it('should return what the test returns', () => {
    expect(lifecycleMarbles(() => 'done')).toBe('done');
  });

  it('should pass on what the test throws, and compare nothing then', () => {
    const sad = new Error('sad');

    const failure = failureOf(({ cold, expectObservable }) => {
      expectObservable(cold('a')).toBe('b');
      throw sad;
    });

    expect(failure).toBe(sad);
  });

  it('should refuse a test that is async', () => {
    expect(failureOf(() => Promise.resolve())).toStrictEqual(
      new TypeError('lifecycleMarbles: the test must be a function that is not async, got Promise {}'),
    );
  });

  it('should refuse a test that is no function', () => {
    expect(() => lifecycleMarbles('-a-|' as never)).toThrow(
      new TypeError("lifecycleMarbles: the test must be a function, got '-a-|'"),
    );
  });

  it.each(['expectLifecycle', 'expectTeardowns'] as const)('should refuse %s without toBe', (name) => {
    const failure = failureOf(({ [name]: helper }) => helper((name === 'expectLifecycle' ? NEVER : []) as never));

    expect(failure).toStrictEqual(new TypeError(`${name}(...) checks nothing without '.toBe(...)'`));
  });

  it('should compare what was stated when it is flushed, and the rest at the end', () => {
    const log: string[] = [];

    const failure = failureOf(({ cold, flush, expectObservable }) => {
      expectObservable(cold('a|')).toBe('a|');
      flush();
      log.push('flushed');
      expectObservable(cold('a|')).toBe('b|');
      flush();
      log.push('not reached');
    });

    expect(failure.message).toContain('expectObservable: not as expected');
    expect(log).toStrictEqual(['flushed']);
  });

  describe('runner', () => {
    it('should emit the values that its letters stand for, and fail with its error', () => {
      lifecycleMarbles(({ runner, expectObservable, expectSubscriptions }) => {
        const sad = new Error('sad');
        const e1 = runner('-a-b-#', { values: { a: 1, b: 2 }, error: sad });
        const e1subs = '   ^----!';
        const expected = ' -x-y-#';

        expectObservable(e1).toBe(expected, { x: 1, y: 2 }, sad);
        expectSubscriptions(e1.subscriptions).toBe(e1subs);
      });
    });

    it('should log each of its runs', () => {
      lifecycleMarbles(({ runner, hot, expectObservable, expectSubscriptions, expectTeardowns }) => {
        const e1 = runner('   -a-b-c      ', { teardown: '--|' });
        const twice = hot('   --x---y-----');
        const e1subs = ['     --^---!     ', '------^----!'];
        const teardowns = ['  ------^-!   ', '-----------^-!'];
        const unsub = '       -----------!';
        const expected = '    ---a-b-a-b--';

        expectObservable(twice.pipe(switchMap(() => e1)), unsub).toBe(expected);
        expectSubscriptions(e1.subscriptions).toBe(e1subs);
        expectTeardowns(e1.teardowns).toBe(teardowns);
      });
    });

    it('should have no teardown where none is given, and none after its end', () => {
      lifecycleMarbles(({ runner, expectObservable, expectTeardowns }) => {
        const stopped = runner('--a', { name: 'stopped' });
        const ended = runner('-|', { teardown: '--|' });

        expectObservable(group([stopped, ended])).toBe('-|');
        expectTeardowns(stopped.teardowns).toBe([]);
        expectTeardowns(ended.teardowns).toBe('');
      });
    });

    it('should fail in its teardown', () => {
      lifecycleMarbles(({ runner, cold, expectObservable, expectTeardowns }) => {
        const sad = new Error('sad');
        const e1 = runner('      --a    ', { teardown: '--#', teardownError: sad });
        const teardown1 = '      ---^-#  ';
        const e2 = runner('      --b    ', { teardown: '-#' });
        const teardown2 = '      ---^#   ';
        const e3 = cold('        ---|   ');
        const expected = '       -----#';

        expectObservable(group({ e1, e2, e3 }).pipe(ignoreElements())).toBe(
          expected,
          undefined,
          new RunGroupError([
            { path: ['e2'], phase: 'teardown', error: 'error' },
            { path: ['e1'], phase: 'teardown', error: sad },
          ]),
        );
        expectTeardowns(e1.teardowns).toBe(teardown1);
        expectTeardowns(e2.teardowns).toBe(teardown2);
      });
    });

    it('should have its own name, and be ready when it is told to be', () => {
      lifecycleMarbles(({ runner, expectObservable, expectLifecycle }) => {
        const api = runner('  ------a-', { name: 'api', ready: '--|' });
        const db = runner('   ------b-', { name: 'db' });
        const late = runner(' -------| ', { ready: '---------|' });
        const expected = '    -------|';
        const rows = {
          api: '              s-r----(x|)',
          db: '               s-----r(x|)',
          2: '                s------(rc)',
        };

        const app = group([api, db, late]).pipe(ignoreElements());

        expectObservable(app).toBe(expected);
        expectLifecycle(app).toBe(rows);
      });
    });
  });

  describe('expectTeardowns', () => {
    it('should have both marks in a group where the teardown takes no time', () => {
      lifecycleMarbles(({ runner, expectObservable, expectTeardowns }) => {
        const e1 = runner('   --a', { teardown: '|' });
        const teardown = '    ---(^!)';
        const unsub = '       ---!';
        const expected = '    --a-';

        expectObservable(e1, unsub).toBe(expected);
        expectTeardowns(e1.teardowns).toBe(teardown);
      });
    });

    it('should have no end where the teardown has not ended', () => {
      lifecycleMarbles(({ runner, expectObservable, expectTeardowns }) => {
        const e1 = runner('   --a', { teardown: '-' });
        const teardown = '    ---^';
        const unsub = '       ---!';
        const expected = '    --a-';

        expectObservable(e1, unsub).toBe(expected);
        expectTeardowns(e1.teardowns).toBe(teardown);
      });
    });

    it('should have no end where the teardown was left behind when the grace period was over', () => {
      lifecycleMarbles(({ runner, cold, expectObservable, expectTeardowns, expectLifecycle }) => {
        const slow = runner('  --a        ', { teardown: '-----|' });
        const slowdown = '     ---^       ';
        const quick = runner(' --b        ', { teardown: '-|' });
        const quickdown = '    ---^!      ';
        const stop = cold('    ---|       ');
        const rows = {
          slow: '              s-rx-!',
          quick: '             s-rx|',
          stop: '              s--(rc)',
        };

        const app = group({ slow, quick, stop }, { grace: 2 }).pipe(ignoreElements());

        expectObservable(app).toBe(
          '-----#',
          undefined,
          new RunGroupError([{ path: ['slow'], phase: 'grace', error: new GraceExceededError(['slow'], 2) }]),
        );
        expectTeardowns(slow.teardowns).toBe(slowdown);
        expectTeardowns(quick.teardowns).toBe(quickdown);
        expectLifecycle(app).toBe(rows);
      });
    });

    it('should show where they differ, each with its diagram', () => {
      const message = linesOf(({ runner, hot, expectObservable, expectTeardowns }) => {
        const e1 = runner('--a--', { teardown: '--|' });
        expectObservable(hot('--x--x--x').pipe(switchMap(() => e1)), '---------!');
        expectTeardowns(e1.teardowns).toBe(['-----^-!', '--------^--#']);
      });

      expect(message).toStrictEqual([
        'expectTeardowns: not as expected',
        '',
        '1  both      -----^-!',
        '2  expected  --------^--#',
        '   actual    --------^-!',
        '                       ^^',
        '3  expected  -',
        '   actual    ---------^-!',
        '                      ^ ^',
      ]);
    });

    it('should tell a failure from an end', () => {
      const message = linesOf(({ runner, expectObservable, expectTeardowns }) => {
        const e1 = runner('--a--', { teardown: '--|' });
        expectObservable(e1, '---!');
        expectTeardowns(e1.teardowns).toBe('---^-#');
      });

      expect(message).toStrictEqual([
        'expectTeardowns: not as expected',
        '',
        'expected  ---^-#',
        'actual    ---^-!',
        '               ^',
      ]);
    });

    it.each([
      ['-^-!#', "with one end, '!' or '#', got '-^-!#'"],
      [3, 'a string, got 3'],
    ])('should refuse %j', (marbles, expected) => {
      const failure = failureOf(({ expectTeardowns }) => expectTeardowns([]).toBe(marbles as string));

      expect(failure).toStrictEqual(new TypeError(`expectTeardowns: a diagram must be ${expected}`));
    });
  });

  describe('expectLifecycle', () => {
    it('should have a row for each member of nested groups, by path', () => {
      lifecycleMarbles(({ runner, expectLifecycle }) => {
        const socket = runner('  -a-b-c--   ', { teardown: '--|' });
        const cache = runner('   --d-e-f-   ', { teardown: '-|' });
        const worker = runner('  -----|     ');

        expectLifecycle(group({ api: group({ socket, cache }), worker })).toBe({
          'api/socket': '        sr---x-|   ',
          'api/cache': '         s-r--x|    ',
          api: '                 s-r--x-|   ',
          worker: '              s----(rc)  ',
        });
      });
    });

    it('should lay several diagrams over each other where a group leaves no room', () => {
      lifecycleMarbles(({ runner, expectLifecycle }) => {
        const a = runner('a-b-', { teardown: '--|' });
        const b = runner('--| ');

        expectLifecycle(group({ a, b })).toBe({ a: ['s-x-|', 'r'], b: 's-(rc)' });
      });
    });

    it('should have a letter for each event', () => {
      lifecycleMarbles(({ runner, cold, expectLifecycle }) => {
        const failing = runner('-a-#').pipe(restart({ delay: 2, limit: 1, within: 100 }));
        const left = runner('   -b- ', { teardown: '-----|' });
        const stuck = runner('  ---- ', { teardown: '-#' });
        const after = cold('    -|   ');

        expectLifecycle(group({ failing, left, stuck, after }, { concurrency: 3, grace: 3 })).toBe({
          failing: '            sr-~----#   ',
          left: '               sr------x--!',
          stuck: '              s-------x#  ',
          // which is refused, and has no letter
          after: '              -           ',
        });
      });
    });

    it('should unsubscribe where it is told to, and show what is torn down then', () => {
      lifecycleMarbles(({ runner, expectLifecycle, expectTeardowns }) => {
        const a = runner('     -a-b- ', { teardown: '--|' });
        const b = runner('     --b-- ', { teardown: '-#' });
        const unsub = '        ---!   ';

        expectLifecycle(group({ a, b }), unsub).toBe({
          a: '                 sr-x-| ',
          b: '                 s-rx#  ',
        });
        expectTeardowns(a.teardowns).toBe('---^-!');
      });
    });

    it('should subscribe where it is told to', () => {
      lifecycleMarbles(({ runner, expectLifecycle }) => {
        const a = runner('     -a-b- ', { teardown: '--|' });

        expectLifecycle(group({ a }), '--^--!').toBe({ a: '--sr-x-|' });
      });
    });

    it('should not take the failures of a run that no row tells of', () => {
      const unhandled: unknown[] = [];
      config.onUnhandledError = (error) => unhandled.push(error);
      const sad = new Error('sad');

      lifecycleMarbles(({ runner, expectLifecycle, expectObservable }) => {
        const a = runner('-a-', { teardown: '-#', teardownError: sad });

        expectLifecycle(a, ' --!').toBe({});
        expectObservable(group({ a }), ' --!').toBe('-a');
      });

      expect(unhandled).toStrictEqual([sad, new RunGroupError([{ path: ['a'], phase: 'teardown', error: sad }])]);
    });

    it('should see the groups behind operators, as their own lifecycle does', () => {
      lifecycleMarbles(({ runner, cold, flush, expectLifecycle }) => {
        const log: string[] = [];
        const lifecycle = { next: ({ type, at }: LifecycleEvent) => log.push(`${at} ${type}`) };
        const a = runner('-a-', { teardown: '-|' });
        const app = group({ a }, { lifecycle }).pipe(
          map((value) => value.toUpperCase()),
          stopWhen(cold('---x')),
        );

        expectLifecycle(app).toBe({ a: 'sr-x|' });
        flush();
        expect(log).toStrictEqual(['0 starting', '1 ready', '3 stopping', '4 stopped']);
      });
    });

    it('should show the rows of all members in common columns, and where they differ', () => {
      const message = linesOf(({ runner, expectLifecycle }) => {
        const api = runner('  -a-b-c', { teardown: '---|' });
        const worker = runner('-----|');

        expectLifecycle(group({ api, worker })).toBe({ api: 'sr---x-|', db: 's', worker: 's----(rc)' });
      });

      expect(message).toStrictEqual([
        'expectLifecycle: not as expected',
        '',
        'api     expected  sr---x-|',
        '        actual    sr---x--|',
        '                         ^^',
        'db      expected  s',
        '        actual    -',
        '                  ^',
        'worker  both      s----(rc)',
      ]);
    });

    it('should show what a group leaves no room for in a line of its own', () => {
      const message = linesOf(({ runner, expectLifecycle }) => {
        const a = runner('a-b-', { teardown: '--|' });

        expectLifecycle(group({ a }), '--!').toBe({ a: '(sr)x-|' });
      });

      expect(message).toStrictEqual([
        'expectLifecycle: not as expected',
        '',
        'a  expected  (sr)x-|',
        '   actual    s-x-|',
        '             r',
        '               ^ ^ ^',
      ]);
    });

    it('should tell the order of the events of one frame', () => {
      const message = linesOf(({ runner, expectLifecycle }) => {
        expectLifecycle(group({ a: runner('a|') })).toBe({ a: '(rs)' });
      });

      expect(message).toStrictEqual([
        'expectLifecycle: not as expected',
        '',
        'a  expected  (rs)',
        '   actual    sc',
        '             r',
        '             ^^',
      ]);
    });

    it('should write long times as times', () => {
      const message = linesOf(({ runner, expectLifecycle }) => {
        const a = runner('-a 1s b 2m |');
        const b = runner('-b', { teardown: '5m |' });

        expectLifecycle(group({ a, b })).toBe({ a: 'sr 1s - 2m c', b: 'sr 1s - 2m (x|)' });
      });

      expect(message).toStrictEqual([
        'expectLifecycle: not as expected',
        '',
        'a  both      sr 121001ms c',
        'b  expected  sr 121001ms (x|)',
        '   actual    sr 121001ms x--- 299996ms |',
        '                         ^             ^',
      ]);
    });

    it.each([
      ['s-y', "made of the letters s r x c | # ! ~, got 's-y'"],
      ['^s-r', "a marble diagram without '^', got '^s-r'"],
      [[3], 'a marble diagram, or several in an array, got 3'],
    ])('should refuse the row %j', (row, expected) => {
      const failure = failureOf(({ expectLifecycle }) => expectLifecycle(NEVER).toBe({ a: row as string }));

      expect(failure).toStrictEqual(new TypeError(`expectLifecycle: row 'a' must be ${expected}`));
    });
  });

  describe('what is not as expected', () => {
    it('should be told with all that differs, at the place of the first', () => {
      const failure = failureOf(function theTest({ runner, expectObservable, expectSubscriptions }) {
        const e1 = runner('-a-|');
        expectObservable(e1).toBe('-a--|');
        expectSubscriptions(e1.subscriptions).toBe('^---!');
      });

      expect(failure.message.split('\n')).toStrictEqual([
        'expectObservable: not as expected',
        '',
        'expected  -a--|',
        'actual    -a-|',
        '             ^^',
        '',
        'expectSubscriptions: not as expected',
        '',
        'expected  ^---!',
        'actual    ^--!',
        '             ^^',
      ]);
      expect(failure.stack?.slice(`Error: ${failure.message}\n`.length).split('\n')[0]).toMatch(
        /^\s+at theTest \(.*lifecycleMarbles-spec\.ts:\d+:\d+\)$/,
      );
    });

    it('should have letters for values, those of the test first, and say what they stand for', () => {
      const message = linesOf(({ cold, expectObservable }) => {
        const e1 = cold('ab-c-d#', { a: { n: 1 }, b: [2], c: 'c', d: undefined }, new TypeError('sad'));
        expectObservable(e1).toBe('xb-c-y#', { x: { n: 1 }, b: [3], c: 'c', y: null }, new TypeError('glad'));
      });

      expect(message).toStrictEqual([
        'expectObservable: not as expected',
        '',
        'expected  xb-c-y#',
        'actual    xa-c-d#',
        '           ^   ^^',
        '',
        'x = { n: 1 }',
        'b = [3]',
        'y = null',
        '# = TypeError: glad',
        'a = [2]',
        'd = undefined',
        '# = TypeError: sad',
      ]);
    });

    it('should be nothing where values are equal, whatever they are', () => {
      const values = () => ({
        a: new RunGroupError([{ path: ['a'], phase: 'run', error: new Error('sad') }]),
        b: new Map([[1, { deep: [new Date(0), /x/, NaN] }]]),
        c: new Set(['x']),
        d: Object.assign(Object.create(null) as object, { x: 1 }),
      });

      lifecycleMarbles(({ cold, expectObservable }) => {
        expectObservable(cold('abcd|', values())).toBe('abcd|', values());
      });
    });

    it('should be nothing where a value contains itself', () => {
      const selfish = () => {
        const value: { self?: unknown } = {};
        value.self = [value];
        return value;
      };

      lifecycleMarbles(({ cold, expectObservable }) => {
        expectObservable(cold('a|', { a: selfish() })).toBe('a|', { a: selfish() });
      });
      const message = linesOf(({ cold, expectObservable }) => {
        expectObservable(cold('a|', { a: selfish() })).toBe('a|', { a: 1 });
      });
      expect(message).toContain('b = { self: [{…}] }');
    });

    it.each([
      ['another path', new RunGroupError([{ path: ['b'], phase: 'run', error: new Error('sad') }])],
      ['another message', new Error('glad')],
      ['another cause', new Error('sad', { cause: 1 })],
      ['another class', new TypeError('sad')],
      ['no error', { message: 'sad' }],
      ['another Map', new Map([[1, 2]])],
      ['another Set', new Set([2])],
      ['another Date', new Date(1)],
      ['another pattern', /y/],
      ['another length', [1]],
    ])('should be a value that differs: %s', (_, expected) => {
      const actual = [
        new RunGroupError([{ path: ['a'], phase: 'run', error: new Error('sad') }]),
        new Error('sad'),
        new Map([[1, 1]]),
        new Set([1]),
        new Date(0),
        /x/,
        [1, 1],
      ];

      for (const value of actual) {
        const failure = failureOf(({ cold, expectObservable }) => {
          expectObservable(cold('a', { a: value })).toBe('a', { a: expected });
        });
        expect(failure.message).toContain('expectObservable: not as expected');
      }
    });

    it('should respect the matchers of a test framework', () => {
      lifecycleMarbles(({ cold, expectObservable }) => {
        const e1 = cold('a-#', { a: { id: 7, name: 'x' } }, new TypeError('sad'));

        expectObservable(e1).toBe('b-#', { b: expect.objectContaining({ name: 'x' }) }, expect.any(TypeError));
      });
    });

    it('should tell two values apart where there are more than letters', () => {
      const numbers = Array.from({ length: 60 }, (_, index) => index);

      const failure = failureOf(({ expectObservable }) => {
        expectObservable(from([...numbers, 61])).toEqual(from([...numbers, 62]));
      });

      expect(failure.message).toContain('? = 61');
      expect(failure.message).toContain('? = 62');
    });
  });
});
