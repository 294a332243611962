import { constants } from 'node:os';
import type { MainExitCode } from '../mainOptions.js';

/** The exit code after a signal has stopped the program, and nothing has failed. */
export function exitCodeAfter(signal: string, policy: MainExitCode): number {
  if (typeof policy === 'function') return checked(policy(signal));
  const interrupted = 128 + constants.signals[signal as NodeJS.Signals];
  if (policy === 'kill') killAtExit(signal, interrupted);
  // a shell goes on after `a && b` unless `a` says that it was interrupted; everybody else wants to know that it went well
  const isFailure = policy === 'auto' ? signal === 'SIGINT' : policy !== 'zero';
  return isFailure ? interrupted : 0;
}

function checked(code: unknown): number {
  if (Number.isInteger(code) && (code as number) >= 0 && (code as number) <= 255) return code as number;
  throw new TypeError(`runMain: 'exitCode' must return an exit code (0 to 255), got ${String(code)}`);
}

/**
 * Dies of the signal when there is nothing left to do, unless something has failed since. As the first process of a
 * container it does not die of it: it ends with the exit code.
 */
function killAtExit(signal: string, code: number): void {
  process.once('exit', (ending) => {
    if (ending !== code) return;
    process.removeAllListeners(signal);
    process.kill(process.pid, signal);
  });
}
