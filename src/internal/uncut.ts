import type { Subscriber } from 'rxjs';
import type { RunContext } from '../types.js';
import { isCleanStop } from './abortable.js';
import { registerTeardown, type Report } from './ambient.js';
import { failureOf, phaseOf, thrown } from './failures.js';

/** The end of work that nothing can cut off. */
export interface End {
  /** Whether the subscriber has gone, so that its scope waits, or is about to. */
  isAwaited(): boolean;
  complete(): void;
  fail(error: unknown): void;
  /** Something else goes on in its place, which can be stopped. */
  passOn(): void;
}

/**
 * Follows work that a stop does not cut off: its end is told to the subscriber, or, when that has been unsubscribed meanwhile,
 * to the scope, which waits for it.
 */
export function uncut(subscriber: Subscriber<unknown>, context: RunContext, stopped?: () => void): End {
  let ended = false;
  let report: Report | undefined;
  subscriber.add(() => {
    if (ended) return;
    report = registerTeardown();
    stopped?.();
  });
  const passOn = (): void => {
    ended = true;
  };
  return {
    isAwaited: () => subscriber.closed,
    complete() {
      passOn();
      if (report) report();
      else subscriber.complete();
    },
    fail(error) {
      passOn();
      // without a report, though it is closed: within the abort of the signal, before anything was registered
      if (report) tellRun(report, context, error);
      else failRun(subscriber, context, error);
    },
    passOn,
  };
}

/** Tells of an error of a run; where the subscriber has gone, RxJS would swallow it. */
export function failRun(subscriber: Subscriber<unknown>, context: RunContext, error: unknown): void {
  if (!subscriber.closed) subscriber.error(error);
  else tellRun(registerTeardown(), context, error);
}

/** Tells of what came out of `subscribe`: what finalizers of a source threw that had ended, or was left, by then. */
export function failFinalizers(error: unknown): void {
  const report = registerTeardown();
  for (const each of thrown(error)) report(failureOf(each));
  report();
}

/** Tells whoever waits what a run has failed with that had been stopped. */
export function tellRun(report: Report, context: RunContext, error: unknown): void {
  // it is of the same phase as before the stop, unless it is but the echo of that
  if (!isCleanStop(context, error)) report(failureOf(error, phaseOf(error)));
  report();
}
