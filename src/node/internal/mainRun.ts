import type { Observable, ObservableInput } from 'rxjs';
import { carefully } from '../../internal/carefully.js';
import type { MainOptions } from '../mainOptions.js';
import type { Failure, RunFunction } from '../../index.js';
import { ignoreBrokenPipes, isBrokenPipe } from './brokenPipes.js';
import { checkObject, longest } from './check.js';
import { describeFailure } from './describeFailure.js';
import { exitCodeAfter } from './exitCodeAfter.js';
import { failuresOf } from './failuresOf.js';
import { laggards } from './laggards.js';
import { checkMain, defaultSignals, stderrLogger, where } from './mainSettings.js';
import {
  from,
  fromEvent,
  interrupt,
  nextTurn,
  RunGroupError,
  runner,
  start,
  stopWhen,
  Subject,
  timer,
} from './imports.js';

/** One run of a program, from its start to the exit code: settles as the run ended, when all has been told. */
export function mainRun(input: ObservableInput<unknown> | RunFunction, options: MainOptions): Promise<void> {
  checkObject(where, 'the source', 'an ObservableInput or a function', input);
  checkObject(where, 'the options', 'an object', options);
  const {
    signals = defaultSignals(process.platform),
    grace = 10_000,
    exitCode = 'auto',
    logger = stderrLogger,
    debounce = 500,
  } = options;
  checkMain(signals, grace, exitCode, logger, debounce);
  const source = typeof input === 'function' ? runner(input) : from(input);
  // what lasts as long as the run: listeners, timers, and one that holds the event loop open
  const meanwhile = timer(longest, longest).subscribe();
  const stop = new AbortController();
  const deadline = new Subject<void>();
  const uncaught: Failure[] = [];
  let stoppedBy: string | undefined;
  let isEcho = true;
  let insists: string | undefined;
  let signalsForce = false;
  let isForced = false;

  const log = (level: 'info' | 'error', line: string): void => {
    try {
      logger[level](line);
    } catch (error: unknown) {
      stderrLogger[level](line);
      stderrLogger.error(describeFailure({ path: ['logger'], phase: 'run', error }));
    }
  };
  const tell = (failure: Failure): void => {
    log('error', describeFailure(failure));
  };
  const force = (how: string): void => {
    if (isForced || run.closed) return;
    isForced = true;
    // before the teardowns are told that they are given up
    log('error', `forced ${how}, still stopping: ${laggards(run.report())}`);
    deadline.next();
  };
  const stopBecause = (cause: unknown): void => {
    if (stop.signal.aborted) return;
    after(grace / 2, () => {
      log('info', `still stopping after ${grace / 2} ms: ${laggards(run.report())}`);
    });
    after(grace, () => {
      force(`after ${grace} ms`);
    });
    stop.abort(cause);
  };
  const onUncaught = (error: unknown, ...path: string[]): void => {
    // with `--unhandled-rejections=strict` Node tells of a rejection twice
    if (uncaught.some((known) => known.error === error)) return;
    // whoever read the output may have been ended by the same Ctrl-C: that nobody reads on is no failure of the stop
    if (stop.signal.aborted && isBrokenPipe(error)) {
      ignoreBrokenPipes();
      return;
    }
    const failure: Failure = { path, phase: 'run', error };
    uncaught.push(failure);
    // told at once: the program is in an unknown state, and may not come to its end
    tell(failure);
    stopBecause(error);
  };
  const follow = <T>(events: Observable<T>, next: (value: T) => void): void => {
    meanwhile.add(events.subscribe({ next, error: onUncaught }));
  };
  const after = (milliseconds: number, then: () => void): void => {
    if (milliseconds <= longest) follow(timer(milliseconds), then);
  };
  const onSignal = (signal: string): void => {
    if (signalsForce) force(`by ${signal}`);
    else if (!isEcho) insists ??= signal;
    if (stoppedBy) return;
    stoppedBy = signal;
    // what comes in the first half is the same wish once more; later somebody insists, and is heard at the end
    after(debounce / 2, () => (isEcho = false));
    after(debounce, () => {
      signalsForce = true;
      if (insists) force(`by ${insists}`);
    });
    // Not at once: an `interrupt()` in the program hears of this very signal too, and is to emit it, not to be stopped.
    process.nextTick(() => {
      log('info', `${signal}: stopping`);
      stopBecause(signal);
    });
  };
  // Made of interrupts, so that it shares their listeners, and their debounce, with those that are members of the program.
  const listenTo = (signal: string): void => {
    follow(interrupt({ signals: [signal], debounce: debounce / 2 }), () => {
      // before this one completes: without a gap in which the signal would kill
      listenTo(signal);
      onSignal(signal);
    });
  };

  for (const origin of ['uncaughtException', 'unhandledRejection']) {
    follow(fromEvent(process, origin) as Observable<unknown[]>, ([error]) => {
      onUncaught(error, origin);
    });
  }
  signals.forEach(listenTo);
  const run = start(source.pipe(stopWhen(stop.signal, { grace: deadline })));

  const end = async (): Promise<void> => {
    let outcome: unknown;
    let failures: readonly Failure[] = [];
    try {
      await run.done;
    } catch (error: unknown) {
      outcome = error;
      failures = failuresOf(error);
    }
    for (const failure of failures) {
      const name = carefully(() => (Object(failure.error) as Error).name, '');
      // the line that told of the forced end has told who was late, by name
      if (!isForced || failure.path.length || name !== 'GraceExceededError') tell(failure);
    }
    // what the last steps of the teardowns have broken, a pipe that is gone, say, comes up a moment later
    if (!isForced) await nextTurn();
    meanwhile.unsubscribe();
    if (uncaught.length) outcome = new RunGroupError([...uncaught, ...failures]);
    else if (!failures.length && !isForced) {
      try {
        const code = stoppedBy && exitCodeAfter(stoppedBy, exitCode);
        // whatever set it before, as another run that failed, has said what it is
        if (code) process.exitCode ??= code;
        return;
      } catch (error: unknown) {
        outcome = error;
        tell({ path: ['exitCode'], phase: 'run', error });
      }
    }
    process.exitCode = 1;
    if (isForced) process.exit();
    throw outcome;
  };
  return end();
}
