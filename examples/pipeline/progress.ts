import { type LifecycleEvent } from 'rx-runner';
import { distinctUntilChanged, map, of, scan, switchMap, timer, type Observable } from 'rxjs';

type Waiting = ReadonlyMap<string, { readonly to: string; readonly since: number }>;

/**
 * Once a second: who has taken longer than that to start or to stop; an empty text when it is over. Where each text is a line of
 * its own (`isReplaced` is false), after one second, and then every ten.
 */
export function progress(lifecycle: Observable<LifecycleEvent>, isReplaced: boolean): Observable<string> {
  // No operator that waits by itself, as throttleTime does: its timer would keep the program alive after its end.
  const texts = isReplaced ? timer(0, 1000) : timer(1000, 10_000);
  return lifecycle.pipe(
    scan(followed, new Map() as Waiting),
    switchMap((waiting) => (waiting.size ? texts.pipe(map(() => sentence(waiting))) : of(''))),
    distinctUntilChanged(),
  );
}

function followed(waiting: Waiting, { path, type, at }: LifecycleEvent): Waiting {
  const others = new Map(waiting);
  others.delete(path.join('/'));
  if (type === 'starting') others.set(path.join('/'), { to: 'start', since: at });
  if (type === 'stopping') others.set(path.join('/'), { to: 'stop', since: at });
  return others;
}

function sentence(waiting: Waiting): string {
  const late = Array.from(waiting, ([name, { to, since }]) => ({
    name,
    to,
    seconds: Math.floor((Date.now() - since) / 1000),
  }))
    .filter(({ seconds }) => seconds > 0)
    .map(({ name, to, seconds }) => `${name} to ${to}, ${seconds} s`);
  return late.length ? `waiting for ${late.join('; ')}` : '';
}
