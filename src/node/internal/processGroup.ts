import type { ChildProcess } from 'node:child_process';
import { readdirSync, readFileSync, wait } from './imports.js';

/** Windows has no process groups: there, the child alone is all that can be reached. */
export const hasProcessGroups: boolean = process.platform !== 'win32';

/** Sends a signal to all of the child's group, or, with 0, asks for it; returns whether anybody is left in it. */
export function signalGroup(child: ChildProcess, signal: NodeJS.Signals | 0): boolean {
  const { pid, exitCode, signalCode } = child;
  if (pid === undefined) return false;
  if (!hasProcessGroups) return exitCode === null && signalCode === null && child.kill(signal);
  try {
    return process.kill(-pid, signal);
  } catch (error: unknown) {
    // any other error says that they are there, and not ours to signal
    return (error as NodeJS.ErrnoException).code !== 'ESRCH';
  }
}

/** Waits until nobody is left in the group of a child that has exited: nothing tells of grandchildren, so it is asked for. */
export async function groupEnd(child: ChildProcess): Promise<void> {
  for (let round = 1; signalGroup(child, 0); round++) {
    if (round % 16 === 3 && !hasLiveMember(child.pid)) return;
    await wait(Math.min(round * 4, 20));
  }
}

/**
 * Whether somebody in the group is more than a zombie. Orphans are for process 1 to bury, and where that is a program which
 * never does, as in many a container, a group does not end. It means reading about every process, so it is not for each
 * round.
 */
function hasLiveMember(group: number | undefined): boolean {
  // pid (name) state parent group: the name may hold anything
  const alive = new RegExp(`\\) [^Z] \\d+ ${group} [^)]*$`);
  try {
    return readdirSync('/proc').some((pid) => {
      try {
        return alive.test(readFileSync(`/proc/${pid}/stat`, 'latin1'));
      } catch {
        // it is no process, or has ended since
        return false;
      }
    });
  } catch {
    // there is no such directory to tell
    return true;
  }
}
