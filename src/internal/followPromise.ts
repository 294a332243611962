import type { Child } from './child.js';

/** Hands over what a promise brings, within the scope of the child that waits for it, or fails as it does. */
export function followPromise(child: Child, promise: PromiseLike<unknown>, bring: (value: unknown) => void): void {
  promise.then(
    (value) => {
      child.call({
        subscribe() {
          bring(value);
        },
      });
    },
    (error: unknown) => {
      child.error(error);
    },
  );
}
