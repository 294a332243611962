import { brand } from './internal/brand.js';

/**
 * Why a run was stopped: the reason of its `signal`, and of its teardown's context.
 *
 * There is one for the whole stop, shared by all members that are stopped with it. Its `name` is `'AbortError'`, so that
 * whatever knows how to be aborted knows this too; a promise that rejects with it has stopped cleanly.
 *
 * @example
 * ```ts
 * import { runner, type StopError } from 'rx-runner';
 *
 * const worker = runner({
 *   run: ({ signal }) => new Promise((_, reject) => {
 *     signal.addEventListener('abort', () => reject(signal.reason), { once: true });
 *   }),
 *   teardown: ({ reason }: { reason: StopError }) => console.log(reason.message, reason.by),
 * });
 * ```
 * @public
 */
export class StopError extends Error {
  /** Path of the member whose end caused the stop; absent when it came from outside. */
  declare readonly by?: readonly string[];

  constructor(options: { readonly by?: readonly string[]; readonly cause?: unknown } = {}) {
    const { by, cause } = options;
    const failed = cause !== undefined;
    const because = by?.length ? `, because ${by.join('/')} ${failed ? 'failed' : 'ended'}` : '';
    super(`stopped${because}`, failed ? { cause } : {});
    if (by?.length) this.by = by;
  }

  static {
    brand(this, 'AbortError');
  }
}
