import type { Observable } from 'rxjs';
import type { GraceOptions } from '../types.js';
import type { MemberLink } from './ambient.js';
import type { Child } from './child.js';
import { lending } from './claimReadiness.js';
import { Owner, type Destination } from './owner.js';

/** An owner that runs one source after another: each when the teardown of the one before has settled. */
export class Series extends Owner {
  /** What runs, or is being torn down. */
  protected current: Child | undefined;
  /** The group member that it is part of. */
  protected readonly around: MemberLink | undefined = this.home?.member;
  #next: Observable<unknown> | undefined;
  #isStarting = false;
  /** What runs may answer for the member's readiness, each run anew, unless something around this does. */
  readonly #answers = !this.around?.claimed;
  /** Or else a group in it may, in place of what is around this. */
  readonly #lends = !!this.around?.lent;
  /** Whether the first run that completes by itself ends all. */
  readonly #once: boolean;

  constructor(destination: Destination, options: GraceOptions, once = false) {
    super(destination, options);
    this.#once = once;
  }

  /** Stops what runs; then runs `source`, if there is one, unless this is called again before. */
  runInstead(source?: Observable<unknown>): void {
    this.#next = source;
    if (this.current) this.stopChild(this.current);
    this.goOn();
  }

  override settled(child: Child): void {
    if (child === this.current) {
      this.current = undefined;
      // that of a stop goes on: there may be more left of it than this
      if (!this.why) this.endGrace();
    }
    super.settled(child);
  }

  protected override get idle(): boolean {
    return super.idle && (!this.#next || !!this.why);
  }

  protected override get isTearingDown(): boolean {
    return super.isTearingDown || this.current?.running === false;
  }

  protected override graceOver(): void {
    if (this.why || this.options.grace !== 0) super.graceOver();
    // not waited for, which is no failure: the next one can start
    else this.current?.abandon();
  }

  protected override goOn(): void {
    this.#startNext();
    super.goOn();
  }

  protected override isDecisive(child: Child): boolean {
    return !!child.failure || (this.#once && super.isDecisive(child));
  }

  #startNext(): void {
    // a loop, for a source that ends while it is being subscribed
    if (this.#isStarting) return;
    this.#isStarting = true;
    while (this.#next && !this.current && !this.why) {
      const source = this.#next;
      this.#next = undefined;
      if (this.#answers) this.around?.renew();
      const child = (this.current = this.child());
      lending(this.#lends ? this.around : undefined, () => {
        child.call(source);
      });
    }
    this.#isStarting = false;
  }
}
