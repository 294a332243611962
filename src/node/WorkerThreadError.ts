/**
 * A worker thread ended with an exit code other than 0.
 *
 * @example
 * ```ts
 * import { workerThread, WorkerThreadError } from 'rx-runner/node';
 *
 * workerThread('process.exit(3)', { eval: true }).subscribe({
 *   error: (error: unknown) => {
 *     if (error instanceof WorkerThreadError) console.error(error.exitCode); // 3
 *   },
 * });
 * ```
 * @public
 */
export class WorkerThreadError extends Error {
  /** The code that it exited with; never 0. */
  declare readonly exitCode: number;

  constructor(exitCode: number) {
    super(`the worker exited with code ${exitCode}`);
    this.exitCode = exitCode;
  }

  // not a property of its own: that would be printed with every error
  override get name(): string {
    return 'WorkerThreadError';
  }
}
