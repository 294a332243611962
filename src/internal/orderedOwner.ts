import type { Observable } from 'rxjs';
import { StartTimeoutError } from '../StartTimeoutError.js';
import type { Child } from './child.js';
import { Owner, type Destination, type OwnerOptions, type ToSource } from './owner.js';
import { placesOf, type Needs, type Place } from './places.js';
import { timer } from './rxjs.js';

/** A group whose members start when those that they need are ready, and are torn down before they are. */
export class OrderedOwner<T> extends Owner<T> {
  readonly #places: ReadonlyMap<unknown, Place<T>>;
  readonly #startWithin: number;
  /** What is to be stopped now; grows while it is gone through. */
  readonly #stoppable: Child<T>[] = [];
  #stopRequested = false;
  #isStopping = false;
  #isPassingOn = false;

  constructor(
    destination: Destination<T>,
    options: OwnerOptions,
    toSource: ToSource<T>,
    order: { readonly names: readonly string[]; readonly needs?: Needs; readonly startWithin?: number },
  ) {
    super(destination, { ...options, watched: true }, toSource);
    const { names, needs = {}, startWithin = Infinity } = order;
    this.#places = placesOf(names, needs);
    this.#startWithin = startWithin;
  }

  override ready(member: Child<T>): void {
    const before = member.isReady;
    super.ready(member);
    if (before || !member.isReady) return;
    const place = this.#placeOf(member);
    place?.timeLeft?.unsubscribe();
    for (const dependent of place?.dependents ?? []) {
      dependent.unmet--;
      if (dependent.member) this.#startInOrder(dependent, dependent.member);
    }
    this.startNext();
  }

  override value(child: Child<T>, value: T): void {
    // what starts because of this value emits after it
    const isFirst = !child.isReady && !this.#isPassingOn;
    this.#isPassingOn ||= isFirst;
    super.value(child, value);
    if (!isFirst) return;
    this.#isPassingOn = false;
    this.startNext();
  }

  override ended(child: Child<T>): void {
    const place = this.#placeOf(child);
    place?.timeLeft?.unsubscribe();
    if (place && !child.erred) place.prepared = place.dependents.some(({ started }) => !started);
    super.ended(child);
    if (!place || !child.erred || this.why) return;
    this.#refuseDependents(place);
    this.#stopStoppable();
  }

  override settled(child: Child<T>): void {
    const place = this.#placeOf(child);
    super.settled(child);
    if (!place) return;
    if (!child.isReady || child.failure) this.#refuseDependents(place);
    this.#settle(place);
    this.#stopStoppable();
  }

  protected override isDecisive(child: Child<T>): boolean {
    return (!!child.failure || !this.#placeOf(child)?.prepared) && super.isDecisive(child);
  }

  protected override enqueue(member: Child<T>): void {
    const place = this.#placeOf(member);
    if (!place) return;
    place.member = member;
    if (place.refused) {
      member.stop();
      return;
    }
    this.#startInOrder(place, member);
    this.startNext();
    if (!place.started) this.emit(member, 'waiting');
  }

  protected override startNext(): void {
    if (!this.#isPassingOn) super.startNext();
  }

  protected override start(member: Child<T>, source: Observable<T> | undefined): void {
    const place = this.#placeOf(member);
    const startWithin = this.#startWithin;
    if (place) {
      place.started = true;
      // they stop in the order of their start
      this.children.delete(member);
      this.children.add(member);
      // longer than a timer can be set for is no limit
      if (startWithin < 2 ** 31)
        // eslint-disable-next-line rxjs-x/no-ignored-error -- a timer has none
        place.timeLeft = timer(startWithin).subscribe(() => {
          member.error(new StartTimeoutError(member.path, startWithin));
        });
    }
    super.start(member, source);
  }

  /** Stops those that nobody needs; the others follow when those have settled. */
  protected override stopChildren(): void {
    // whose turn to be added has not come will never start, and holds nothing back
    for (const place of this.#places.values()) if (!place.member) this.#settle(place);
    this.#stopRequested = true;
    for (const child of this.children) {
      if (child.source || !this.#placeOf(child)?.holding) this.#stoppable.push(child);
    }
    this.#stopStoppable();
  }

  protected override stopChild(child: Child<T>): void {
    this.#placeOf(child)?.timeLeft?.unsubscribe();
    super.stopChild(child);
  }

  #placeOf({ label, receive }: Child<T>): Place<T> | undefined {
    return receive ? undefined : this.#places.get(label);
  }

  #startInOrder(place: Place<T>, member: Child<T>): void {
    if (place.unmet === 0) this.queue(member);
  }

  #refuseDependents({ dependents }: Place<T>): void {
    for (const dependent of dependents) {
      dependent.refused = true;
      if (dependent.member && !dependent.started) this.#stoppable.push(dependent.member);
    }
  }

  /** Those that it needed are needed by one less; without recursion, the chain may be longer than the call stack. */
  #settle(settled: Place<T>): void {
    settled.settled = true;
    const released = settled.holding === 0 ? [settled] : [];
    for (const place of released) {
      for (const need of place.needs) {
        if (--need.holding > 0) continue;
        if (need.settled) released.push(need);
        else if (need.member && this.#stopRequested) this.#stoppable.push(need.member);
      }
    }
  }

  #stopStoppable(): void {
    const stoppable = this.#stoppable;
    // one call goes through all of them, however deep it is called
    if (this.#isStopping) return;
    this.#isStopping = true;
    for (const child of stoppable) this.stopChild(child);
    stoppable.length = 0;
    this.#isStopping = false;
  }
}
