import type { StopError } from '../StopError.js';
import type { Failure } from '../types.js';
import { ambient, type MemberLink, type Report, type ScopeOwner, type TeardownScope } from './ambient.js';
import { failureOf, phaseOf, thrown } from './failures.js';
import { Subscriber } from './rxjs.js';

/** What is done within a child's scope: an Observable, or anything else that begins there. */
export interface Work {
  subscribe(child: Child): unknown;
}

/** A place in the ring of an owner's children, which the owner closes. */
export interface Link {
  before: Link | undefined;
  after: Link | undefined;
}

/** What stands behind a child, and decides what becomes of its values and its end. */
export interface ChildOwner extends ScopeOwner {
  /** The scope in which it was subscribed itself. */
  readonly home: TeardownScope | undefined;
  readonly reason: StopError | undefined;
  /** Nobody waits any longer: what is torn down now is told so at once. */
  readonly isForced: boolean;
  /** A call up the chain begins, and ends: nothing that is torn down meanwhile is late. */
  hold(): void;
  release(): void;
  value(child: Child, value: unknown): void;
  failed(child: Child, failure: Failure, heldBack?: boolean): void;
  /** The source of a child completed, or failed; the child is torn down after this call. */
  ended(child: Child): void;
  /** Every teardown of a child that ended, or was stopped, has been triggered. */
  tornDown(): void;
  /** Every teardown of a child has settled. */
  settled(child: Child): void;
}

/**
 * Subscriber and teardown scope in one object: it exists before `subscribe()` is called, so that a source that is still
 * inside that call can be stopped, and it waits for every teardown that begins while it subscribes or unsubscribes.
 *
 * The one place that extends RxJS's `Subscriber`: an observer would cost a second object, and could not stop a synchronous
 * source.
 */
export class Child extends Subscriber<unknown> implements TeardownScope, Link {
  readonly owner: ChildOwner;
  /** Takes the values of a child whose values are not passed on: the stream of members, a notifier. */
  readonly receive: ((value: never) => void) | undefined;
  /** The record's key, or a given name, else the index, which a name may still replace; none outside a group. */
  label: string | number | undefined;
  before: Link | undefined;
  after: Link | undefined;
  /** The first one. */
  failure: Failure | undefined;
  /** Neither has it ended by itself, nor was it told to stop. */
  running = true;
  /** Its source notified an error. */
  erred = false;
  /** It was told to stop before it had ended by itself. */
  stopped = false;
  /** The grace period was over before it had settled. */
  forced = false;
  hasOwners = false;
  open = true;
  // A teardown may still begin in a call that is in progress: nothing is settled before its end.
  private calls = 0;
  private pending: Map<Report, (() => void) | undefined> | undefined;

  constructor(owner: ChildOwner, receive?: (value: never) => void, label?: string | number) {
    super();
    this.owner = owner;
    this.receive = receive;
    this.label = label;
  }

  get reason(): StopError | undefined {
    return this.owner.reason;
  }

  /** Outside a group it is part of what is around its owner. */
  get member(): MemberLink | undefined {
    return this.running && !this.receive ? this.owner.home?.member : undefined;
  }

  get path(): readonly string[] {
    return this.label === undefined ? [] : [String(this.label)];
  }

  /** Whether a teardown has not settled. */
  get lagging(): boolean {
    return !!this.pending?.size;
  }

  /** One call up the chain, to do the work or to unsubscribe from it, with this as the current scope. */
  call(work?: Work): void {
    const { owner } = this;
    const { scope } = ambient;
    owner.hold();
    ambient.scope = this;
    this.calls++;
    try {
      if (work) work.subscribe(this);
      else super.unsubscribe();
    } catch (error: unknown) {
      if (this.running) this.error(error);
      else for (const each of thrown(error)) owner.failed(this, failureOf(each));
    }
    this.calls--;
    ambient.scope = scope;
    if (!this.calls && !this.running) {
      this.settle();
      owner.tornDown();
    }
    owner.release();
  }

  stop(): void {
    if (!this.running) return;
    this.running = false;
    this.stopped = true;
    this.call();
  }

  force(): void {
    this.forced = true;
    this.pending?.forEach((force) => force?.());
  }

  /** Nobody waits for it any longer. */
  abandon(): void {
    this.force();
    this.pending = undefined;
    this.settle();
  }

  register(force?: () => void): Report {
    const pending = (this.pending ??= new Map<Report, (() => void) | undefined>());
    const report: Report = (failure, heldBack) => {
      if (failure) this.owner.failed(this, failure, heldBack);
      else if (pending.delete(report)) this.settle();
    };
    pending.set(report, force);
    // one that had nothing to wait for has not been told itself
    if (this.forced || this.owner.isForced) force?.();
    return report;
  }

  /** Called by a source that closes its own subscriber: it will not say anything more, so it has completed. */
  override unsubscribe(): void {
    if (this.running) this.complete();
    else super.unsubscribe();
  }

  protected override _next(value: unknown): void {
    if (this.receive) this.receive(value as never);
    else this.owner.value(this, value);
  }

  protected override _error(error: unknown): void {
    // what it ends with is what it failed with, whatever a teardown in mid-run had failed with
    this.failure = undefined;
    this.erred = true;
    this.owner.failed(this, failureOf(error, phaseOf(error)));
    this.end();
  }

  protected override _complete(): void {
    this.end();
  }

  private end(): void {
    const { owner } = this;
    this.running = false;
    // its teardown has not begun: what the user does meanwhile must not find it settled
    this.calls++;
    owner.hold();
    owner.ended(this);
    this.calls--;
    this.call();
    owner.release();
  }

  private settle(): void {
    if (this.calls || this.running || this.lagging || !this.open) return;
    this.open = false;
    this.owner.settled(this);
  }
}
