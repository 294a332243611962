import { isSignal, namesOfSignals } from '../../internal/isSignal.js';
import type { MainExitCode, MainLogger } from '../mainOptions.js';
import { check, checkNumber, isFunction } from './check.js';

/** All to stderr: stdout belongs to the program. */
export const stderrLogger: MainLogger = { info: writeLine, error: writeLine };

function writeLine(line: string): void {
  process.stderr.write(`rx-runner: ${line}\n`);
}

export const where = 'runMain';

/** Checks what `runMain` was told, where it was told. */
export function checkMain(
  signals: readonly string[],
  grace: number,
  exitCode: MainExitCode,
  logger: MainLogger,
  debounce: number,
): void {
  check(Array.isArray(signals), where, "'signals'", 'names of signals', signals);
  for (const name of signals) check(isSignal(name), where, "'signals'", namesOfSignals, name);
  checkNumber(where, "'grace'", grace);
  const isPolicy = isFunction(exitCode) || /^(auto|zero|signal|kill)$/.test(String(exitCode));
  check(isPolicy, where, "'exitCode'", "'auto', 'zero', 'signal', 'kill' or a function", exitCode);
  const { info, error } = Object(logger) as MainLogger;
  check(isFunction(info) && isFunction(error), where, "'logger'", 'a logger', logger);
  checkNumber(where, "'debounce'", debounce);
}

/** The signals that ask a program to end, on this platform. */
export function defaultSignals(platform: string): readonly string[] {
  return ['SIGINT', platform === 'win32' ? 'SIGBREAK' : 'SIGTERM', 'SIGHUP'];
}
