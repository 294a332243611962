import type { Observable, Subscription } from 'rxjs';
import { StartTimeoutError } from '../StartTimeoutError.js';
import { Group, type GroupSettings, type ToSource } from './group.js';
import type { Member } from './member.js';
import type { Order } from './order.js';
import type { Destination } from './owner.js';
import { timer } from './rxjs.js';

/** A group whose members start when those that they need are ready, and are torn down before they are. */
export class OrderedGroup extends Group {
  readonly #order: Order;
  readonly #startWithin: number;
  readonly #timeLeft = new Map<Member, Subscription>();
  /** Whom the order lets stop now; grows while it is gone through. */
  readonly #stoppable: Member[] = [];
  #isPassingOn = false;

  constructor(
    destination: Destination,
    options: GroupSettings,
    toSource: ToSource,
    order: Order,
    startWithin: number | undefined,
  ) {
    super(destination, { ...options, watched: true }, toSource);
    this.#order = order;
    this.#startWithin = startWithin ?? Infinity;
  }

  override ready(member: Member): void {
    const before = member.isReady;
    super.ready(member);
    if (before || !member.isReady) return;
    this.#endTime(member);
    for (const startable of this.#order.ready(member)) this.enqueue(startable);
    this.startNext();
  }

  override value(member: Member, value: unknown): void {
    // what starts because of this value emits after it
    const isFirst = !member.isReady && !this.#isPassingOn;
    this.#isPassingOn ||= isFirst;
    super.value(member, value);
    if (!isFirst) return;
    this.#isPassingOn = false;
    this.startNext();
  }

  override ended(member: Member): void {
    if (!member.receive) {
      this.#endTime(member);
      if (!member.erred) this.#order.completed(member);
    }
    super.ended(member);
    if (member.erred && !member.receive && !this.why) this.#stopThose(this.#order.lost(member));
  }

  protected override gone(member: Member): void {
    super.gone(member);
    if (!member.receive) this.#settle(member);
  }

  protected override refuse(member: Member): void {
    super.refuse(member);
    this.#settle(member);
  }

  protected override isDecisive(member: Member): boolean {
    return (!!member.failure || !!member.receive || !this.#order.isPreparation(member)) && super.isDecisive(member);
  }

  protected override admit(member: Member): void {
    const may = this.#order.add(member);
    if (may === 'never') {
      this.#stopThose([member]);
      return;
    }
    if (may === 'now') this.enqueue(member);
    this.startNext();
  }

  protected override startNext(): void {
    if (!this.#isPassingOn) super.startNext();
  }

  protected override start(member: Member, source: Observable<unknown>): void {
    const startWithin = this.#startWithin;
    this.#order.started(member);
    // longer than a timer can be set for is no limit
    if (startWithin < 2 ** 31)
      this.#timeLeft.set(
        member,
        // eslint-disable-next-line rxjs-x/no-ignored-error -- a timer has none
        timer(startWithin).subscribe(() => {
          member.error(new StartTimeoutError(member.path, startWithin));
        }),
      );
    super.start(member, source);
  }

  protected override stopChildren(): void {
    const members = this.#order.stop();
    // the stream first, if it is still there
    const stream = this.after as Partial<Member>;
    this.#stopThose(stream.receive ? [stream as Member, ...members] : members);
  }

  protected override stopChild(member: Member): void {
    this.#endTime(member);
    super.stopChild(member);
  }

  #settle(member: Member): void {
    if (!member.isReady || member.failure) this.#stopThose(this.#order.lost(member));
    this.#stopThose(this.#order.settled(member));
  }

  #stopThose(members: readonly Member[]): void {
    const stoppable = this.#stoppable;
    const isFirst = stoppable.length === 0;
    stoppable.push(...members);
    // one call goes through all of them, however deep it is called
    if (!isFirst) return;
    for (const member of stoppable) {
      if (member.isWaiting) this.refuse(member);
      else this.stopChild(member);
    }
    stoppable.length = 0;
  }

  #endTime(member: Member): void {
    this.#timeLeft.get(member)?.unsubscribe();
    this.#timeLeft.delete(member);
  }
}
