import { asyncScheduler, type Observable } from 'rxjs';
import { RunGroupError } from '../RunGroupError.js';
import { StopError } from '../StopError.js';
import type { FailurePhase, GroupOptions, LifecycleEvent, LifecycleEventType } from '../types.js';
import type { MemberLink } from './ambient.js';
import { memberSource } from './memberSource.js';
import { Owner, type Destination } from './owner.js';
import { reportUnhandledError } from './reportUnhandledError.js';
import { ScopedSubscriber } from './scopedSubscriber.js';

const NAMED = 1;
const ANNOUNCED = 2;
const CLAIMED = 4;
const READY = 8;
const FAILED = 16;
const VALUE_IS_READINESS = 32;

/** One object that is member, subscriber, teardown scope and list node: it is all that a group keeps of a member. */
class GroupMember<T> extends ScopedSubscriber<T> implements MemberLink {
  previous: GroupMember<T> | undefined = undefined;
  following: GroupMember<T> | undefined = undefined;
  firstError: unknown = undefined;
  private marks: number;
  private label: string | number;

  constructor(group: MemberGroup<T>, label: string | number) {
    super(group);
    this.label = label;
    this.marks = typeof label === 'string' ? NAMED | VALUE_IS_READINESS : VALUE_IS_READINESS;
  }

  private get group(): MemberGroup<T> {
    return this.owner as MemberGroup<T>;
  }

  get name(): string {
    return String(this.label);
  }

  get hasFailed(): boolean {
    return (this.marks & FAILED) !== 0;
  }

  override get member(): MemberLink | undefined {
    return this.running ? this : undefined;
  }

  get observed(): boolean {
    return this.group.observed;
  }

  suggestName(name: string): void {
    // once it was called something in an event it keeps that name
    if (this.marks & (NAMED | ANNOUNCED | CLAIMED)) return;
    this.marks |= NAMED;
    this.label = name;
  }

  claim(name: string | undefined, valueIsReadiness: boolean): boolean {
    if (this.marks & CLAIMED) return false;
    if (name) this.suggestName(name);
    this.marks |= CLAIMED;
    if (!valueIsReadiness) this.marks &= ~VALUE_IS_READINESS;
    if (this.observed) this.announce();
    return true;
  }

  announceIfNamed(): void {
    if (this.marks & NAMED) this.announce();
  }

  /** The event that it starts waits for the name, which the first runner may give while it is being subscribed. */
  announce(): void {
    if (this.marks & ANNOUNCED) return;
    this.marks |= ANNOUNCED;
    this.group.emit('starting', this.name);
  }

  ready(): void {
    if (this.marks & READY || this.stopped || !this.observed) return;
    this.announce();
    this.marks |= READY;
    this.group.memberReady(this.name);
  }

  valueArrived(): void {
    if (this.marks & VALUE_IS_READINESS) this.ready();
  }

  hasError(error: unknown): void {
    if (this.hasFailed) return;
    this.marks |= FAILED;
    this.firstError = error;
  }

  relay(event: LifecycleEvent): void {
    this.announce();
    this.group.pass({ ...event, path: [this.name, ...event.path] });
  }
}

/** The stream of runners, as the group's first child: what it emits is run. */
class MemberStream<T> extends ScopedSubscriber<T> {
  protected override _next(member: T): void {
    (this.owner as MemberGroup<T>).add(member);
  }
}

/** A member that waits for its turn. */
interface Waiting {
  readonly label: string | number;
  readonly input: unknown;
  following: Waiting | undefined;
}

/** One run of a group. */
export class MemberGroup<T> extends Owner<T> {
  /** Whether anybody listens to what happens to the members. */
  readonly observed: boolean;
  private first: GroupMember<T> | undefined = undefined;
  private last: GroupMember<T> | undefined = undefined;
  // The next member to be stopped: kept right by `unlink`, so that a stop may remove any of them on its way.
  private nextToStop: GroupMember<T> | undefined = undefined;
  private nextInQueue: Waiting | undefined = undefined;
  private lastInQueue: Waiting | undefined = undefined;
  private stream: MemberStream<T> | undefined = undefined;
  private readonly answersFor: MemberLink | undefined;
  private readonly concurrency: number;
  private arrived = 0;
  private running = 0;
  private unready = 0;
  private complete = false;
  private startingQueued = false;
  private readonly options: GroupOptions;
  private readonly stopNames: ReadonlySet<string> | undefined;
  private readonly onAbort = (): void => {
    this.stop(new StopError({ cause: this.options.signal?.reason }));
  };

  constructor(destination: Destination<T>, options: GroupOptions) {
    super(destination, options.grace);
    this.options = options;
    this.stopNames = typeof options.until === 'object' ? new Set(options.until) : undefined;
    this.concurrency = options.concurrency ?? Infinity;
    this.observed = options.lifecycle !== undefined || this.link?.observed === true;
    this.answersFor = this.link?.claim(undefined, false) ? this.link : undefined;
    this.hold();
    this.listenToSignal();
  }

  /** Runs a list of members: those that the stop comes before are refused by name. */
  runAll(members: Iterable<readonly [key: string | undefined, input: unknown]>): void {
    for (const [key, input] of members) {
      if (this.muted && !this.observed) break;
      this.add(input, key);
    }
    this.allArrived();
    this.release();
  }

  /** Runs the members as they come. */
  runEach(members: Observable<unknown>): void {
    if (this.muted) {
      this.release();
      return;
    }
    this.stream = new MemberStream<T>(this);
    this.stream.run(members as Observable<T>);
  }

  add(input: unknown, key?: string): void {
    const label = key ?? this.arrived;
    this.arrived++;
    if (this.muted) {
      this.refuse(label);
      return;
    }
    this.unready++;
    if (this.running < this.concurrency) this.start(label, input);
    else this.enqueue({ label, input, following: undefined });
  }

  memberReady(name: string): void {
    this.unready--;
    this.emit('ready', name);
    this.checkReadiness();
  }

  emit(type: LifecycleEventType, name: string, more?: Partial<LifecycleEvent>): void {
    if (this.observed) this.pass({ type, path: [name], at: asyncScheduler.now(), ...more });
  }

  /** Hands an event to the observer of this group, and to those of the groups around it. */
  pass(event: LifecycleEvent): void {
    const { lifecycle } = this.options;
    if (lifecycle) this.callDown(() => { tell(lifecycle, event); });
    this.link?.relay(event);
  }

  override value(child: ScopedSubscriber<T>, value: T): void {
    if (this.muted) return;
    if (this.observed) (child as GroupMember<T>).valueArrived();
    super.value(child, value);
  }

  override ended(child: ScopedSubscriber<T>, failed: boolean, error: unknown): void {
    if (failed) this.failed(child, error, [], 'run');
    else if (child !== this.stream && !this.muted) (child as GroupMember<T>).ready();
    if (this.stopsAt(child, failed)) this.decideToStop(child, error);
  }

  override tornDown(child: ScopedSubscriber<T>): void {
    if (this.reason) this.stop(this.reason);
    super.tornDown(child);
  }

  override failed(child: ScopedSubscriber<T>, error: unknown, path: readonly string[], phase: FailurePhase): void {
    if (child !== this.stream) (child as GroupMember<T>).hasError(error);
    super.failed(child, error, [...this.describe(child), ...path], phase);
  }

  override settled(child: ScopedSubscriber<T>): void {
    if (child === this.stream) this.allArrived();
    else this.memberSettled(child as GroupMember<T>);
    super.settled(child);
  }

  protected override stopChildren(): void {
    this.stream?.stop();
    this.refuseQueued();
    this.nextToStop = this.first;
    for (let member = this.nextToStop; member; member = this.nextToStop) {
      this.nextToStop = member.following;
      if (member.running) this.stopMember(member);
    }
  }

  protected override unsettled(): ScopedSubscriber<T>[] {
    const children: ScopedSubscriber<T>[] = this.stream?.open ? [this.stream] : [];
    for (let member = this.first; member; member = member.following) children.push(member);
    return children;
  }

  protected override describe(child: ScopedSubscriber<T>): readonly string[] {
    return [child === this.stream ? 'source' : (child as GroupMember<T>).name];
  }

  protected override forceChild(child: ScopedSubscriber<T>): void {
    if (child !== this.stream) this.emit('forced', (child as GroupMember<T>).name);
    super.forceChild(child);
  }

  protected override outcome(): unknown {
    return this.options.errors === 'first' ? this.failures[0]?.error : new RunGroupError(this.failures);
  }

  protected override letGo(): void {
    this.options.signal?.removeEventListener('abort', this.onAbort);
  }

  private start(label: string | number, input: unknown): void {
    const member = new GroupMember<T>(this, label);
    this.append(member);
    this.running++;
    this.hold();
    const source = memberSource(input, label) as Observable<T>;
    if (this.observed) member.announceIfNamed();
    member.run(source);
  }

  private stopMember(member: GroupMember<T>): void {
    if (this.observed) {
      member.announce();
      this.emit('stopping', member.name, this.because());
    }
    member.stop();
  }

  private memberSettled(member: GroupMember<T>): void {
    const { name, hasFailed, firstError: error } = member;
    this.unlink(member);
    this.running--;
    this.emit(this.endOf(member), name, hasFailed ? { error } : undefined);
    if (this.muted) return;
    if (hasFailed && this.options.until !== 'all') {
      this.stop(this.decideToStop(member, error));
    } else {
      this.startQueued();
    }
  }

  private endOf(member: GroupMember<T>): LifecycleEventType {
    if (member.forced) return 'late';
    if (member.hasFailed) return 'failed';
    return member.stopped ? 'stopped' : 'completed';
  }

  private stopsAt(child: ScopedSubscriber<T>, failed: boolean): boolean {
    const { until = 'first' } = this.options;
    if (failed) return until !== 'all';
    if (child === this.stream) return false;
    return until === 'first' || this.stopNames?.has((child as GroupMember<T>).name) === true;
  }

  /** From here on nothing is started and no value passed on; the others are stopped when `child` has been torn down. */
  private decideToStop(child: ScopedSubscriber<T>, cause: unknown): StopError {
    this.muted = true;
    return (this.reason ??= new StopError({ by: this.describe(child), cause }));
  }

  private allArrived(): void {
    this.complete = true;
    this.checkReadiness();
  }

  private checkReadiness(): void {
    if (this.complete && this.unready === 0) this.answersFor?.ready();
  }

  private enqueue(waiting: Waiting): void {
    if (this.lastInQueue) this.lastInQueue.following = waiting;
    else this.nextInQueue = waiting;
    this.lastInQueue = waiting;
  }

  private dequeue(): Waiting | undefined {
    const waiting = this.nextInQueue;
    this.nextInQueue = waiting?.following;
    if (!this.nextInQueue) this.lastInQueue = undefined;
    return waiting;
  }

  /** A loop, not a recursion: a queue of members that all end at once would not fit on the stack. */
  private startQueued(): void {
    if (this.startingQueued) return;
    this.startingQueued = true;
    while (this.nextInQueue && this.running < this.concurrency && !this.muted) {
      const waiting = this.dequeue();
      if (waiting) this.start(waiting.label, waiting.input);
    }
    this.startingQueued = false;
  }

  private refuseQueued(): void {
    for (let waiting = this.dequeue(); waiting; waiting = this.dequeue()) this.refuse(waiting.label);
  }

  private refuse(label: string | number): void {
    this.emit('refused', String(label), this.because());
  }

  private because(): Partial<LifecycleEvent> {
    return this.reason ? { reason: this.reason } : {};
  }

  private append(member: GroupMember<T>): void {
    member.previous = this.last;
    if (this.last) this.last.following = member;
    else this.first = member;
    this.last = member;
  }

  private unlink(member: GroupMember<T>): void {
    const { previous, following } = member;
    if (this.nextToStop === member) this.nextToStop = following;
    if (previous) previous.following = following;
    else this.first = following;
    if (following) following.previous = previous;
    else this.last = previous;
    // an ended member that somebody still holds must not hold the others
    member.previous = member.following = undefined;
  }

  private listenToSignal(): void {
    const { signal } = this.options;
    if (signal?.aborted) this.onAbort();
    else signal?.addEventListener('abort', this.onAbort);
  }
}

function tell(observer: { next(event: LifecycleEvent): void }, event: LifecycleEvent): void {
  try {
    observer.next(event);
  } catch (error: unknown) {
    reportUnhandledError(error);
  }
}
