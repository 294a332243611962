import type { Observable } from 'rxjs';
import type { Child } from './child.js';
import { lending } from './claimReadiness.js';
import { Owner } from './owner.js';

/** An owner that runs one source after another: each when the teardown of the one before has settled. */
export class SerialOwner<T> extends Owner<T> {
  /** What runs, or is being torn down. */
  protected current: Child<T> | undefined;
  #next: Observable<T> | undefined;
  #starting = false;
  /** What runs may answer for the member's readiness, each run anew, unless something around this does. */
  readonly #answers = !this.link?.claimed;
  readonly #lends = !!this.link?.lent;

  protected override get idle(): boolean {
    return (!this.#next || !!this.why) && super.idle;
  }

  override tornDown(): void {
    super.tornDown();
    if (!this.why && this.current?.running === false) this.beginGrace();
  }

  override settled(child: Child<T>): void {
    if (child === this.current) {
      this.current = undefined;
      // that of a stop goes on: what is left of it may be more than this
      if (!this.why) this.endGrace();
    }
    super.settled(child);
  }

  /** Stops what runs; then runs `source`, if there is one, unless this is called again before. */
  runInstead(source?: Observable<T>): void {
    this.#next = source;
    if (this.current) this.stopChild(this.current);
    this.startNext();
    // its subscriber was closed before
    if (this.idle) this.finish();
  }

  protected override startNext(): void {
    // a loop, for a source that ends while it is being subscribed
    if (this.#starting) return;
    this.#starting = true;
    while (this.#next && !this.current && !this.why) {
      const source = this.#next;
      this.#next = undefined;
      if (this.#answers) this.link?.renew();
      const child = (this.current = this.child());
      lending(this.#lends ? this.link : undefined, () => {
        child.call(source);
      });
    }
    this.#starting = false;
  }

  protected override graceOver(): void {
    if (this.why || this.options.grace !== 0) super.graceOver();
    // not waited for, which is no failure: the next one can start
    else this.current?.abandon();
  }
}
