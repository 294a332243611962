import { existsSync } from 'node:fs';
import { readIfThere } from './readIfThere.js';

/**
 * When a process was started; `undefined` if there is none with this number. Two processes that had the same number one after
 * the other differ in it, on Linux; elsewhere nothing tells it.
 */
export function birthOf(pid: number): string | undefined {
  if (existsSync('/proc/self/stat')) return birthOnLinux(pid);
  return isThere(pid) ? 'unknown' : undefined;
}

function birthOnLinux(pid: number): string | undefined {
  const status = readIfThere(`/proc/${pid}/stat`);
  const boot = readIfThere('/proc/sys/kernel/random/boot_id')?.trim();
  // what comes before is the number, and the name in parentheses, which may hold anything
  const [state = 'gone', ...fields] = status?.split(') ').at(-1)?.split(' ') ?? [];
  // a zombie has ended, and its parent has not asked how
  if (['gone', 'Z', 'X'].includes(state)) return undefined;
  return `${fields[18]}-${boot}`; // clock ticks since that boot
}

function isThere(pid: number): boolean {
  try {
    return process.kill(pid, 0);
  } catch (error) {
    return (error as NodeJS.ErrnoException).code === 'EPERM'; // it is somebody else's
  }
}
