import { userFrames } from './callSite.js';
import type { OpenRun } from './openRunners.js';

/** How many runners are listed, and how much of the stack of each: stacks in great number take long to be written down. */
const shownRunners = 10;
const shownFrames = 3;

/** What has not ended: the runs of each runner together, with the place where it was made. */
export function leakMessage(runs: readonly OpenRun[]): string {
  const byPlace = new Map<OpenRun['place'], OpenRun[]>();
  for (const run of runs) {
    const together = byPlace.get(run.place);
    if (together) together.push(run);
    else byPlace.set(run.place, [run]);
  }
  const title = runs.length === 1 ? '1 run of a runner has' : `${String(runs.length)} runs of runners have`;
  const entries = [...byPlace].slice(0, shownRunners).map(([place, each]) => entry(place, each));
  const more = byPlace.size - entries.length;
  return [`${title} not ended`, ...entries, ...(more > 0 ? [`and ${String(more)} more runners`] : [])].join('\n\n');
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
