import type { Subscriber } from 'rxjs';
import type { Group } from './group.js';
import type { Member } from './member.js';
import { onAbort } from './onAbort.js';

/** One run of a group; `bring` hands it its members, through the stream or one by one. */
export function runMembers(
  subscriber: Subscriber<never>,
  group: Group,
  signal: AbortSignal | undefined,
  bring: (stream: Member) => void,
): void {
  subscriber.add(group);
  const stream = group.child((member) => {
    group.add(member);
  }, 'source');
  if (signal?.aborted) group.close({ cause: signal.reason });
  else if (signal)
    subscriber.add(
      onAbort(signal, (cause) => {
        group.stop({ cause });
      }),
    );
  bring(stream);
}
