import type { LifecycleEvent } from '../../index.js';
import { carefully } from '../../internal/carefully.js';
import { show } from '../../internal/show.js';
import { clean } from './words.js';

/** What happened, in words. */
export function storyOf({ error, path, reason, type }: LifecycleEvent): string {
  const why: unknown = error ?? reason;
  return clean(`${path.join('/')} ${type}${why ? `: ${textOf(why)}` : ''}`);
}

function textOf(why: unknown): string {
  const read = (): unknown => [(why as Error).message, (why as Error).name, why].find(Boolean);
  const text = carefully(read, why);
  return typeof text === 'string' ? text : show(text);
}

/** A time in words. */
export function timeOf(time: number, frames?: boolean): string {
  const rounded = Math.round(time);
  return frames ? `${rounded}` : rounded < 1000 ? `${rounded} ms` : `${rounded / 1000} s`;
}
