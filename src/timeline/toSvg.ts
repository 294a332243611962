import type { LifecycleEvent } from '../index.js';
import { draw } from './internal/draw.js';
import { looks } from './internal/looks.js';
import { clean } from './internal/words.js';
import type { TimelineOptions } from './TimelineOptions.js';

/**
 * The options of {@link toSvg}.
 *
 * @public
 */
export interface SvgOptions extends TimelineOptions {
  /** The name of the picture for whoever cannot see it. Default: `'Timeline'`. */
  readonly title?: string | undefined;
  /** How wide it is. Default: 760; at least 320. */
  readonly width?: number | undefined;
}

/** Of a sign of a fixed-width font of 12 pixels, generously: which font it will be nobody knows. */
const signWidth = 7.6;
const rowHeight = 22;
const margin = 12;

/**
 * Draws lifecycle events as an SVG picture: a lane for each member, those of a nested group below it.
 *
 * It shows the same as {@link toText}: a thin bar for what is starting, a thick one for what is ready, a hatched one for a
 * teardown, a mark for each end and each restart, a line for the end of the grace period, and the messages of what failed.
 *
 * The picture is a document of its own, to be written to a file or set into a page: no script, nothing to load, colors for light and
 * for dark, a title and a description for whoever cannot see it. The same events give the same picture, byte for byte.
 *
 * @example
 * ```ts
 * import { writeFileSync } from 'node:fs';
 * import { group, runner, type LifecycleEvent } from 'rx-runner';
 * import { toSvg } from 'rx-runner/timeline';
 * import { interval, timer } from 'rxjs';
 *
 * const events: LifecycleEvent[] = [];
 * const ticker = runner({ run: () => interval(100), teardown: () => timer(500) });
 * group({ ticker, end: timer(1000) }, { grace: 2000, lifecycle: { next: (event) => events.push(event) } }).subscribe({
 *   complete: () => writeFileSync('stop.svg', toSvg(events, { grace: 2000, title: 'How it stops' })),
 * });
 * ```
 * @param events - in the order in which they were told
 * @param options - see {@link SvgOptions}
 * @returns an `svg` element
 * @throws TypeError for a bad option, or what is no event
 * @public
 */
export function toSvg(events: readonly LifecycleEvent[], options: SvgOptions = {}): string {
  const { title = 'Timeline' } = options;
  const width = Math.max(320, options.width ?? 760);
  const columns = Math.floor((width - 2 * margin) / signWidth);
  const drawn: string[] = [];
  let grid = '';
  const [rows, summary] = draw(events, options, {
    columns,
    room: columns,
    scale: Infinity,
    text(row, x, shown, words = shown) {
      const whole = shown === words ? '' : titled(words);
      drawn.push(`<text x="${leftOf(x)}" y="${row * rowHeight + 4}">${escaped(shown)}${whole}</text>`);
    },
    sign(row, sign, x, to, story = () => sign) {
      const [, color, mark, stroke] = looks[sign];
      const shape = to ? `M0 0H${leftOf(to - x)}" stroke-width="${stroke}` : mark;
      drawn.push(
        `<path fill="${color}" stroke="${color}" transform="translate(${leftOf(x)} ${row * rowHeight})" d="${shape}">${titled(story())}</path>`,
      );
    },
    guide(row, x, toRow, toX) {
      grid += `M${leftOf(x)} ${row * rowHeight}L${leftOf(toX)} ${toRow * rowHeight}`;
    },
  });
  const height = rows * rowHeight + 2 * margin;
  return [
    `<svg xmlns="http://www.w3.org/2000/svg" role="img" class="rx-i" width="${width}" height="${height}" viewBox="-12 -23 ${width} ${height}" font-family="monospace" font-size="12" stroke-width="2">`,
    titled(title) + `<desc>${escaped(summary)}</desc>`,
    '<style>.rx-i{fill:#222}.rx-b{fill:#fff}@media(prefers-color-scheme:dark){.rx-i{fill:#eee}.rx-b{fill:#111}}</style>',
    `<rect class="rx-b" x="-12" y="-23" width="100%" height="100%"/>`,
    `<path stroke="gray" opacity=".2" d="${grid}"/>`,
    ...drawn,
    '</svg>',
  ].join('\n');
}

function leftOf(x: number): string {
  return (x * signWidth).toFixed(1);
}

function titled(words: string): string {
  return `<title>${escaped(words)}</title>`;
}

function escaped(words: string): string {
  return clean(words).replace(/[&<>]/g, (sign) => `&#${sign.charCodeAt(0)};`);
}
