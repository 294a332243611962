import { userFrames } from './callSite.js';
import type { OpenRun } from './openRunners.js';

/** How much of a stack is shown. */
const shownFrames = 3;

/** What has not ended: the runs of each runner together, with the place where it was made. */
export function leakMessage(runs: readonly OpenRun[]): string {
  const byPlace = new Map<OpenRun['place'], OpenRun[]>();
  for (const run of runs) byPlace.set(run.place, [...(byPlace.get(run.place) ?? []), run]);
  const count = runs.length === 1 ? '1 run of a runner has' : `${String(runs.length)} runs of runners have`;
  return [`${count} not ended`, ...[...byPlace].map(([place, each]) => entry(place, each))].join('\n\n');
}

function entry(place: OpenRun['place'], runs: readonly OpenRun[]): string {
  const name = runs[0]?.name;
  const times = runs.length === 1 ? '' : ` (${String(runs.length)} runs)`;
  // not with 'at': Jest takes the first such line of a message for the beginning of the stack
  const frames = userFrames(place).map((frame) => `    in ${frame.trim().replace(/^at /, '')}`);
  return [`${name ? `'${name}'` : 'a runner without a name'}${times}, made`, ...frames.slice(0, shownFrames)].join(
    '\n',
  );
}
