import { type LifecycleEvent } from 'rx-runner';
export function log(who: string, what: string): void {
  console.log(`${new Date().toISOString().slice(11, 23)} ${who.padEnd(10)} ${what}`);
}
export function logEvent({ type, path, error }: LifecycleEvent): void {
  log(
    path.join('/'),
    `${type}${error === undefined ? '' : `: ${error instanceof Error ? error.message : String(error)}`}`,
  );
}
