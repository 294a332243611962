import { setImmediate } from 'node:timers';
import {
  from,
  interval,
  map,
  merge,
  NEVER,
  ReplaySubject,
  take,
  tap,
  timer,
  type Observable,
  type ObservableInput,
} from 'rxjs';
import { RunGroupError, start, stopWhen, type Failure, type Run } from '../../index.js';
import { ignoreBrokenPipes, isBrokenPipe } from './brokenPipes.js';
import { describeFailure } from './describeFailure.js';
import { exitCodeAfter } from './exitCodeAfter.js';
import { failuresOf } from './failuresOf.js';
import { laggards } from './laggards.js';
import { stderrLogger, type MainSettings } from './mainSettings.js';
import { signalsOf } from './signalsOf.js';
import { uncaughtErrors } from './uncaughtErrors.js';

/** As long as a timer can be set for; longer ones fire at once. */
const longest = 2 ** 31 - 1;

/** One run of a program, from its start to the exit code. */
export class MainRun {
  /** Settles as the run ended, when all has been told and the exit code is set. */
  readonly ended: Promise<void>;
  readonly #settings: MainSettings;
  readonly #run: Run;
  readonly #stop = new AbortController();
  // replayed: whoever forces need not know whether the deadline is being waited for already
  readonly #forcedBy = new ReplaySubject<string>(1);
  /** What lasts as long as the run: listeners, timers, and one that holds the event loop open. */
  readonly #meanwhile = interval(longest).subscribe();
  readonly #uncaught: Failure[] = [];
  #signal: string | undefined = undefined;
  #signalsForce = false;
  #forced = false;

  constructor(source: ObservableInput<unknown>, settings: MainSettings) {
    const { signals, debounce, grace } = settings;
    this.#settings = settings;
    this.#follow(uncaughtErrors(), (failure) => this.#onUncaught(failure));
    this.#follow(signalsOf(signals, debounce), (signal) => this.#onSignal(signal));
    this.#run = start(from(source).pipe(stopWhen(this.#stop.signal, { grace: this.#deadline(grace) })));
    this.ended = this.#end();
  }

  /** Subscribes for as long as the run lasts. */
  #follow<T>(source: Observable<T>, next: (value: T) => void): void {
    const error = (failure: unknown): void => {
      this.#onUncaught({ path: [], phase: 'run', error: failure });
    };
    this.#meanwhile.add(source.subscribe({ next, error }));
  }

  #onSignal(signal: string): void {
    if (this.#signalsForce) this.#forcedBy.next(`by ${signal}`);
    if (this.#signal) return;
    this.#signal = signal;
    this.#follow(after(this.#settings.debounce), () => (this.#signalsForce = true));
    // Not at once: an `interrupt()` in the program hears of this very signal too, and is to emit it, not to be stopped.
    process.nextTick(() => {
      this.#log('info', `${signal}: stopping`);
      this.#stopBecause(signal);
    });
  }

  #onUncaught(failure: Failure): void {
    // whoever read the output may have been ended by the same Ctrl-C: that nobody reads on is no failure of the stop
    if (this.#stop.signal.aborted && isBrokenPipe(failure.error)) {
      ignoreBrokenPipes();
      return;
    }
    this.#uncaught.push(failure);
    // told at once: the program is in an unknown state, and may not come to its end
    this.#tell(failure);
    this.#stopBecause(failure.error);
  }

  #stopBecause(cause: unknown): void {
    if (this.#stop.signal.aborted) return;
    this.#stop.abort(cause);
    const half = this.#settings.grace / 2;
    this.#follow(after(half), () => {
      this.#log('info', `still stopping after ${half} ms: ${laggards(this.#run.report())}`);
    });
  }

  /** When the teardowns are given up; it says so before they are told. */
  #deadline(grace: number): Observable<unknown> {
    return merge(after(grace).pipe(map(() => `after ${grace} ms`)), this.#forcedBy).pipe(
      take(1),
      tap((how) => {
        this.#forced = true;
        this.#log('error', `forced ${how}, still stopping: ${laggards(this.#run.report())}`);
      }),
    );
  }

  async #end(): Promise<void> {
    let outcome: unknown;
    let failures: readonly Failure[] = [];
    try {
      await this.#run.done;
    } catch (error: unknown) {
      outcome = error;
      failures = failuresOf(error);
    }
    failures.filter((failure) => !this.#isTold(failure)).forEach((failure) => this.#tell(failure));
    // what the last steps of the teardowns have broken, a pipe that is gone, say, comes up a moment later
    if (!this.#forced) await new Promise((resolve) => setImmediate(resolve));
    this.#meanwhile.unsubscribe();
    if (this.#uncaught.length) {
      failures = [...this.#uncaught, ...failures];
      outcome = new RunGroupError(failures);
    }
    if (!failures.length && !this.#forced) {
      this.#endAfter(this.#signal);
      return;
    }
    process.exitCode = 1;
    if (this.#forced) process.exit();
    throw outcome;
  }

  /** Nothing has failed. */
  #endAfter(signal: string | undefined): void {
    if (!signal) return;
    try {
      const code = exitCodeAfter(signal, this.#settings.exitCode);
      // whatever set it before, as another run that failed, has said what it is
      if (code) process.exitCode ??= code;
    } catch (error: unknown) {
      process.exitCode = 1;
      this.#tell({ path: ['exitCode'], phase: 'run', error });
      throw error;
    }
  }

  /** Whether the line that told of the forced end has told it: who was late, by name. */
  #isTold({ path, error }: Failure): boolean {
    return this.#forced && path.length === 0 && (error as Partial<Error> | undefined)?.name === 'GraceExceededError';
  }

  #tell(failure: Failure): void {
    this.#log('error', describeFailure(failure));
  }

  #log(level: 'info' | 'error', line: string): void {
    try {
      this.#settings.logger[level](line);
    } catch (error: unknown) {
      stderrLogger[level](line);
      stderrLogger.error(describeFailure({ path: ['logger'], phase: 'run', error }));
    }
  }
}

function after(milliseconds: number): Observable<unknown> {
  return milliseconds > longest ? NEVER : timer(milliseconds);
}
