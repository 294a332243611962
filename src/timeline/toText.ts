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
    sign(row, sign, _story, x, to = x) {
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
