import type { LifecycleEvent, LifecycleObserver, RunReport } from '../types.js';
import {
  within,
  type MemberEvent,
  type MemberLink,
  type Report,
  type Reported,
  type TeardownScope,
} from './ambient.js';
import { failureOf, phaseOf } from './failures.js';
import { newRecorder } from './recorder.js';
import { safely } from './safely.js';
import { asyncScheduler, noop } from './rxjs.js';

/**
 * Stands around a run as a group stands around a member, so that its readiness and its members are seen; but nobody waits
 * here for a teardown: as a scope it is never open.
 */
export class RootLink implements MemberLink, TeardownScope {
  readonly observed = true;
  claimed = false;
  readonly open = false;
  readonly reason = undefined;
  readonly owner = { waiter: undefined };
  readonly #recorder = newRecorder();
  readonly #whenReady: () => void;
  readonly #lifecycle: LifecycleObserver | undefined;
  #valueIsReadiness = true;
  #maybeReady = true;

  constructor(whenReady: () => void, lifecycle: LifecycleObserver | undefined) {
    this.#whenReady = whenReady;
    this.#lifecycle = lifecycle;
  }

  get member(): MemberLink {
    return this;
  }

  /** A run has no name. */
  suggestName(): void {
    noop();
  }

  claim(_name: string | undefined, valueIsReadiness: boolean): boolean {
    if (this.claimed) return false;
    this.#valueIsReadiness = valueIsReadiness;
    return (this.claimed = true);
  }

  renew(): void {
    this.claimed = false;
    this.#valueIsReadiness = true;
  }

  value(): void {
    if (this.#valueIsReadiness) this.ready();
  }

  ready(): void {
    if (!this.#maybeReady) return;
    this.#maybeReady = false;
    this.#note('ready');
    this.#whenReady();
  }

  stopping(): void {
    this.#maybeReady = false;
    this.#note('stopping');
  }

  ended(stopped: boolean): void {
    if (!stopped) this.ready();
    this.#note(stopped ? 'stopped' : 'completed');
  }

  failed(error: unknown): void {
    this.#maybeReady = false;
    this.#recorder.failed(failureOf(error, phaseOf(error)));
  }

  relay(event: MemberEvent, from: Reported): void {
    this.#recorder.record(event, from);
    const lifecycle = this.#lifecycle;
    if (lifecycle && event.type !== 'waiting')
      within(undefined, () => {
        safely(() => {
          lifecycle.next(event as LifecycleEvent);
        });
      });
  }

  report(): RunReport {
    return this.#recorder.report();
  }

  register(): Report {
    return noop;
  }

  #note(type: MemberEvent['type']): void {
    this.#recorder.record({ type, path: [], at: asyncScheduler.now() }, {});
  }
}
