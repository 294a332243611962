import { type LifecycleEvent } from 'rx-runner';

/** One line: when, who, what. */
export function log(who: string, what: string, at = Date.now()): void {
  console.log(`${new Date(at).toISOString()}  ${who.padEnd(10)}  ${what}`);
}

/** One line for each step in the life of a member. */
export function logEvent({ type, path, at, error }: LifecycleEvent): void {
  log(path.join('/'), error instanceof Error ? `${type}: ${error.message}` : type, at);
}
