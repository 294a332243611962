import { filter, startWith, Subject, type Observable } from 'rxjs';
import { type Order } from './Order.js';

/** Which orders have been sent and are not written yet. One that is sent twice is there once. */
export class Backlog {
  readonly #ids = new Set<string>();
  readonly #deleted = new Subject<void>();

  add(orders: readonly Order[]): void {
    for (const { id } of orders) this.#ids.add(id);
  }

  delete(orders: readonly Order[]): void {
    for (const { id } of orders) this.#ids.delete(id);
    this.#deleted.next();
  }

  /** Emits when all that is there now is gone, whatever came meanwhile. */
  worked(): Observable<unknown> {
    const now = [...this.#ids];
    return this.#deleted.pipe(
      startWith(undefined),
      filter(() => now.every((id) => !this.#ids.has(id))),
    );
  }
}
