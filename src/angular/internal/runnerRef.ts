import {
  afterNextRender,
  computed,
  DestroyRef,
  EnvironmentInjector,
  ErrorHandler,
  PendingTasks,
  signal,
  untracked,
  type Injector,
} from '@angular/core';
import { noop, type ObservableInput } from 'rxjs';
import { start, type LifecycleEvent, type MemberState, type Run } from '../../index.js';
import type { RunnerRef, RunnerRefOptions } from '../types.js';

/** What is to run, and for which params: `undefined` are none. */
interface Job<T> {
  readonly source: ObservableInput<T>;
  readonly params: unknown;
}

/** Says what is to run from now on, in place of what runs now. */
export type Want<T> = (job: Job<T> | undefined) => void;

/** The params of a run that has none to change. */
export const noParams = (): unknown => null;

interface Attempt<T> extends Job<T> {
  /** Missing while it is being started. */
  run?: Run;
  ended?: boolean;
  failure?: { readonly error: unknown };
  /** Somebody knows of the failure, or holds a promise that will tell of it. */
  heard?: boolean;
  /** Ends the pending task that it is while something of it is being torn down. */
  release?: (() => void) | undefined;
}

/**
 * One run after another, never two: the next one begins when the teardown of the one before has settled.
 *
 * `params` says whose value and error may be shown; `follow` is handed the way to say what is to run, and may return what
 * ends that.
 */
export function runnerRef<T>(
  injector: Injector,
  { defaultValue, lifecycle }: RunnerRefOptions<T>,
  params: () => unknown,
  follow: (want: Want<T>) => (() => void) | void,
): RunnerRef<T> {
  const errorHandler = injector.get(ErrorHandler);
  const pendingTasks = injector.get(PendingTasks);
  const environment = injector.get(EnvironmentInjector);
  const application = environment.get(DestroyRef);
  // an object: each `set` tells that something of the attempt has changed
  const shown = signal<{ readonly attempt?: Attempt<T> | undefined }>({});
  const held = signal<{ readonly params?: unknown; readonly value: T }>({ value: defaultValue as T });
  let job: Job<T> | undefined;
  let wanted: Attempt<T> | undefined;
  let current: Attempt<T> | undefined;
  let destroyed = false;
  let unfollow: (() => void) | void = undefined;

  function want(attempt: Attempt<T> | undefined): void {
    wanted = attempt;
    // what it calls may read signals: not for whoever called this
    untracked(reconcile);
  }

  function reconcile(): void {
    if (current === wanted) return;
    // what is being started cannot be stopped yet: `launch` comes here again
    if (current && !current.ended) halt(current).catch(noop);
    else if (wanted) {
      const before = current;
      launch(wanted);
      // nobody can read its failure any more
      tell(before);
    }
  }

  function launch(attempt: Attempt<T>): void {
    current = attempt;
    if (held().params !== attempt.params) held.set({ params: attempt.params, value: defaultValue as T });
    changed();
    const observer = {
      next: (value: T) => held.set({ params: attempt.params, value }),
      error: (error: unknown) => end(attempt, { error }),
      complete: () => end(attempt),
    };
    const lifecycle = { next: (event: LifecycleEvent) => step(attempt, event) };
    const run = (attempt.run = start(attempt.source, observer, { lifecycle }));
    run.ready.then(changed, noop);
    // the end of a run that was stopped is told here alone
    run.done.then(observer.complete, observer.error);
    look(attempt);
    reconcile();
  }

  function changed(): void {
    shown.set({ attempt: current });
  }

  function step(attempt: Attempt<T>, event: LifecycleEvent): void {
    if (event.type === 'stopping') hold(attempt);
    else look(attempt);
    changed();
    lifecycle?.next(event);
  }

  /** From here on the application is not stable. */
  function hold(attempt: Attempt<T>): void {
    attempt.release ??= pendingTasks.add();
  }

  /** Lets the application be stable again, if nothing is being torn down any more. */
  function look(attempt: Attempt<T>): void {
    const { run, ended, release } = attempt;
    if (!release || !run) return;
    const { state, stopping } = run.report();
    if (!ended && (state === 'stopping' || stopping.length)) return;
    attempt.release = undefined;
    release();
  }

  async function halt(attempt: Attempt<T>, reason?: unknown): Promise<void> {
    if (!attempt.ended) hold(attempt);
    const stopped = attempt.run?.stop(reason);
    changed();
    return stopped;
  }

  function end(attempt: Attempt<T>, failure?: { readonly error: unknown }): void {
    if (attempt.ended) return;
    attempt.ended = true;
    if (failure) attempt.failure = failure;
    look(attempt);
    changed();
    untracked(reconcile);
    if (destroyed || application.destroyed) tell(attempt);
    // a template that shows it has read it by then
    else if (failure) afterNextRender(() => tell(attempt), { injector: environment });
  }

  function tell(attempt: Attempt<T> | undefined): void {
    if (!attempt?.failure || attempt.heard) return;
    attempt.heard = true;
    errorHandler.handleError(attempt.failure.error);
  }

  async function outcome(attempt: Attempt<T> | undefined, call: (attempt: Attempt<T>) => Promise<void> | undefined) {
    if (!attempt) return;
    attempt.heard = true;
    // asked for by the source, while it is being started
    if (!attempt.run) await Promise.resolve();
    await call(attempt);
  }

  const report = computed(() => shown().attempt?.run?.report());
  const unregister = injector.get(DestroyRef).onDestroy(destroy);
  unfollow = follow((next) => {
    if (destroyed) return;
    job = next;
    want(next && { ...next });
  });

  function destroy(): void {
    destroyed = true;
    job = undefined;
    unregister();
    unfollow?.();
    want(undefined);
    changed();
    tell(current);
  }

  return {
    status: computed(() => {
      const { attempt } = shown();
      if (attempt && (!attempt.ended || attempt.params === params())) return report()?.state ?? 'starting';
      return destroyed || params() === undefined ? 'idle' : 'waiting';
    }),
    value: computed(() => {
      const latest = held();
      return latest.params === params() ? latest.value : (defaultValue as T);
    }),
    error: computed(() => {
      const { attempt } = shown();
      if (!attempt?.failure || attempt.params !== params()) return undefined;
      attempt.heard = true;
      return attempt.failure.error;
    }),
    members: computed(() => {
      const states: Record<string, MemberState> = {};
      for (const [path, { state }] of Object.entries(report()?.members ?? {})) states[path] = state;
      return states;
    }),
    get done() {
      return outcome(current, ({ run }) => run?.done);
    },
    stop(reason) {
      wanted = undefined;
      return outcome(current, (attempt) => untracked(() => halt(attempt, reason)));
    },
    restart() {
      if (job) want({ ...job });
      return !!job;
    },
    destroy,
  };
}
