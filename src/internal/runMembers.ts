import type { Subscriber } from 'rxjs';
import type { GroupOptions } from '../types.js';
import type { Child } from './child.js';
import { onAbort } from './onAbort.js';
import { memberSource } from './memberSource.js';
import { Owner, type OwnerOptions } from './owner.js';

/** One run of a group; `bring` hands it its members, through the stream or one by one. */
export function runMembers<T>(
  subscriber: Subscriber<T>,
  options: GroupOptions,
  bring: (stream: Child<T>, group: Owner<T>) => void,
  newGroup = (all: OwnerOptions): Owner<T> => new Owner<T>(subscriber, all, memberSource),
): void {
  const { errors = 'all', signal } = options;
  const group = newGroup({ ...options, errors });
  const stream = group.child('source', (member) => {
    group.add(member);
  });
  if (signal?.aborted) group.close({ cause: signal.reason });
  else if (signal)
    subscriber.add(
      onAbort(signal, (cause) => {
        group.stop({ cause });
      }),
    );
  bring(stream, group);
}
