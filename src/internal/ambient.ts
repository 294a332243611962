import type { Failure, LifecycleEvent } from '../types.js';
import type { StopError } from '../StopError.js';
import { reportUnhandledError } from './reportUnhandledError.js';

/**
 * How a teardown tells its scope the way it goes: each failure, then, without one, that it has settled. `heldBack`: a run had
 * failed with it before its subscriber left, who was to be told when all was torn down.
 */
export type Report = (failure?: Failure, heldBack?: boolean) => void;

/** Whoever opens scopes, and waits for what happens in them. */
export interface ScopeOwner {
  /** The scope that waits for this owner: at most one, so the way up is a line. */
  readonly waiter: TeardownScope | undefined;
  /** The scope in which it was subscribed: whom to tell when none is current at its unsubscription. */
  readonly home?: TeardownScope | undefined;
}

/**
 * The protocol between every loaded copy of this package, and any library that wants its teardowns awaited: a scope is
 * current while its owner subscribes or unsubscribes, and waits for each teardown that registers meanwhile.
 *
 * No method is called `add`: a `Subscription` has one, and would be taken for a scope.
 */
export interface TeardownScope {
  readonly owner: ScopeOwner;
  /** Whether it still waits for what registers. */
  readonly open: boolean;
  /** Whether the grace period is over: what begins in it now is told so at once. */
  readonly forced?: boolean;
  /** Whether an owner was subscribed in it: it may wait for what has to be told that the grace period is over. */
  hasOwners?: boolean;
  /** Why the owner stops; undefined where the run ended by itself. */
  readonly reason: StopError | undefined;
  /** The group member that is being started in this scope; undefined during a teardown. */
  readonly member: MemberLink | undefined;
  /** A teardown has begun; `force` is called when the grace period is over before it has settled. */
  register(force?: () => void): Report;
}

/** What a group's member offers to whatever is subscribed while it starts. */
export interface MemberLink extends Reported {
  /** Whether somebody watches events and readiness. */
  readonly observed: boolean;
  /** Whether something answers for its readiness. */
  readonly claimed: boolean;
  /** Whether a group that is being subscribed may answer in place of the runner that runs it. */
  lent: boolean;
  /** Its group. */
  readonly owner: ScopeOwner;
  /** Why that stops. */
  readonly reason: StopError | undefined;
  /** Names it, unless it has a name. */
  suggestName(name: string | undefined): void;
  /** The first runner, or group, answers for the member's readiness, and may name it. */
  claim(name: string | undefined, valueIsReadiness: boolean): boolean;
  ready(): void;
  /** Its source is run anew: what is subscribed next may answer for its readiness. */
  renew(): void;
  /** Passes an event on that happened within it; `from` is whom it is of, whatever the name, if not of the member itself. */
  relay(event: MemberEvent, from?: Reported): void;
}

/** An event, or that a member waits for its turn, which only a report tells. */
export type MemberEvent = Omit<LifecycleEvent, 'type'> & { readonly type: LifecycleEvent['type'] | 'waiting' };

/** Whom an event is of, and the first thing that each of its parts failed with. */
export interface Reported {
  readonly runFailure?: Failure | undefined;
  readonly teardownFailure?: Failure | undefined;
}

interface Ambient {
  /** The scope that is current on this call stack. */
  scope: TeardownScope | undefined;
  /** Set by who wants to know which runners run: called when one is made, at each of its starts, and at that run's end. */
  track: ((name: string | undefined) => () => () => void) | undefined;
}

// One place for all copies (ESM and CommonJS, two versions): a scope that one copy opens, the other must find.
const key = Symbol.for('rx-runner.ambient.1');
const holder = globalThis as unknown as Record<symbol, Ambient | undefined>;

export const ambient: Ambient = (holder[key] ??= Object.seal({ scope: undefined, track: undefined }));

/**
 * The scope that a teardown beginning now belongs to: the current one, else the one it was subscribed in.
 * None where the owner would, through a chain of waiters, wait for itself.
 */
export function enclosingScope(owner: ScopeOwner, home: TeardownScope | undefined): TeardownScope | undefined {
  const scope = currentScope() ?? (home?.open ? home : undefined);
  // one that goes on will be waited for at home: what it is part of may be unsubscribed from within it
  for (let above = scope; above; above = above.owner.waiter ?? above.owner.home)
    if (above.owner === owner) return undefined;
  return scope;
}

/** The scope that is current, if it still waits for what registers. */
export function currentScope(): TeardownScope | undefined {
  return ambient.scope?.open ? ambient.scope : undefined;
}

/** Registers a teardown with the current scope; where there is none, its failures are reported as unhandled. */
export function registerTeardown(force?: () => void): Report {
  return (
    currentScope()?.register(force) ??
    ((failure) => {
      if (failure) reportUnhandledError(failure.error);
    })
  );
}

/** Calls `fn` with this as the current scope. */
export function within<R>(scope: TeardownScope | undefined, fn: () => R): R {
  const current = ambient.scope;
  ambient.scope = scope;
  try {
    return fn();
  } finally {
    ambient.scope = current;
  }
}
