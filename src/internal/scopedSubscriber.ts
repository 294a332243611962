import { Subscriber, type Observable } from 'rxjs';
import type { FailurePhase } from '../types.js';
import type { StopError } from '../StopError.js';
import {
  ambient,
  type MemberLink,
  type PendingTeardown,
  type ScopeOwner,
  type TeardownRegistration,
  type TeardownScope,
} from './ambient.js';

/** What stands behind a {@link ScopedSubscriber}: it forwards the values and decides what an end means. */
export interface SubscriberOwner<T> extends ScopeOwner {
  /** The scope that was current before the owner entered its own, while it is in one; see `callDown`. */
  outer: TeardownScope | typeof OUTSIDE | undefined;
  /** How many calls up the chain are in progress, of all its children. */
  calls: number;
  readonly reason: StopError | undefined;
  value(child: ScopedSubscriber<T>, value: T): void;
  /** The child's source completed, or failed. The child is torn down after this call. */
  ended(child: ScopedSubscriber<T>, failed: boolean, error: unknown): void;
  /** Every teardown of a child that ended, or was stopped, has been triggered. */
  tornDown(child: ScopedSubscriber<T>): void;
  failed(child: ScopedSubscriber<T>, error: unknown, path: readonly string[], phase: FailurePhase): void;
  /** The child has ended, or was stopped, and each of its teardowns has settled. */
  settled(child: ScopedSubscriber<T>): void;
}

/** Marks an owner that is in no scope of its own. */
export const OUTSIDE: unique symbol = Symbol('outside');

const STOPPED = 1;
const ENDED = 2;
const SETTLED = 4;
const FORCED = 8;
const ENDING = STOPPED | ENDED;

/**
 * One object that is subscriber and teardown scope of what an owner subscribed to: it exists before `subscribe()` is
 * called, so that its owner can stop a source that is still inside that call, and it waits for every teardown that
 * begins while it subscribes or unsubscribes.
 *
 * The one place that extends RxJS's `Subscriber`: with an observer, each member would cost a second object, and a
 * synchronous source could not be stopped.
 */
export class ScopedSubscriber<T> extends Subscriber<T> implements TeardownScope {
  private state = 0;
  // A teardown may still begin in a call that is in progress: nothing is settled before its end.
  private calls = 0;
  private pending: Set<PendingTeardown> | undefined = undefined;

  readonly owner: SubscriberOwner<T>;

  constructor(owner: SubscriberOwner<T>) {
    super();
    this.owner = owner;
  }

  get open(): boolean {
    return (this.state & SETTLED) === 0;
  }

  get reason(): StopError | undefined {
    return this.owner.reason;
  }

  /** Whether it was told to stop before it had ended by itself. */
  get stopped(): boolean {
    return (this.state & STOPPED) !== 0;
  }

  get running(): boolean {
    return (this.state & ENDING) === 0;
  }

  /** Whether the grace period was over before it had settled. */
  get forced(): boolean {
    return (this.state & FORCED) !== 0;
  }

  get member(): MemberLink | undefined {
    return undefined;
  }

  run(source: Observable<T>): void {
    this.call(source);
  }

  stop(): void {
    if (!this.running) return;
    this.state |= STOPPED;
    this.call();
  }

  /** The grace period is over. */
  force(): void {
    this.state |= FORCED;
    this.pending?.forEach((teardown) => this.forceOne(teardown));
  }

  register(teardown: PendingTeardown = {}): TeardownRegistration {
    const pending = (this.pending ??= new Set());
    pending.add(teardown);
    if (this.state & FORCED) this.forceOne(teardown);
    return {
      failed: (error, path = [], phase = 'teardown') => {
        this.owner.failed(this, error, path, phase);
      },
      settled: () => {
        if (pending.delete(teardown)) this.settleIfOver();
      },
    };
  }

  /** Called by a source that closes its own subscriber: it will not say anything more, so it has completed. */
  override unsubscribe(): void {
    if (this.running) this.complete();
    else super.unsubscribe();
  }

  protected override _next(value: T): void {
    this.owner.value(this, value);
  }

  protected override _error(error: unknown): void {
    this.end(true, error);
  }

  protected override _complete(): void {
    this.end(false, undefined);
  }

  private end(failed: boolean, error: unknown): void {
    this.state |= ENDED;
    this.owner.ended(this, failed, error);
    this.call();
  }

  /** One call up the chain, to subscribe or to unsubscribe, during which this scope is the current one. */
  private call(source?: Observable<T>): void {
    const { owner } = this;
    const { scope } = ambient;
    const entered = owner.outer !== OUTSIDE;
    if (!entered) owner.outer = scope;
    ambient.scope = this;
    owner.calls++;
    this.calls++;
    try {
      if (source) source.subscribe(this);
      else super.unsubscribe();
    } catch (error: unknown) {
      this.caught(error);
    } finally {
      this.calls--;
      owner.calls--;
      ambient.scope = scope;
      if (!entered) owner.outer = OUTSIDE;
    }
    if (this.calls > 0 || this.running) return;
    this.settleIfOver();
    owner.tornDown(this);
  }

  /** Finalizers throw out of `unsubscribe()`, and out of `subscribe()` where the source had ended within it. */
  private caught(error: unknown): void {
    if (this.running) this.error(error);
    else for (const each of thrownByFinalizers(error)) this.owner.failed(this, each, [], 'teardown');
  }

  private forceOne(teardown: PendingTeardown): void {
    try {
      teardown.force?.();
    } catch (error: unknown) {
      this.owner.failed(this, error, [], 'teardown');
    }
  }

  private settleIfOver(): void {
    if (this.calls > 0 || this.pending?.size || this.running || !this.open) return;
    this.state |= SETTLED;
    this.owner.settled(this);
  }
}

function thrownByFinalizers(error: unknown): readonly unknown[] {
  // by its name: an UnsubscriptionError of another copy of RxJS is flattened too
  const { name, errors } = (error ?? {}) as { name?: unknown; errors?: unknown };
  return name === 'UnsubscriptionError' && Array.isArray(errors) ? errors : [error];
}
