import type { LifecycleEvent, LifecycleObserver, RunReport } from '../types.js';
import { within, type MemberEvent, type MemberLink, type TeardownScope } from './ambient.js';
import { failureOf, phaseOf } from './failures.js';
import { newRecorder } from './recorder.js';
import { asyncScheduler, noop } from './rxjs.js';
import { safely } from './safely.js';

/**
 * Stands around a run as a group stands around a member, so that its readiness and its members are seen; but nobody waits
 * here for a teardown: as a scope it is never open.
 */
export interface RootLink extends MemberLink, TeardownScope {
  value(): void;
  stopping(): void;
  ended(stopped: boolean): void;
  failed(error: unknown): void;
  report(): RunReport;
}

export function newRootLink(whenReady: () => void, lifecycle: LifecycleObserver | undefined): RootLink {
  const recorder = newRecorder();
  let valueIsReadiness = true;
  let maybeReady = true;

  function note(type: MemberEvent['type']): void {
    recorder.record({ type, path: [], at: asyncScheduler.now() }, {});
  }

  const link = {
    observed: true,
    claimed: false,
    lent: false,
    open: false,
    reason: undefined,
    owner: { waiter: undefined },
    get member() {
      return link;
    },
    // a run has no name
    suggestName: noop,
    claim(_name, isReadiness) {
      if (link.claimed && (isReadiness || !link.lent)) return false;
      link.lent = false;
      valueIsReadiness = isReadiness;
      return (link.claimed = true);
    },
    renew() {
      link.claimed = false;
      valueIsReadiness = true;
    },
    value() {
      if (valueIsReadiness) link.ready();
    },
    ready() {
      if (!maybeReady) return;
      maybeReady = false;
      note('ready');
      whenReady();
    },
    stopping() {
      maybeReady = false;
      note('stopping');
    },
    ended(stopped) {
      if (!stopped) link.ready();
      note(stopped ? 'stopped' : 'completed');
    },
    failed(error) {
      maybeReady = false;
      recorder.failed(failureOf(error, phaseOf(error)));
    },
    relay(event, from = {}) {
      recorder.record(event, from);
      if (lifecycle && event.type !== 'waiting')
        within(undefined, () => {
          safely(() => {
            lifecycle.next(event as LifecycleEvent);
          });
        });
    },
    report: recorder.report,
    register: () => noop,
  } as RootLink & { claimed: boolean };
  return link;
}
