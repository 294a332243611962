import { ForeseenError } from './ForeseenError.js';

/** An error that says what to do, where the cause is that a server cannot listen; others are left as they are. */
export function listenError(cause: unknown, where: string, portVariable: string): unknown {
  const { syscall = '', code = '' } = cause as NodeJS.ErrnoException;
  if (!['listen', 'getaddrinfo'].includes(syscall)) return cause;
  const advice = ['EADDRINUSE', 'EACCES'].includes(code)
    ? `set ${portVariable} to another port, or to 0 for any free one`
    : 'set HOST to an address of this machine';
  return new ForeseenError(`cannot listen on ${where} (${code}): ${advice}`, { cause });
}
