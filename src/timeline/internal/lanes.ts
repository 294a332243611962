import type { LifecycleEvent, LifecycleEventType } from '../../index.js';
import { clean } from './words.js';

/** What a member does from one event to the next. */
interface Stretch {
  readonly type: LifecycleEventType;
  readonly from: number;
  /** Until the end of the picture, if nothing ends it. */
  to?: number;
}

/** All that happened to one member. Two of the same path are one. */
export interface Lane {
  readonly name: string;
  readonly depth: number;
  readonly members: Record<string, Lane>;
  readonly events: LifecycleEvent[];
  readonly stretches: Stretch[];
  /** How many of them run. */
  running: number;
}

export function newLane(name: string, depth: number): Lane {
  return { name: clean(name), depth, members: {}, events: [], stretches: [], running: 0 };
}

/** The lane of a member, made if need be, as are those of the groups that it is in. */
export function laneOf(lane: Lane, path: readonly string[]): Lane {
  // the slash: keys that are numbers would come first, and some names are those of what every object has
  for (const name of path) lane = lane.members[`/${name}`] ??= newLane(name, lane.depth + 1);
  return lane;
}

/** The lane, and those below it. */
export function lanesFrom(lane: Lane): readonly Lane[] {
  return [lane, ...Object.values(lane.members).flatMap(lanesFrom)];
}

/** Draws a lane on, up to the event and from there. */
export function follow(lane: Lane, event: LifecycleEvent): void {
  const { events, stretches } = lane;
  const { at, type } = event;
  events.push(event);
  // neither the late end of one that was left behind, nor one that was never started, ends what runs
  if (/late|refused/.test(type)) return;
  const goesOn = /ing$|ready/.test(type);
  lane.running = Math.max(Number(goesOn), lane.running + (type === 'starting' ? 1 : goesOn ? 0 : -1));
  if (lane.running && !goesOn) return;
  const current = stretches.at(-1);
  if (current) current.to ??= at;
  if (!goesOn) return;
  // nothing tells of it when it runs again: it does as before
  const next = type === 'restarting' ? current?.type : type;
  stretches.push({ type: next ?? 'starting', from: at + (event.delay ?? 0) });
}
