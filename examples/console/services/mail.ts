import { open } from 'node:fs/promises';
import { runner, withResource } from 'rx-runner';
import { concatMap, tap, type Observable } from 'rxjs';
import { MailQueue } from './MailQueue.js';

/** Delivers letters to a mailbox, one after the other. Stopped, it takes no more, but delivers those that it has. */
export function mail(letters: Observable<string>, mailbox: string): Observable<string> {
  return withResource({
    name: 'mail',
    acquire: async () => new MailQueue(await open(mailbox, 'a')),
    use(queue, { ready }) {
      ready();
      return letters.pipe(
        tap((letter) => queue.add(letter)),
        // A runner, so that the delivery that is under way at the stop has ended before the others go on.
        concatMap(() => runner(() => queue.deliverNext())),
      );
    },
    async release(queue) {
      try {
        while (queue.waiting > 0) await queue.deliverNext();
      } finally {
        await queue.close();
      }
    },
  });
}
