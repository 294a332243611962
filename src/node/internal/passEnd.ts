import type { Subscriber } from 'rxjs';

/** Ends the subscriber as a promise ends; returns what tells whether that has been passed on, or nobody heard of it. */
export function passEnd(ended: Promise<unknown>, subscriber: Subscriber<never>): () => boolean {
  let isKnown = false;
  const know = (): void => {
    isKnown = !subscriber.closed;
  };
  ended.then(
    () => {
      know();
      subscriber.complete();
    },
    (error: unknown) => {
      know();
      subscriber.error(error);
    },
  );
  return () => isKnown;
}
