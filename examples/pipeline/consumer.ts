import { switchRun } from 'rx-runner';
import { combineLatest, type Observable } from 'rxjs';
import { type Broker } from './Broker.js';
import { type Database } from './Database.js';
import { type Order } from './Order.js';

/** A runner: takes orders from the broker into the database. Emits those that are safe there, and committed. */
export function consumer(broker: Observable<Broker>, database: Observable<Database>): Observable<readonly Order[]> {
  return combineLatest([broker, database]).pipe(
    switchRun(([broker, database]) => broker.consume((orders) => database.write(orders))),
  );
}
