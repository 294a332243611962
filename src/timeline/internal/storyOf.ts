import type { LifecycleEvent } from '../../index.js';
import { carefully } from '../../internal/carefully.js';
import { clean, show } from './words.js';

/** What happened, in words. */
export function storyOf({ error, path, reason, type }: LifecycleEvent): string {
  const why = (error ?? reason) as Partial<Error> | undefined;
  // of an error of somebody's a getter may throw
  const text = why && carefully(() => show([why.message, why.name, why].find(Boolean)), '[unreadable]');
  return clean(`${path.join('/')} ${type}${text ? `: ${text}` : ''}`);
}

/** A time in words. */
export function timeOf(time: number, frames?: boolean): string {
  const rounded = Math.round(time);
  return frames ? `${rounded}` : rounded < 1000 ? `${rounded} ms` : `${rounded / 1000} s`;
}
