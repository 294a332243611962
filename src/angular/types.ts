import type { Injector, Signal } from '@angular/core';
import type { LifecycleObserver, MemberState } from '../index.js';

/**
 * How a run is: a state of its report, or `'idle'`: a `runnerResource` whose params are undefined. `'waiting'` is one that
 * has not begun yet.
 *
 * @public
 */
export type RunnerStatus = MemberState | 'idle';

/**
 * A run that belongs to an injector, as signals: what `ResourceRef` is to a resource.
 *
 * @public
 */
export interface RunnerRef<T> {
  /** Where the run is in its life; the ended one's last state, until another begins. */
  readonly status: Signal<RunnerStatus>;
  /** The last value, also after a failure; the default value until one comes. It never throws. */
  readonly value: Signal<T>;
  /** What the run, or its teardown, failed with; undefined as soon as it runs again. Reading it counts as handling it. */
  readonly error: Signal<unknown>;
  /** The state of every member of the groups in the run, by its path joined with `/`. */
  readonly members: Signal<Readonly<Record<string, MemberState>>>;
  /**
   * Settles as the current run ended, teardown included; where none has begun, it is resolved. Good after `destroy()` too: it is
   * how a host waits for what Angular itself does not wait for. Who asks for it handles the failure.
   */
  readonly done: Promise<void>;
  /** Stops the run and waits for its teardown; `restart()`, or new params, may start another. Has the outcome of `done`. */
  stop(reason?: unknown): Promise<void>;
  /**
   * Runs again: at once, or, if a run is in progress, when that has been stopped and torn down.
   *
   * @returns whether it will; not after `destroy()`, and not without params
   */
  restart(): boolean;
  /** Stops the run, for good; what the injector's own destruction does. `done` tells when its teardown is over. */
  destroy(): void;
}

/**
 * What every `RunnerRef` can be made with.
 *
 * @public
 */
export interface RunnerRefOptions<T> {
  /** Whose destruction ends it; default: the injector of the current injection context. */
  readonly injector?: Injector;
  /** What `value` is before the first value. */
  readonly defaultValue?: T;
  /** Is told of every step in the life of the members, as a group's own `lifecycle` is. */
  readonly lifecycle?: LifecycleObserver;
}
