import type { MainExitCode } from '../mainOptions.js';
import { checkInteger } from './check.js';
import { where } from './mainSettings.js';
import { signalNumbers } from './signalNumbers.js';

/** The exit code after a signal has stopped the program, and nothing has failed. */
export function exitCodeAfter(signal: string, policy: MainExitCode): number {
  const interrupted = 128 + Number(signalNumbers[signal]);
  if (typeof policy === 'function') {
    const code = policy(signal);
    checkInteger(where, "what 'exitCode' returns", code, 255);
    return code;
  }
  // a shell goes on after `a && b` unless `a` says that it was interrupted; everybody else wants to know that it went well
  if (policy === 'zero' || (policy === 'auto' && signal !== 'SIGINT')) return 0;
  if (policy === 'kill') killAtExit(signal, interrupted);
  return interrupted;
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
