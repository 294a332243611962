import type { Observable } from 'rxjs';
import type { StopError } from '../StopError.js';
import type { Failure } from '../types.js';
import {
  ambient,
  type MemberEvent,
  type MemberLink,
  type Report,
  type Reported,
  type ScopeOwner,
  type TeardownScope,
} from './ambient.js';
import { failureOf, phaseOf, thrown } from './failures.js';
import { Subscriber } from './rxjs.js';

/** What stands behind a child, and decides what becomes of its values and its end. */
export interface ChildOwner<T> extends ScopeOwner {
  /** Calls up the chain in progress, of all its children; what is torn down in one is no laggard yet. */
  calls: number;
  /** Whether one of its own scopes is current, or one that was entered from there. */
  inside: boolean;
  /** The scope that was current before any of its own. */
  outer: TeardownScope | undefined;
  /** Whether nobody waits any longer. */
  readonly isForced: boolean;
  readonly reason: StopError | undefined;
  /** The group member that it is part of. */
  readonly link: MemberLink | undefined;
  /** Whether anybody watches what happens to the members. */
  readonly observed: boolean;
  value(child: Child<T>, value: T): void;
  failed(child: Child<T>, failure: Failure, heldBack?: boolean): void;
  /** The source of a child completed, or failed; the child is torn down after this call. */
  ended(child: Child<T>): void;
  /** Every teardown of a child that ended, or was stopped, has been triggered. */
  tornDown(): void;
  /** Every teardown of a child has settled. */
  settled(child: Child<T>): void;
  ready(member: Child<T>): void;
  emit(member: Child<T>, type: MemberEvent['type']): void;
  tell(member: Child<T>, step: MemberEvent, from: Reported): void;
}

/** What is done within a scope: an Observable is subscribed to. */
export interface Work<T> {
  subscribe(child: Child<T>): unknown;
}

/**
 * One object that is subscriber, teardown scope and group member: it exists before `subscribe()` is called, so that a
 * source that is still inside that call can be stopped, and it waits for every teardown that begins while it subscribes
 * or unsubscribes. It is all that a group keeps of a member.
 *
 * The one place that extends RxJS's `Subscriber`: an observer would cost each member a second object, and could not stop
 * a synchronous source.
 */
export class Child<T> extends Subscriber<T> implements TeardownScope, MemberLink {
  readonly owner: ChildOwner<T>;
  /** Takes the values of a child that is not passed on: the stream of runners, a notifier. */
  readonly receive: ((value: T) => void) | undefined;
  /** The record's key, or a given name, else the index, which a name may still replace; none outside a group. */
  label: string | number | undefined;
  /** What it is to run, until it runs. */
  source: Observable<T> | undefined;
  /** The next one in the queue. */
  following: Child<T> | undefined;
  /** The first one. */
  failure: Failure | undefined;
  runFailure: Failure | undefined;
  teardownFailure: Failure | undefined;
  /** Neither has it ended by itself, nor was it told to stop. */
  running = true;
  /** Its source notified an error. */
  erred = false;
  /** It was told to stop before it had ended by itself. */
  stopped = false;
  /** The grace period was over before it had settled. */
  forced = false;
  open = true;
  hasOwners = false;
  announced = false;
  isReady = false;
  valueIsReadiness = true;
  claimed = false;
  lent = false;
  // A teardown may still begin in a call that is in progress: nothing is settled before its end.
  private calls = 0;
  private pending: Map<Report, (() => void) | undefined> | undefined = undefined;

  constructor(owner: ChildOwner<T>, label?: string | number, receive?: (value: T) => void) {
    super();
    this.owner = owner;
    this.label = label;
    this.receive = receive;
  }

  /** Whether a teardown has not settled. */
  get lagging(): boolean {
    return !!this.pending?.size;
  }

  get reason(): StopError | undefined {
    return this.owner.reason;
  }

  get path(): readonly string[] {
    return this.label === undefined ? [] : [String(this.label)];
  }

  get member(): MemberLink | undefined {
    if (!this.running || this.receive) return undefined;
    return this.label === undefined ? this.owner.link : this;
  }

  get observed(): boolean {
    return this.owner.observed;
  }

  suggestName(name: string | undefined): void {
    // what an event, or a runner, has called it by, it stays
    if (name && typeof this.label === 'number' && !this.announced && !this.claimed) this.label = name;
  }

  claim(name: string | undefined, valueIsReadiness: boolean): boolean {
    if (this.claimed && (valueIsReadiness || !this.lent)) return false;
    this.lent = false;
    this.suggestName(name);
    this.valueIsReadiness = valueIsReadiness;
    this.owner.emit(this, 'starting');
    return (this.claimed = true);
  }

  ready(): void {
    if (this.running) this.owner.ready(this);
  }

  renew(): void {
    // one that has been called by its index keeps that
    if (this.claimed) this.label = this.path[0];
    this.claimed = false;
    this.valueIsReadiness = true;
  }

  relay(event: MemberEvent, from: Reported): void {
    this.owner.tell(this, event, from);
  }

  /** One call up the chain, to subscribe or to unsubscribe, during which this scope is the current one. */
  call(source?: Work<T>): void {
    const { owner } = this;
    const { inside, outer } = owner;
    const { scope } = ambient;
    if (!inside && scope?.owner !== owner) owner.outer = scope;
    owner.inside = true;
    ambient.scope = this;
    this.calls++;
    owner.calls++;
    try {
      if (source) source.subscribe(this);
      else super.unsubscribe();
    } catch (error: unknown) {
      if (this.running) this.error(error);
      else for (const each of thrown(error)) owner.failed(this, failureOf(each));
    } finally {
      this.calls--;
      owner.calls--;
      ambient.scope = scope;
      owner.inside = inside;
      owner.outer = outer;
    }
    if (this.calls || this.running) return;
    this.settle();
    owner.tornDown();
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
    this.settle(true);
  }

  register(force?: () => void): Report {
    const pending = (this.pending ??= new Map<Report, (() => void) | undefined>());
    const report: Report = (failure, heldBack) => {
      if (failure) this.owner.failed(this, failure, heldBack);
      else if (pending.delete(report)) this.settle();
    };
    pending.set(report, force);
    // one that has nothing to wait for yet is not told itself
    if (this.forced || this.owner.isForced) force?.();
    return report;
  }

  /** Called by a source that closes its own subscriber: it will not say anything more, so it has completed. */
  override unsubscribe(): void {
    if (this.running) this.complete();
    else super.unsubscribe();
  }

  protected override _next(value: T): void {
    if (this.receive) this.receive(value);
    else this.owner.value(this, value);
  }

  protected override _error(error: unknown): void {
    // what it ends with is what it failed with, whatever a teardown in mid-run had failed with
    this.failure = this.runFailure = undefined;
    this.owner.failed(this, failureOf(error, phaseOf(error)));
    this.erred = true;
    this.end();
  }

  protected override _complete(): void {
    this.end();
  }

  private end(): void {
    this.running = false;
    const { owner } = this;
    // its teardown has not begun: what the user does meanwhile must not find it settled
    owner.calls++;
    owner.ended(this);
    owner.calls--;
    this.call();
  }

  private settle(anyway = !(this.calls || this.lagging || this.running)): void {
    if (!anyway || !this.open) return;
    this.open = false;
    this.owner.settled(this);
  }
}
