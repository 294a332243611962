import { BehaviorSubject, filter, map, type Observable } from 'rxjs';
import { type Order } from './Order.js';

/** Which orders have been sent and are not written yet. One that is sent twice is there once. */
export class Backlog {
  readonly #ids = new Set<string>();
  readonly #size = new BehaviorSubject(0);

  /** Emits when it is empty. */
  readonly empty: Observable<void> = this.#size.pipe(
    filter((size) => size === 0),
    map(() => undefined),
  );

  add(orders: readonly Order[]): void {
    for (const { id } of orders) this.#ids.add(id);
    this.#size.next(this.#ids.size);
  }

  delete(orders: readonly Order[]): void {
    for (const { id } of orders) this.#ids.delete(id);
    this.#size.next(this.#ids.size);
  }
}
