import { RunGroupError, type LifecycleEvent } from 'rx-runner';

/** One line: when, who, what. */
export function log(who: string, what: string, at = Date.now()): void {
  console.log(`${new Date(at).toISOString().slice(11, 23)}  ${who.padEnd(9)}  ${what}`);
}

/** One line for each step in the life of a member. */
export function logEvent({ type, path, at, reason, error }: LifecycleEvent): void {
  const how = reason?.cause === undefined ? 'ended' : 'failed';
  const because = reason?.by ? `, because ${reason.by.join('/')} ${how}` : '';
  const message = error === undefined ? '' : `: ${messageOf(error)}`;
  log(path.join('/'), `${type}${because}${message}`, at);
}

/** One line for each thing that went wrong. */
export function logFailures(error: unknown): void {
  const failures = error instanceof RunGroupError ? error.failures : [{ path: ['program'], phase: 'run', error }];
  for (const { path, phase, error: failure } of failures) {
    log('program', `${path.join('/')} failed (${phase}): ${messageOf(failure)}`);
  }
}

function messageOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}
