import type { LifecycleEvent } from '../index.js';
import { draw } from './internal/draw.js';
import { looks } from './internal/looks.js';
import { widthOf } from './internal/words.js';
import type { TimelineOptions } from './TimelineOptions.js';

/**
 * The options of {@link toText}.
 *
 * @public
 */
export interface TextOptions extends TimelineOptions {
  /** How wide it may be, but for messages, which are never cut. Default: 80; at least 30. */
  readonly columns?: number | undefined;
}

/**
 * Draws lifecycle events as text: a lane for each member, those of a nested group below it.
 *
 * ```
 *         0         10
 * api     s.r======c
 * worker  sr=======x//|
 * ```
 *
 * A letter is an event, and what follows it is the time until the next one: `s.` starting, `r=` ready, `x/` told to stop and
 * being torn down, `|` stopped, `c` completed, `#` failed, `!` left behind when the grace period was over, `l` its late
 * end, `~` restarting, `-` refused. Of several events in one place the last one is shown. Below the lanes there is a key of
 * what occurs, and a line for each failure with its message.
 *
 * Times are shown since the first event; with `frames` they are those of a `TestScheduler`, each a column wide if there is
 * room. What nothing ends goes on up to the last event. Members of the same path share a lane.
 *
 * @example
 * ```ts
 * import { group, interrupt, runner, type LifecycleEvent } from 'rx-runner';
 * import { toText } from 'rx-runner/timeline';
 * import { interval, timer } from 'rxjs';
 *
 * const events: LifecycleEvent[] = [];
 * const ticker = runner({ run: () => interval(1000), teardown: () => timer(500) });
 * group({ ticker, interrupt: interrupt() }, { lifecycle: { next: (event) => events.push(event) } }).subscribe({
 *   complete: () => console.log(toText(events)),
 * });
 * ```
 * @param events - in the order in which they were told
 * @param options - see {@link TextOptions}
 * @returns lines without a line feed at the end
 * @throws TypeError for a bad option, or what is no event
 * @public
 */
export function toText(events: readonly LifecycleEvent[], options: TextOptions = {}): string {
  const rows: string[][] = [];
  const put = (row: number, x: number, cells: Iterable<string>): void => {
    const line = (rows[row] ??= []);
    let column = Math.round(x);
    for (const cell of cells) line[column++] = cell;
  };
  draw(events, options, {
    columns: Math.max(30, options.columns ?? 80),
    room: Infinity,
    // a frame is a column, as in a marble diagram, if there is room for all of them
    scale: options.frames ? 1 : Infinity,
    text(row, x, shown) {
      // all in one cell, and none in those that it takes
      put(
        row,
        x,
        Array.from({ length: widthOf(shown) }, (_, index) => (index ? '' : shown)),
      );
    },
    sign(row, sign, x, to = 0) {
      const [letters] = looks[sign];
      put(row, x, to > x ? letters.charAt(1).repeat(Math.round(to) - Math.round(x)) : letters.charAt(0));
    },
  });
  // where nothing was put there is nothing
  const blank = (cell?: string): string => cell ?? ' ';
  return Array.from(rows, (row?: string[]) =>
    Array.from(row ?? [], blank)
      .join('')
      .trimEnd(),
  ).join('\n');
}
