import type { Observable } from 'rxjs';
import { RunGroupError } from '../RunGroupError.js';
import type { Failure, GroupOptions } from '../types.js';
import type { MemberEvent, MemberLink } from './ambient.js';
import { failureOf } from './failures.js';
import { Lifecycle } from './lifecycle.js';
import { Member, type MemberOwner } from './member.js';
import { Owner, type Destination } from './owner.js';
import type { Recorder } from './recorder.js';

/** What to subscribe to for a member. */
export type ToSource = (member: unknown, label: string | number) => Observable<unknown>;

/** What a group is told by whoever makes it. */
export interface GroupSettings extends GroupOptions {
  /** Keeps a report of its members. */
  readonly recorder?: Recorder | undefined;
  /** Their readiness matters, though nobody observes it. */
  readonly watched?: boolean;
}

/** One run of a group: an owner whose children have names, wait for their turn, and are told of. */
export class Group extends Owner<Member> implements MemberOwner {
  readonly lifecycle: Lifecycle | undefined;
  declare protected readonly options: GroupSettings;
  readonly #toSource: ToSource;
  /** The member around this group, if its readiness is this group's. */
  readonly #answersFor: MemberLink | undefined;
  #arrived = 0;
  #active = 0;
  /** How many are not ready: the members, and the stream that brings them. */
  #unready = 1;
  /** Who waits for a place; linked by `after`. */
  #firstWaiting: Member | undefined;
  #lastWaiting: Member | undefined;
  #isStarting = false;

  constructor(destination: Destination, settings: GroupSettings, toSource: ToSource) {
    super(destination, settings);
    const { lifecycle, recorder, watched } = settings;
    const around = this.home?.member;
    this.#toSource = toSource;
    if (lifecycle ?? recorder ?? watched ?? around?.observed)
      this.lifecycle = new Lifecycle(this, lifecycle, recorder, around);
    if (around?.claim(undefined, false)) this.#answersFor = around;
  }

  /** Takes a member in. */
  add(input: unknown, label: string | number = this.#arrived++): void {
    const member = this.newChild(undefined, label);
    if (this.why) {
      this.lifecycle?.tell(member, 'refused');
      return;
    }
    member.source = this.#toSource(input, label);
    this.size++;
    this.#unready++;
    this.admit(member);
    if (member.isWaiting) this.lifecycle?.tell(member, 'waiting');
  }

  ready(member: Member): void {
    if (!this.lifecycle || this.why || member.isReady) return;
    member.isReady = true;
    this.lifecycle.tell(member, 'ready');
    this.#oneReady();
  }

  override value(member: Member, value: unknown): void {
    if (this.lifecycle && member.valueIsReadiness) this.ready(member);
    super.value(member, value);
  }

  override failed(member: Member, failure: Failure, heldBack?: boolean): void {
    // the end of its run forgets what a teardown in mid-run had failed with
    if (!member.failure) member.runFailure = undefined;
    member[failure.phase === 'run' ? 'runFailure' : 'teardownFailure'] ??= failure;
    super.failed(member, failure, heldBack);
  }

  override ended(member: Member): void {
    if (!member.failure && !member.receive) this.ready(member);
    super.ended(member);
  }

  protected override newChild(receive?: (value: never) => void, label?: string | number): Member {
    return new Member(this, receive, label);
  }

  /** Has it start as soon as there is a place. */
  protected admit(member: Member): void {
    this.enqueue(member);
    this.#startWaiting();
  }

  protected enqueue(member: Member): void {
    if (this.#lastWaiting) this.#lastWaiting.after = member;
    else this.#firstWaiting = member;
    this.#lastWaiting = member;
  }

  /** There may be a place. */
  protected startNext(): void {
    // not by recursion: members that end while they are being subscribed would not fit on the stack
    if (this.#firstWaiting && !this.#isStarting) this.#startWaiting();
  }

  protected start(member: Member, source: Observable<unknown>): void {
    member.call(source);
    this.lifecycle?.tell(member, 'starting');
  }

  /** It waits for its turn, and that will never come. */
  protected refuse(member: Member): void {
    member.source = undefined;
    member.running = false;
    this.size--;
    this.lifecycle?.tell(member, 'refused');
    this.goOn();
  }

  protected override gone(member: Member): void {
    if (member.receive) this.#oneReady();
    else this.#active--;
    this.lifecycle?.tell(member, endOf(member), member.failure);
    super.gone(member);
    this.startNext();
  }

  protected override stopChildren(): void {
    super.stopChildren();
    for (let member = this.#firstWaiting; member; member = member.after as Member | undefined) this.refuse(member);
  }

  protected override stopChild(member: Member): void {
    if (member.running) this.lifecycle?.tell(member, 'stopping');
    super.stopChild(member);
  }

  protected override forceChild(member: Member): void {
    // once, though this group's own grace period may be over after one around it
    const isTold = member.forced;
    member.forced = true;
    if (!isTold) this.lifecycle?.tell(member, 'forced');
    super.forceChild(member);
  }

  protected override isDecisive({ failure, path: [name], receive, stopped }: Member): boolean {
    const { until = 'first' } = this.options;
    if (failure) return until !== 'all';
    if (receive ?? stopped) return false;
    return until === 'first' || (typeof until === 'object' && until.includes(String(name)));
  }

  protected override fail(failure: Failure, heldBack?: boolean): void {
    // with `errors: 'first'` of the others nobody would ever hear
    if (this.options.errors !== 'first' || this.failures.length === 0) super.fail(failure, heldBack);
  }

  protected override putFirst(failure: Failure): void {
    if (this.options.errors === 'first') this.failures[0] = failure;
    else super.putFirst(failure);
  }

  protected override relay(failure: Failure, heldBack?: boolean): void {
    super.relay(this.options.errors === 'first' ? { ...failure, path: [] } : failure, heldBack);
  }

  protected override outcome(failures: readonly Failure[]): unknown {
    const { errors, recorder } = this.options;
    const error = errors === 'first' && failures.length === 1 ? failures[0]?.error : new RunGroupError(failures);
    recorder?.failed(failureOf(error, 'run'));
    return error;
  }

  /** Starts what waits, as far as it may. */
  #startWaiting(): void {
    const { concurrency = Infinity } = this.options;
    this.#isStarting = true;
    let member;
    while ((member = this.#firstWaiting) && this.#active < concurrency && !this.why) {
      this.#firstWaiting = member.after as Member | undefined;
      member.after = undefined;
      if (!this.#firstWaiting) this.#lastWaiting = undefined;
      const { source } = member;
      // it has been refused meanwhile
      if (!source) continue;
      member.source = undefined;
      this.#active++;
      this.append(member);
      this.start(member, source);
    }
    this.#isStarting = false;
  }

  #oneReady(): void {
    if (--this.#unready === 0 && !this.why) this.#answersFor?.ready();
  }
}

function endOf({ forced, failure, stopped }: Member): MemberEvent['type'] {
  return forced ? 'late' : failure ? 'failed' : stopped ? 'stopped' : 'completed';
}
