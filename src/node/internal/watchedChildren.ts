import type { ChildProcess } from 'node:child_process';
import { signalGroup } from './processGroup.js';

/** The children whose groups may have somebody left, each with whom to tell of a broken standard output. */
const children = new Map<ChildProcess, (error: Error) => void>();

/**
 * Keeps a child from outliving this process, where that can be: in a group of its own it hears of no Ctrl-C, and of
 * nothing else either that ends its parent. However many children there are, the process has one listener for each event.
 *
 * @returns what ends that
 */
export function watchChild(child: ChildProcess, outputBroken: (error: Error) => void): () => void {
  if (!children.size) {
    process.on('exit', killAll);
    process.stdout.on('error', tellAll);
  }
  children.set(child, outputBroken);
  return () => {
    if (!children.delete(child) || children.size) return;
    process.off('exit', killAll);
    process.stdout.off('error', tellAll);
  };
}

/** The last that can be done, by a forced end or an uncaught error. */
function killAll(): void {
  for (const child of children.keys()) signalGroup(child, 'SIGKILL');
}

/** Nobody reads what this process says any more: unheard, that would end it on the spot. Who listens to it, decides. */
function tellAll(error: Error): void {
  if (process.stdout.listenerCount('error') > 1) return;
  for (const outputBroken of children.values()) outputBroken(error);
}
