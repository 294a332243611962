import { runner } from 'rx-runner';
import { exhaustMap, switchMap, timer, type Observable } from 'rxjs';

/** Looks every second whether an address still answers. Emits how long that took. */
export function poller(url: Observable<string>): Observable<string> {
  return url.pipe(
    switchMap((address) =>
      // a poll that is under way at the stop is aborted, and waited for
      timer(0, 1000).pipe(exhaustMap(() => runner(({ signal }) => poll(address, signal)))),
    ),
  );
}

async function poll(address: string, signal: AbortSignal): Promise<string> {
  const began = performance.now();
  const response = await fetch(address, { signal });
  await response.arrayBuffer();
  if (!response.ok) throw new Error(`${address} answered ${response.status}`);
  return `answered in ${(performance.now() - began).toFixed(1)} ms`;
}
