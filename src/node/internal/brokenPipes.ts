import { carefully } from '../../internal/carefully.js';

/** Whether nobody reads what was written: the reader of a pipe has ended, or a terminal is gone. */
export function isBrokenPipe(error: unknown): boolean {
  const code = carefully(() => (Object(error) as { code?: unknown }).code, undefined);
  return code === 'EPIPE' || code === 'EIO';
}

/**
 * From here on a program that is ending need not care that nobody reads its output: every further line would throw
 * again, also after its run, when nobody is there any more to ignore it.
 */
export function ignoreBrokenPipes(): void {
  for (const output of [process.stdout, process.stderr])
    output.off('error', throwUnlessBroken).on('error', throwUnlessBroken);
}

function throwUnlessBroken(error: Error): void {
  if (!isBrokenPipe(error)) throw error;
}
