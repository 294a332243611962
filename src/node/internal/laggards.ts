import type { RunReport } from '../../index.js';

/** Who has not stopped yet, by name; of a group and its members, the members. */
export function laggards({ stopping, members }: RunReport): string {
  // a member that came to its end by itself was not told to stop, and may hang all the same
  const names = stopping.length
    ? stopping
    : Object.keys(members).filter((name) => members[name]?.startedAt && !members[name].endedAt);
  const innermost = names.filter((name) => !names.some((other) => other.startsWith(`${name}/`)));
  return innermost.join(', ') || 'main';
}
