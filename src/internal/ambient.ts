import type { FailurePhase, LifecycleEvent } from '../types.js';
import type { StopError } from '../StopError.js';

/** What a scope is told about a teardown that has begun. */
export interface PendingTeardown {
  /** The grace period is over: destroy what is left, nobody waits any longer. */
  force?(): void;
}

/** How a teardown tells its scope the way it went. */
export interface TeardownRegistration {
  /** Counts a failure; may be called any number of times before `settled`. */
  failed(error: unknown, path?: readonly string[], phase?: FailurePhase): void;
  /** The teardown is over; the scope no longer waits for it. */
  settled(): void;
}

/** Whoever subscribed within a scope, and waits for it. */
export interface ScopeOwner {
  /** The scope that waits for this owner; each owner is waited for by at most one, so the way up is a line. */
  readonly waiter: TeardownScope | undefined;
}

/**
 * The protocol between every loaded copy of this package, and any library that wants its teardowns awaited: a scope is
 * current while its owner subscribes or unsubscribes, and waits for each teardown that registers meanwhile.
 *
 * No method is called `add`: a `Subscription` has one, and would be taken for a scope.
 */
export interface TeardownScope {
  readonly owner: ScopeOwner;
  readonly open: boolean;
  /** Why the owner stops; undefined while it runs, and when the run ended by itself. */
  readonly reason: StopError | undefined;
  /** The group member that is being started in this scope; undefined during a teardown. */
  readonly member: MemberLink | undefined;
  register(teardown?: PendingTeardown): TeardownRegistration;
}

/** What a group's member offers to whatever is subscribed while it starts. */
export interface MemberLink {
  /** Whether somebody watches readiness and events at all. */
  readonly observed: boolean;
  /** `named()` gives the member a name, unless it has one. */
  suggestName(name: string): void;
  /** The first runner, or group, answers for the member's readiness; it gives the name if there is none yet. */
  claim(name: string | undefined, valueIsReadiness: boolean): boolean;
  ready(): void;
  /** Passes an event of a nested group on, its path relative to this member. */
  relay(event: LifecycleEvent): void;
}

interface Ambient {
  scope: TeardownScope | undefined;
}

// One place for all copies (ESM and CommonJS, two versions): a scope that one copy opens, the other must find.
const key = Symbol.for('rx-runner.ambient.1');
const holder = globalThis as unknown as Record<symbol, Ambient | undefined>;

/** The ambient record: which scope is current on this call stack. */
export const ambient: Ambient = (holder[key] ??= { scope: undefined });

/**
 * The scope that a teardown beginning now belongs to: the current one, else the one it was subscribed in.
 * None where the owner would, through a chain of waiters, wait for itself.
 */
export function enclosingScope(owner: ScopeOwner, home: TeardownScope | undefined): TeardownScope | undefined {
  const scope = ambient.scope?.open ? ambient.scope : home;
  if (!scope?.open) return undefined;
  for (let waiting: TeardownScope | undefined = scope; waiting; waiting = waiting.owner.waiter) {
    if (waiting.owner === owner) return undefined;
  }
  return scope;
}
