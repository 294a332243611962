import { writeSync } from 'node:fs';
import { constants } from 'node:os';
import { from, isObservable, type ObservableInput } from 'rxjs';
import { check } from './check.js';
import type { MainExitCode, MainLogger, MainOptions } from '../mainOptions.js';

/** What `runMain` was told, completed by the defaults. */
export interface MainSettings {
  readonly signals: readonly string[];
  readonly grace: number;
  readonly exitCode: MainExitCode;
  readonly logger: MainLogger;
  readonly debounce: number;
}

/** All to stderr: stdout belongs to the program. */
export const stderrLogger: MainLogger = { info: writeLine, error: writeLine };

/** Written before it returns, so that a forced end cuts nothing off; and `process.stderr` takes its time to be made. */
function writeLine(line: string): void {
  let rest = Buffer.from(`rx-runner: ${line}\n`);
  try {
    while (rest.length) rest = rest.subarray(writeSync(2, rest));
  } catch {
    // nobody reads it, or not fast enough: that is for the stream to wait for, or to tell
    process.stderr.write(rest);
  }
}

const where = 'runMain';

/** Checks what `runMain` was told, where it was told. */
export function mainSettings(source: ObservableInput<unknown>, options: MainOptions): MainSettings {
  check(isInput(source), where, 'the source', 'an ObservableInput', source);
  check(Object(options) === options, where, 'the options', 'an object', options);
  const {
    signals = defaultSignals(process.platform),
    grace = 10_000,
    exitCode = 'auto',
    logger = stderrLogger,
    debounce = 500,
  } = options;
  check(
    Array.isArray(signals) && signals.every(canBeListenedTo),
    where,
    "'signals'",
    'names of signals that can be listened to',
    signals,
  );
  check(isPeriod(grace), where, "'grace'", '0 or more', grace);
  check(
    typeof exitCode === 'function' || ['auto', 'zero', 'signal', 'kill'].includes(exitCode),
    where,
    "'exitCode'",
    "'auto', 'zero', 'signal', 'kill' or a function",
    exitCode,
  );
  check(isLogger(logger), where, "'logger'", 'an object with `info` and `error`', logger);
  check(isPeriod(debounce), where, "'debounce'", '0 or more', debounce);
  return { signals, grace, exitCode, logger, debounce };
}

/** The signals that ask a program to end, on this platform. */
export function defaultSignals(platform: string): readonly string[] {
  return platform === 'win32' ? ['SIGINT', 'SIGBREAK', 'SIGHUP'] : ['SIGINT', 'SIGTERM', 'SIGHUP'];
}

function canBeListenedTo(name: unknown): boolean {
  return Object.hasOwn(constants.signals, name as string) && name !== 'SIGKILL' && name !== 'SIGSTOP';
}

function isPeriod(value: unknown): boolean {
  return typeof value === 'number' && value >= 0;
}

function isLogger(value: unknown): boolean {
  const { info, error } = (value ?? {}) as Partial<MainLogger>;
  return typeof info === 'function' && typeof error === 'function';
}

/** Not a string, though it is iterable: nobody means its characters. */
function isInput(source: unknown): boolean {
  try {
    return typeof source !== 'string' && isObservable(from(source as ObservableInput<unknown>));
  } catch {
    return false;
  }
}
