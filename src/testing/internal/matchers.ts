import { catchError, from, lastValueFrom, map, noop, of, timeout, type ObservableInput } from 'rxjs';
import { start, type Failure, type FailurePhase, type Run } from '../../index.js';
import { carefully } from '../../internal/carefully.js';
import { check } from './check.js';
import { inspect } from './inspect.js';
import { isEqual } from './isEqual.js';

/**
 * The matchers of `rx-runner/testing/jest` and `rx-runner/testing/vitest`.
 *
 * @public
 */
export interface LifecycleMatchers {
  /**
   * Of a source: it is started, and stopped as soon as it is ready. Of a `Run`: it is stopped. It has to end without a failure.
   */
  toStopCleanly(options?: StopOptions): Promise<void>;
  /** Of a source, which is started, or a `Run`: it has to end with a failure like this, alone or among others. */
  toFailWith(failure: ExpectedFailure): Promise<void>;
}

/**
 * The options of `toStopCleanly`.
 *
 * @public
 */
export interface StopOptions {
  /** Milliseconds until a source is stopped that does not become ready; default 100. */
  readonly after?: number;
  /** Milliseconds that stopping may take; default 4000. */
  readonly within?: number;
}

/**
 * A failure, as far as it matters.
 *
 * @public
 */
export interface ExpectedFailure {
  /** The names on the way to the member; empty for a failure that is no member's. Default: anywhere. */
  readonly path?: readonly string[];
  /** In which part of the member's life. Default: in any. */
  readonly phase?: FailurePhase;
  /**
   * The error: as `toThrow` has it a part of its message, a pattern, or a class; else a value that equals it. Default:
   * any.
   */
  readonly error?: unknown;
  /** Milliseconds until it has failed; default 4000. */
  readonly within?: number;
}

/** What a test framework's `expect.extend` takes back. */
export interface MatcherResult {
  readonly pass: boolean;
  readonly message: () => string;
}

type Outcome = 'ended' | 'late' | { readonly error: unknown };

/** Less than the time that a test has by default, so that it is told what it was. */
const patience = 4_000;

export async function toStopCleanly(received: unknown, options: StopOptions = {}): Promise<MatcherResult> {
  const { after = 100, within = patience } = options;
  checkTime('toStopCleanly', 'after', after);
  checkTime('toStopCleanly', 'within', within);
  const run = runOf(received);
  if (run !== received) await outcomeOf(run.ready, after);
  const outcome = await outcomeOf(run.stop(), within);
  if (outcome === 'ended') return result(true, 'the run not to stop cleanly', 'it did');
  const what = outcome === 'late' ? still('stopping', run, within) : failed(outcome.error);
  return result(false, 'the run to stop cleanly', what);
}

export async function toFailWith(received: unknown, expected: ExpectedFailure): Promise<MatcherResult> {
  check(typeof (expected as unknown) === 'object', 'toFailWith', 'the failure', '{ path, phase, error }', expected);
  const { within = patience, ...failure } = expected;
  checkTime('toFailWith', 'within', within);
  const run = runOf(received);
  const outcome = await outcomeOf(run.done, within);
  if (outcome === 'late' && run !== received) await outcomeOf(run.stop(), within);
  const failures = typeof outcome === 'object' ? failuresOf(outcome.error) : [];
  const pass = failures.some((each) => isLike(each, failure));
  const what =
    outcome === 'ended'
      ? 'it ended without a failure'
      : outcome === 'late'
        ? still('running', run, within)
        : failed(outcome.error);
  return result(pass, `the run ${pass ? 'not ' : ''}to fail with ${inspect(failure)}`, what);
}

/** A run is taken as it is, anything else is started. */
function runOf(received: unknown): Run {
  const { done, stop } = (received ?? {}) as Partial<Run>;
  if (done && typeof stop === 'function') return received as Run;
  return start(received as ObservableInput<unknown>, { error: noop });
}

async function outcomeOf(promise: Promise<void>, within: number): Promise<Outcome> {
  return lastValueFrom(
    from(promise).pipe(
      map((): Outcome => 'ended'),
      catchError((error: unknown) => of<Outcome>({ error })),
      timeout({ first: within, with: () => of<Outcome>('late') }),
    ),
    { defaultValue: 'ended' },
  );
}

function checkTime(where: string, option: string, value: unknown): void {
  check(typeof value === 'number' && value >= 0, where, `'${option}'`, 'milliseconds, 0 or more', value);
}

/** The failures of a group; outside one there is only an error. */
function failuresOf(error: unknown): readonly Partial<Failure>[] {
  const failures = carefully(() => (error as { readonly failures?: readonly Failure[] }).failures, undefined);
  return failures ?? [{ path: [], error }];
}

function isLike(failure: Partial<Failure>, { path, phase, error }: ExpectedFailure): boolean {
  return (
    (path === undefined || isEqual(failure.path, path)) &&
    (phase === undefined || failure.phase === phase) &&
    (error === undefined || carefully(() => isLikeError(failure.error, error), false))
  );
}

function isLikeError(error: unknown, expected: unknown): boolean {
  const message = error instanceof Error ? error.message : String(error);
  if (typeof expected === 'string') return message.includes(expected);
  if (expected instanceof RegExp) return expected.test(message);
  return typeof expected === 'function' ? error instanceof expected : isEqual(error, expected);
}

function result(pass: boolean, expected: string, what: string): MatcherResult {
  return { pass, message: () => `expected ${expected}, but ${what}` };
}

function still(doing: string, run: Run, within: number): string {
  const members = doing === 'stopping' ? run.report().stopping : [];
  const names = members.length > 0 ? `: ${members.join(', ')}` : '';
  return `after ${String(within)} ms it was still ${doing}${names}`;
}

function failed(error: unknown): string {
  const lines = failuresOf(error).map(({ path = [], phase, error: cause }) => {
    const where = [path.join('/'), phase && `(${phase})`].filter(Boolean).join(' ');
    return `  ${where && `${where}: `}${inspect(cause)}`;
  });
  return ['it failed:', '', ...lines].join('\n');
}
