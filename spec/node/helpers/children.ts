import { execFileSync } from 'node:child_process';
import { EventEmitter, once } from 'node:events';
import { setTimeout as delay } from 'node:timers/promises';
import type { Observable } from 'rxjs';
import { start, type LifecycleEvent, type Run } from '../../../src/index.js';

/** How long a condition may take to come true. */
const patience = 20_000;

/** What a source that runs has brought so far. */
export interface Watched<T> {
  readonly run: Run;
  readonly values: readonly T[];
  /** The events of its groups: `ready api`. */
  readonly events: readonly string[];
  /** Waits for a value, or an event, that has come or will. */
  seen(isIt: (value: T) => boolean): Promise<T>;
  event(event: string): Promise<void>;
  /** Waits for its end, and returns what it failed with. */
  failure(): Promise<unknown>;
}

/** Starts a source, and keeps what comes. */
export function watch<T>(source: Observable<T>): Watched<T> {
  const values: T[] = [];
  const events: string[] = [];
  const changes = new EventEmitter();
  const lifecycle = {
    next({ type, path }: LifecycleEvent): void {
      events.push(`${type} ${path.join('/')}`);
      changes.emit('change');
    },
  };
  const run = start(
    source,
    {
      next: (value) => {
        values.push(value);
        changes.emit('change');
      },
      error: () => changes.emit('change'),
      complete: () => changes.emit('change'),
    },
    { lifecycle },
  );
  const found = async <V>(what: string, find: () => V | undefined): Promise<V> => {
    const signal = AbortSignal.timeout(patience);
    for (;;) {
      const value = find();
      if (value !== undefined) return value;
      if (run.closed) throw new Error(`ended without ${what}: ${JSON.stringify({ values, events })}`);
      await once(changes, 'change', { signal });
    }
  };
  return {
    run,
    values,
    events,
    seen: (isIt) => found(`the value ${String(isIt)}`, () => values.find(isIt)),
    event: async (event) => {
      await found(event, () => (events.includes(event) ? event : undefined));
    },
    failure: () =>
      run.done.then(
        () => undefined,
        (error: unknown) => error,
      ),
  };
}

/** Waits until something is so that nothing tells of. */
export async function until(what: string, isSo: () => boolean): Promise<void> {
  const end = Date.now() + patience;
  while (!isSo()) {
    if (Date.now() > end) throw new Error(`waited in vain until ${what}`);
    await delay(10);
  }
}

/** Who is alive in a process group: a zombie is not. */
export function aliveIn(group: number): readonly string[] {
  return alive().filter((line) => Number(/\d+/.exec(line)) === group);
}

/** Who is alive that has this in its command line. */
export function aliveWith(text: string): readonly string[] {
  return alive().filter((line) => line.includes(text));
}

/** As lines: group, state, process, command. */
function alive(): readonly string[] {
  return execFileSync('ps', ['-A', '-o', 'pgid=,stat=,pid=,args='], { encoding: 'utf8' })
    .split('\n')
    .filter((line) => !/^ *\d+ +Z/.test(line));
}

/** Whether there is such a process, or, with its negative number, such a group. */
export function isAlive(pid: number): boolean {
  try {
    return process.kill(pid, 0);
  } catch {
    return false;
  }
}
