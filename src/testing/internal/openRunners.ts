import { asyncScheduler } from 'rxjs';
import { ambient } from '../../internal/ambient.js';
import { callSite, type CallSite } from './callSite.js';

/** A run that has not ended, teardown included. */
export interface OpenRun {
  readonly name: string | undefined;
  /** From where the runner was made, or started if it was made before this was loaded. */
  readonly place: CallSite;
}

// In one place for every copy: the one that is told of the runs need not be the one that is asked for them.
const key = Symbol.for('rx-runner.openRuns.1');
const holder = globalThis as unknown as Record<symbol, Set<OpenRun> | undefined>;
const open = (holder[key] ??= trackedRuns());

/** The runs that are going on, in the order in which they were started. */
export function openRuns(): readonly OpenRun[] {
  return [...open];
}

/** Takes these for ended, so that one test's leak is not also the next one's. */
export function forget(runs: readonly OpenRun[]): void {
  for (const run of runs) open.delete(run);
}

function trackedRuns(): Set<OpenRun> {
  const runs = new Set<OpenRun>();
  ambient.track = (name) => {
    const place = callSite(ambient.track);
    return () => {
      const run = { name, place };
      // what is subscribed in virtual time is over with it, and holds nothing
      if (!isVirtualTime()) runs.add(run);
      return () => {
        runs.delete(run);
      };
    };
  };
  // When a test file is over Jest takes apart what is on the global object: a run that outlives the file would recurse for ever.
  for (const name of Object.keys(ambient)) Object.defineProperty(ambient, name, { configurable: false });
  return runs;
}

/** Whether a `TestScheduler` is at work: its clock begins at 0, that of the host in 1970. */
function isVirtualTime(): boolean {
  return Math.abs(asyncScheduler.now() - Date.now()) > 1_000;
}
