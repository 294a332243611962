import type { LifecycleEvent } from '../../index.js';
import type { TimelineOptions } from '../TimelineOptions.js';
import { check } from './check.js';
import { follow, laneOf, lanesFrom, newLane, type Lane } from './lanes.js';
import { looks, type Sign } from './looks.js';
import { storyOf, timeOf } from './storyOf.js';
import { fit, widthOf } from './words.js';

/** What a timeline is drawn on: rows of columns, each as wide as a letter. Places may be fractions. */
export interface Canvas {
  readonly columns: number;
  /** How many columns a message may take. */
  readonly room: number;
  /** How many columns a unit of time may take. */
  readonly scale: number;
  /** There is room for `shown`; `words` is all that was to be written. */
  text(row: number, x: number, shown: string, words?: string): void;
  /** The mark, or the stretch up to a place; what it stands for may be told. */
  sign(row: number, sign: Sign, x: number, to?: number, story?: () => string): void;
  /** Leads the eye. */
  guide?(row: number, x: number, toRow: number, toX: number): void;
}

const signs = Object.keys(looks) as Sign[];

interface Options extends TimelineOptions {
  readonly columns?: number | undefined;
  readonly width?: number | undefined;
}

/** Draws, and returns how many rows there are, and how it stands with each member. */
export function draw(
  events: readonly LifecycleEvent[],
  options: Options,
  canvas: Canvas,
): readonly [rows: number, summary: string] {
  const { columns } = canvas;
  for (const option of ['columns', 'from', 'grace', 'until', 'width'] as const) {
    const { [option]: value = 0 } = options;
    check(value >= 0, `'${option}'`, '0 or more', value);
  }
  const { frames, from, grace = Infinity, until = 0 } = options;
  const root = newLane('', -1);
  const seen: Partial<Record<Sign, boolean>> = {};
  const failures: Record<string, number[]> = {};
  let first = Infinity;
  let last = until;
  let stop: LifecycleEvent | undefined;
  for (const event of events) {
    const { at, path, type } = event;
    check(path.length && at < Infinity && type in looks, 'an event', 'a LifecycleEvent', event);
    follow(laneOf(root, path), event);
    seen[type] = true;
    first = Math.min(first, at);
    last = Math.max(last, at);
    // the stop of the group, not of one in it
    if (type === 'stopping' && !(stop && stop.path.length <= path.length)) stop = event;
    if ('error' in event) (failures[storyOf(event)] ??= []).push(at);
  }
  const lanes = lanesFrom(root).slice(1);
  const start = Math.min(last, from ?? (frames ? 0 : first));
  const deadline = stop ? stop.at + grace : Infinity;
  const limited = deadline < Infinity;
  const end = limited ? Math.max(last, deadline) : last;
  seen['grace over'] = limited;

  const most = columns * 0.4;
  const indentOf = ({ depth }: Lane): number => Math.min(most >> 1, 2 * depth);
  const needed = lanes.reduce((room, lane) => Math.max(room, indentOf(lane) + widthOf(lane.name)), 0);
  const gutter = Math.min(needed, most);
  const left = gutter + 2;
  const scale = Math.min(canvas.scale, (columns - left - 8) / (end - start || 1));
  const xOf = (at: number): number => left + Math.max(0, at - start) * scale;
  const time = (at: number): string => timeOf(at - (frames ? 0 : start), frames);
  const told = (event: LifecycleEvent): string => `${time(event.at)} ${storyOf(event)}`;

  for (let at = start, step = roundStep(10 / scale); at <= end; at += step) {
    canvas.text(0, xOf(at), time(at));
    canvas.guide?.(0.5, xOf(at), lanes.length + 0.5, xOf(at));
  }
  let row = 0;
  for (const lane of lanes) {
    row++;
    canvas.text(row, indentOf(lane), fit(lane.name, gutter - indentOf(lane)), lane.name);
    canvas.guide?.(row, left, row, xOf(end));
    for (const { type, from, to = last } of lane.stretches) {
      if (to > Math.max(from, start)) canvas.sign(row, type, xOf(from), xOf(to));
    }
    if (limited) canvas.sign(row, 'grace over', xOf(deadline));
    for (const event of lane.events) {
      if (event.at >= start) canvas.sign(row, event.type, xOf(event.at), 0, () => told(event));
    }
  }

  if (!row) canvas.text(1, 0, 'no events');
  row += 2;
  let x = 0;
  for (const type of signs) {
    if (!seen[type]) continue;
    if (x + type.length > columns - 3) {
      x = 0;
      row++;
    }
    const stretches = looks[type][3];
    if (stretches) canvas.sign(row, type, x, x + 2);
    canvas.sign(row, type, stretches ? x : x + 1);
    canvas.text(row, x + 3, type);
    x += type.length + 5;
  }
  for (const [story, [at = 0, ...more]] of Object.entries(failures)) {
    const words = `${time(at)} ${story}${more.length ? ` (${more.length + 1}x)` : ''}`;
    canvas.text(++row, 0, fit(words, canvas.room), words);
  }
  return [row + 1, lanes.flatMap(({ events }) => events.slice(-1).map(told)).join('. ')];
}

/** 1, 2 or 5 times a power of ten: at least one millisecond, one frame. */
function roundStep(least: number): number {
  let step = 1;
  for (let index = 0; step < least; index++) step *= index % 3 === 1 ? 2.5 : 2;
  return step;
}
