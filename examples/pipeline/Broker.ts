import { type Observable } from 'rxjs';
import { type Order } from './Order.js';

/** The broker behind one interface: Kafka, or the one that is embedded. */
export interface Broker {
  /** For the log: which one, and where. */
  readonly name: string;
  /** Resolves when the broker has acknowledged all of them. */
  publish(orders: readonly Order[]): Promise<void>;
  /**
   * A runner: takes orders in batches, gives each to `write`, and commits it once that has resolved. Emits each batch that
   * was committed. Its teardown stops the intake, finishes and commits what is in hand, and then disconnects.
   */
  consume(write: (orders: readonly Order[]) => Promise<void>): Observable<readonly Order[]>;
}
