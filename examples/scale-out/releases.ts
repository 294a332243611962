import { type KV } from 'nats';
import { runner } from 'rx-runner';
import { type Observable } from 'rxjs';
import { key } from './Lease.js';

/** Emits each time a leader has given its lease up. */
export function releases(bucket: KV): Observable<string> {
  return runner(async function* ({ signal }) {
    const entries = await bucket.watch({ key });
    // its iterator waits for the next entry, and does not end before it is told to
    signal.addEventListener('abort', () => entries.stop(), { once: true });
    if (signal.aborted) entries.stop();
    for await (const { operation } of entries) {
      if (operation === 'DEL') yield operation;
    }
  });
}
