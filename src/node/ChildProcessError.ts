/**
 * A child process came to a bad end, or could not be started at all.
 *
 * @example
 * ```ts
 * import { childProcess, ChildProcessError } from 'rx-runner/node';
 *
 * childProcess('node', ['--eval', 'process.exit(3)']).subscribe({
 *   error: (error: unknown) => {
 *     if (error instanceof ChildProcessError) console.error(error.message, error.exitCode);
 *   },
 * });
 * // 'node' exited with code 3 3
 * ```
 * @public
 */
export class ChildProcessError extends Error {
  /** What was to be run, as it was given. */
  declare readonly command: string;
  /** With which arguments. */
  declare readonly args: readonly string[];
  /** The code it exited with; null if a signal killed it, or it never ran. */
  declare readonly exitCode: number | null;
  /** The signal that killed it; null if it exited by itself, or never ran. */
  declare readonly signal: NodeJS.Signals | null;

  /** How it ended, as Node tells of it; with neither a code nor a signal it was never started, because of `cause`. */
  constructor(end: Pick<ChildProcessError, 'command' | 'args' | 'exitCode' | 'signal'>, cause?: Error) {
    super(`'${end.command}' ${howItEnded(end, cause)}`, cause && { cause });
    Object.assign(this, end);
  }

  // not a property of its own: that would be printed with every error
  override get name(): string {
    return 'ChildProcessError';
  }
}

function howItEnded({ exitCode, signal }: Pick<ChildProcessError, 'exitCode' | 'signal'>, cause?: Error): string {
  if (cause) return `could not be started: ${cause.message}`;
  return signal ? `was killed by ${signal}` : `exited with code ${exitCode}`;
}
