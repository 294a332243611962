import { type LifecycleEvent } from 'rx-runner';
import { distinctUntilChanged, filter, map, of, scan, switchMap, throttleTime, timer, type Observable } from 'rxjs';

type Waiting = ReadonlyMap<string, { readonly to: string; readonly since: number }>;

/**
 * Once a second: who has taken longer than that to start or to stop; an empty text when it is over. Where each text is a line of
 * its own (`isReplaced` is false), only every ten seconds.
 */
export function progress(lifecycle: Observable<LifecycleEvent>, isReplaced: boolean): Observable<string> {
  const texts = lifecycle.pipe(
    scan(followed, new Map() as Waiting),
    switchMap((waiting) => (waiting.size ? timer(0, 1000).pipe(map(() => sentence(waiting))) : of(''))),
    distinctUntilChanged(),
  );
  return isReplaced ? texts : texts.pipe(filter(Boolean), throttleTime(10_000));
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
