import { isBranded } from './brand.js';
import { noop } from './rxjs.js';

/** A promise, and what settles it. */
export interface Deferred {
  readonly promise: Promise<void>;
  readonly resolve: () => void;
  readonly reject: (error: unknown) => void;
}

export function deferred(): Deferred {
  let resolve!: () => void;
  let reject!: (error: unknown) => void;
  const promise = new Promise<void>((...settle) => ([resolve, reject] = settle));
  return { promise, resolve, reject };
}

/** From here on nobody need handle its rejection. */
export function quiet(promise: Promise<unknown>): void {
  promise.catch(noop);
}

/**
 * That a run was stopped need not be handled where the promise is followed without a handler for rejections either, as in
 * `void run.ready.then(announce)`; any other rejection has to be, there.
 */
export function quietWhenStopped(promise: Promise<unknown>): void {
  const then: Promise<unknown>['then'] = promise.then.bind(promise);
  const followed: typeof then = (fulfilled, rejected) => {
    const next = then(fulfilled, rejected);
    if (rejected) return next;
    void then(undefined, (reason) => {
      if (isBranded(reason, 'AbortError')) quiet(next);
    });
    quietWhenStopped(next);
    return next;
  };
  Reflect.defineProperty(promise, 'then', { value: followed });
}
