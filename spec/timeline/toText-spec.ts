import { describe, expect, it } from '@jest/globals';
import { NEVER, throwError, timer } from 'rxjs';
import { group, runner, type LifecycleEvent } from '../../src/index.js';
import { toText } from '../../src/timeline/index.js';
import { run } from '../helpers/marbles.js';
import { event, timelines } from '../helpers/timelines.js';

/** The lanes: without the times above, and the key below. */
function lanesOf(text: string): readonly string[] {
  const lines = text.split('\n');
  return lines.slice(1, lines.indexOf(''));
}

describe('toText', () => {
  it('should draw the lanes of a group, a frame a column', () => {
    run(({ cold, expectObservable, expectSubscriptions, flush }) => {
      const e1 = cold('       --a--b---|   ');
      const e1subs = '        ^--------!   ';
      const e2 = cold('       -1-----------');
      const e2subs = '        ^--------!   ';
      const t2 = cold('                ---|');
      const t2subs = '        ---------^--!';
      const expected = '      -1a--b------|';
      const events: LifecycleEvent[] = [];
      const worker = runner({ run: () => e2, teardown: () => t2 });

      expectObservable(group({ api: e1, worker }, { lifecycle: { next: (step) => events.push(step) } })).toBe(expected);
      expectSubscriptions(e1.subscriptions).toBe(e1subs);
      expectSubscriptions(e2.subscriptions).toBe(e2subs);
      expectSubscriptions(t2.subscriptions).toBe(t2subs);
      flush();
      expect(toText(events, { frames: true }).split('\n')).toStrictEqual([
        '        0         10',
        'api     s.r======c',
        'worker  sr=======x//|',
        '',
        's. starting  r= ready  x/ stopping   c completed   | stopped',
      ]);
    });
  });

  it('should have the lanes as wide as there is room for, with round times above', () => {
    const lines = toText(timelines['five members'] ?? [], { columns: 60 }).split('\n');

    expect(lines.slice(0, 3)).toStrictEqual([
      '          0 ms              2 s                4 s',
      'member 1  sr==========================|',
      'member 2  sr==========================x///|',
    ]);
    expect(Math.max(...lines.map((line) => line.length))).toBeLessThanOrEqual(60);
  });

  it('should draw the failures, and list them with their messages', () => {
    const text = toText([
      event(0, 'db', 'starting'),
      event(0, 'api', 'starting'),
      event(10, 'api', 'failed', { error: new Error('port in use') }),
      event(10, 'db', 'stopping'),
      event(30, 'db', 'failed', { error: 'not\nflushed' }),
    ]);

    expect(text.split('\n').slice(-2)).toStrictEqual(['10 ms api failed: port in use', '30 ms db failed: not flushed']);
    expect(lanesOf(text).map((lane) => lane.at(-1))).toStrictEqual(['#', '#']);
  });

  it('should not cut a message, and count one that comes again', () => {
    const error = new Error('no '.repeat(100));
    const again = [0, 1, 2].map((attempt) => event(attempt, 'a', 'restarting', { attempt, error, delay: 0 }));

    expect(toText(again).split('\n').at(-1)).toBe(`0 ms a restarting: ${error.message} (3x)`);
  });

  it.each([
    [new TypeError(''), 'TypeError'],
    [Object.create(null), '[object Object]'],
    [{ message: 'from afar' }, 'from afar'],
    [404, '404'],
    [Symbol('why'), 'Symbol(why)'],
  ])('should find words for whatever was thrown', (error, words) => {
    expect(toText([event(0, 'a', 'failed', { error })])).toContain(`a failed: ${words}`);
  });

  it('should draw the end of the grace period as a line, from the stop of the group', () => {
    const events = [
      event(0, 'a', 'starting'),
      event(0, 'b', 'starting'),
      event(0, 'b/c', 'starting'),
      event(2, 'b/c', 'stopping'),
      event(3, 'b/c', 'stopped'),
      event(5, 'a', 'stopping'),
      event(5, 'b', 'stopping'),
      event(6, 'a', 'stopped'),
      event(9, 'b', 'forced'),
      event(12, 'b', 'late'),
    ];

    expect(lanesOf(toText(events, { frames: true, grace: 4 }))).toStrictEqual([
      'a    s....x|  :',
      'b    s....x///!  l',
      '  c  s.x|     :',
    ]);
    expect(toText(events, { frames: true, grace: 4 })).toContain(' : grace over');
    expect(toText(events, { frames: true, grace: Infinity })).not.toContain(':');
    expect(toText(events.slice(0, 3), { frames: true, grace: 4 })).not.toContain(':');
  });

  it('should have room for a grace period that is longer than the run', () => {
    const events = [event(0, 'a', 'starting'), event(2, 'a', 'stopping'), event(3, 'a', 'stopped')];

    expect(lanesOf(toText(events, { frames: true, grace: 10 }))).toStrictEqual(['a  s.x|        :']);
  });

  it('should draw several runs of a member in one lane', () => {
    const events = [
      event(0, 'a', 'starting'),
      event(2, 'a', 'restarting', { delay: 3, attempt: 1 }),
      event(8, 'a', 'restarting', { delay: 3, attempt: 2 }),
      event(9, 'a', 'stopping'),
      event(10, 'a', 'stopped'),
      event(13, 'a', 'starting'),
      event(14, 'a', 'ready'),
      event(16, 'a', 'completed'),
    ];

    expect(lanesOf(toText(events, { frames: true }))).toStrictEqual(['a  s.~  ...~x|  sr=c']);
  });

  it('should draw members of one path in one lane, until the last of them has ended', () => {
    const events = [
      event(0, 'a', 'starting'),
      event(1, 'a', 'starting'),
      event(2, 'a', 'ready'),
      event(4, 'a', 'completed'),
      event(6, 'a', 'refused'),
      event(8, 'a', 'failed'),
    ];

    expect(lanesOf(toText(events, { frames: true }))).toStrictEqual(['a  ssr=c=-=#']);
  });

  it('should draw what runs on up to the last event', () => {
    const events = [event(0, 'a', 'starting'), event(1, 'b', 'starting'), event(5, 'b', 'completed')];

    expect(lanesOf(toText(events, { frames: true }))).toStrictEqual(['a  s....', 'b   s...c']);
  });

  it('should draw members below their group, in the order in which they came, whatever their names are', () => {
    const paths = ['10', 'b', '2', 'b/z', '10/__proto__', 'b/a', 'constructor', 'lost/found'];

    expect(
      lanesOf(toText(paths.map((path) => event(0, path, 'starting')))).map((lane) => lane.trimEnd()),
    ).toStrictEqual([
      '10           s',
      '  __proto__  s',
      'b            s',
      '  z          s',
      '  a          s',
      '2            s',
      'constructor  s',
      'lost',
      '  found      s',
    ]);
  });

  it('should keep the lanes aligned, whatever the names are made of', () => {
    const names = ['ascii', '数据库', 'été', 'e\u0301te\u0301', '🚀', '❤️', '👩‍👩‍👧', 'a\tb\nc\u001b[2J\u202ed\ud800', ''];
    const lanes = lanesOf(toText(names.map((name) => ({ at: 0, path: [name], type: 'starting' }))));
    const columnsOf = (name: string): number =>
      Array.from(name.replace(/\u0301|\u200d/g, '')).reduce(
        (width, sign) => width + (/\p{Script=Han}|\p{Emoji_Presentation}/u.test(sign) ? 2 : 1),
        0,
      );

    expect(lanes.map((lane) => columnsOf(lane))).toStrictEqual(lanes.map(() => columnsOf(lanes[0] ?? '')));
    expect(lanes[7]).toMatch(/^a b c \[2J d +s$/);
  });

  it('should cut names that are too long', () => {
    const events = ['x'.repeat(50), '数'.repeat(50)].map((path) => event(0, path, 'starting'));

    expect(lanesOf(toText(events, { columns: 40 }))).toStrictEqual([`${'x'.repeat(15)}…  s`, `${'数'.repeat(7)}…   s`]);
  });

  it('should start where it is told to', () => {
    const events = [
      event(0, 'a', 'starting'),
      event(1, 'a', 'ready'),
      event(7_200_000, 'a', 'stopping'),
      event(7_200_003, 'a', 'stopped'),
    ];

    expect(toText(events, { from: 7_199_999, columns: 30 }).split('\n').slice(0, 2)).toStrictEqual([
      '   0 ms',
      'a  =====x/////////////|',
    ]);
    expect(lanesOf(toText(events, { frames: true, from: 7_199_999 }))).toStrictEqual(['a  =x//|']);
  });

  it('should go on until it is told to, for what still runs', () => {
    const events = [
      event(0, 'a', 'starting'),
      event(1, 'a', 'ready'),
      event(0, 'b', 'starting'),
      event(2, 'b', 'failed'),
    ];

    expect(lanesOf(toText(events, { frames: true, until: 6 }))).toStrictEqual(['a  sr====', 'b  s.#']);
    expect(lanesOf(toText(events, { frames: true, until: 1 }))).toStrictEqual(
      lanesOf(toText(events, { frames: true })),
    );
    expect(toText([], { until: 6 })).toBe(toText([]));
  });

  it('should take times as they are: equal, backwards, fractions', () => {
    const events = [
      event(5.5, 'a', 'starting'),
      event(3.2, 'a', 'ready'),
      event(3.2, 'a', 'stopping'),
      event(3.9, 'a', 'stopped'),
    ];

    expect(lanesOf(toText(events, { frames: true }))).toStrictEqual(['a     x| s']);
  });

  it('should draw no events, and one', () => {
    expect(toText([])).toBe('  0 ms\nno events');
    expect(toText([event(1e12, 'a', 'starting')])).toBe('   0 ms\na  s\n\ns. starting');
  });

  it('should draw what a group tells: refused, forced and late ones', () => {
    const events: LifecycleEvent[] = [];
    run(({ flush }) => {
      const slow = runner({ run: () => NEVER, teardown: () => timer(20) });
      const bad = timer(5, 1)
        .pipe(() => timer(5))
        .pipe(() => throwError(() => new Error('sad')));
      group(
        { slow, end: timer(5), queued: bad },
        { concurrency: 2, grace: 10, lifecycle: { next: (step) => events.push(step) } },
      ).subscribe({ error: () => undefined });
      flush();
    });

    expect(lanesOf(toText(events, { frames: true, grace: 10 }))).toStrictEqual([
      'slow    s....x/////////!         l',
      'end     s....c         :',
      'queued       -         :',
    ]);
  });

  it('should draw 10,000 events in less than a second', () => {
    const events = Array.from({ length: 10_000 }, (_, at) =>
      event(
        at,
        `group ${at % 50}/member ${at >> 2}`,
        (['starting', 'ready', 'stopping', 'failed'] as const)[at % 4] ?? 'late',
        {
          ...(at % 4 === 3 && { error: new Error(`went wrong, for the time number ${at}`) }),
        },
      ),
    );
    // of the processor: how long it takes depends on who else is at work
    const before = process.cpuUsage();

    toText(events, { grace: 100 });

    const { user } = process.cpuUsage(before);
    expect(user / 1000).toBeLessThan(1000);
  });

  it.each([
    [{ grace: -1 }, "timeline: 'grace' must be 0 or more, got -1"],
    [{ columns: NaN }, "timeline: 'columns' must be 0 or more, got NaN"],
    [{ until: -1 }, "timeline: 'until' must be 0 or more, got -1"],
    [{ from: 'now' as unknown as number }, "timeline: 'from' must be 0 or more, got now"],
  ])('should refuse a bad option', (options, message) => {
    expect(() => toText([], options)).toThrow(new TypeError(message));
  });

  it.each([
    { at: NaN, path: ['a'], type: 'starting' },
    { at: 0, path: [], type: 'starting' },
    { at: 0, path: ['a'], type: 'begun' },
  ])('should refuse what is no event', (bad) => {
    expect(() => toText([bad as unknown as LifecycleEvent])).toThrow(
      new TypeError('timeline: an event must be a LifecycleEvent, got [object Object]'),
    );
  });
});
