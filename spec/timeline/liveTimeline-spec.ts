/* eslint-disable no-control-regex -- what moves the cursor is made of control characters */
import { describe, expect, it } from '@jest/globals';
import { Subject } from 'rxjs';
import { group, runner, type LifecycleEvent } from '../../src/index.js';
import { liveTimeline, toText, type LiveTimelineOptions } from '../../src/timeline/index.js';
import { run } from '../helpers/marbles.js';
import { event } from '../helpers/timelines.js';

const a = event(0, 'a', 'starting');
const b = event(2, 'b', 'starting');
const c = event(5, 'b', 'failed', { error: new Error('sad') });
const values = { a, b, c };

/** A terminal, or a file: what was written to it. */
function target(options: Omit<LiveTimelineOptions, 'write'> = {}) {
  const written: string[] = [];
  return { ...options, written, write: (text: string) => written.push(text) };
}

/** What a terminal shows in the end: it goes up and clears as it is told to. */
function screen(written: readonly string[]): string {
  let lines: string[] = [''];
  for (const [part = ''] of written.join('').matchAll(/\u001b\[\??\d*[a-zA-Z]|\n|[^\u001b\n]+/g)) {
    const [, up] = /\[(\d+)A/.exec(part) ?? [];
    if (up) lines = lines.slice(0, lines.length - 1 - Number(up)).concat('');
    else if (part === '\n') lines.push('');
    else if (!part.startsWith('\u001b')) lines.push(`${lines.pop() ?? ''}${part}`);
  }
  return lines.join('\n');
}

describe('liveTimeline', () => {
  it('should print a line for each event, where there is no terminal', () => {
    run(({ hot, expectObservable, expectSubscriptions, flush }) => {
      const e1 = hot('  a-b--c-|', values);
      const e1subs = '  ^------!';
      const expected = '-------|';
      const file = target();

      expectObservable(liveTimeline(e1, file)).toBe(expected);
      expectSubscriptions(e1.subscriptions).toBe(e1subs);
      flush();
      expect(file.written).toStrictEqual(['0 ms a starting\n', '2 ms b starting\n', '5 ms b failed: sad\n']);
    });
  });

  it('should draw in place in a terminal, at most every 40 ms, and all of it at the end', () => {
    run(({ hot, expectObservable, expectSubscriptions, flush }) => {
      const e1 = hot('  a-b 60ms c-|', values);
      const e1subs = '  ^-- 60ms --!';
      // what came last is drawn before it ends
      const expected = '--- 60ms 40ms |';
      const terminal = target({ isTTY: true, columns: 40 });

      expectObservable(liveTimeline(e1, terminal)).toBe(expected);
      expectSubscriptions(e1.subscriptions).toBe(e1subs);
      flush();
      expect(terminal.written).toHaveLength(3);
      expect(screen(terminal.written)).toBe(`${toText([a, b, c], { columns: 40 })}\n`);
    });
  });

  it('should leave the cursor visible, and lines that wrap, after each drawing', () => {
    run(({ hot, flush }) => {
      const terminal = target({ isTTY: true });
      liveTimeline(hot('a 50ms b 50ms (c|)', values), terminal).subscribe();
      flush();
      expect(terminal.written.length).toBeGreaterThan(2);
      for (const text of terminal.written)
        expect(text).toMatch(/^\u001b\[\?25l\u001b\[\?7l[^]*\n\u001b\[\?7h\u001b\[\?25h$/);
    });
  });

  it('should draw what was told when the events err, and when it is stopped', () => {
    run(({ hot, expectObservable, expectSubscriptions, flush }) => {
      const e1 = hot('  a-b-#', values);
      const e1subs = '  ^---!';
      const expected = '----#';
      const e2 = hot('  a-b--c', values);
      const e2subs = '  ^--!  ';
      const unsub = '   ---!  ';
      const terminals = [target({ isTTY: true }), target({ isTTY: true })] as const;

      expectObservable(liveTimeline(e1, terminals[0])).toBe(expected);
      expectObservable(liveTimeline(e2, terminals[1]), unsub).toBe('---');
      expectSubscriptions(e1.subscriptions).toBe(e1subs);
      expectSubscriptions(e2.subscriptions).toBe(e2subs);
      flush();
      for (const { written } of terminals) expect(screen(written)).toBe(`${toText([a, b])}\n`);
    });
  });

  it('should show as much as there is room for on the screen, and everything at the end', () => {
    run(({ hot, flush }) => {
      const terminal = target({ isTTY: true, rows: 3 });
      const heights: number[] = [];
      const write = (text: string): void => {
        heights.push(text.split('\n').length);
        terminal.write(text);
      };
      liveTimeline(hot('a 50ms b 50ms (c|)', values), { ...terminal, write }).subscribe();
      flush();
      expect(heights).toStrictEqual([3, 3, 3, 7]);
      expect(screen(terminal.written)).toBe(`${toText([a, b, c])}\n`);
    });
  });

  it('should read how large the terminal is at each drawing', () => {
    run(({ hot, flush }) => {
      const terminal = target({ isTTY: true });
      let columns = 100;
      const resized = {
        isTTY: true,
        write: terminal.write,
        get columns() {
          return columns;
        },
      };
      const live = liveTimeline(hot('a-b 50ms (c|)', values), resized);
      columns = 40;
      live.subscribe();
      flush();
      expect(screen(terminal.written)).toBe(`${toText([a, b, c], { columns: 40 })}\n`);
    });
  });

  it('should show the ends of all others, if they need it', () => {
    run(({ cold, expectObservable, expectSubscriptions, flush }) => {
      const e1 = cold('       ---|     ');
      const e1subs = '        ^--!     ';
      const t2 = cold('          -----|');
      const t2subs = '        ---^----!';
      const expected = '      --------|';
      const lifecycle = new Subject<LifecycleEvent>();
      const file = target();
      const slow = runner({ run: () => cold('-'), teardown: () => t2 });
      const program = group({ end: e1, slow }, { lifecycle });

      expectObservable(
        group(
          { program, timeline: liveTimeline(lifecycle, file) },
          { needs: { program: ['timeline'] }, until: ['program'] },
        ),
      ).toBe(expected);
      expectSubscriptions(e1.subscriptions).toBe(e1subs);
      expectSubscriptions(t2.subscriptions).toBe(t2subs);
      flush();
      expect(file.written.at(-1)).toBe('8 ms slow stopped\n');
      expect(lifecycle.observed).toBe(false);
    });
  });

  it('should begin anew with each subscription', () => {
    run(({ cold, flush }) => {
      const file = target();
      const live = liveTimeline(cold('a-b|', values), file);
      live.subscribe();
      live.subscribe();
      flush();
      expect(file.written.sort()).toStrictEqual([
        '0 ms a starting\n',
        '0 ms a starting\n',
        '2 ms b starting\n',
        '2 ms b starting\n',
      ]);
    });
  });

  it('should err with what writing fails with', () => {
    run(({ hot, expectObservable, expectSubscriptions }) => {
      const e1 = hot('  --a-b|', values);
      const e1subs = '  ^-!   ';
      const expected = '--#   ';
      const write = (): void => {
        // eslint-disable-next-line @typescript-eslint/only-throw-error
        throw 'error';
      };

      expectObservable(liveTimeline(e1, { write })).toBe(expected);
      expectSubscriptions(e1.subscriptions).toBe(e1subs);
    });
  });

  it('should take process.stdout', () => {
    expect(() => liveTimeline([], process.stdout)).not.toThrow();
  });

  it('should refuse what cannot be written to', () => {
    expect(() => liveTimeline([], {} as LiveTimelineOptions)).toThrow(
      new TypeError("timeline: 'write' must be a function, got undefined"),
    );
  });
});
