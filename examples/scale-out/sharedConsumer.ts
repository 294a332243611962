import { exponentialBackoff, restart } from 'rx-runner';
import { scan, throttleTime, type Observable } from 'rxjs';
import { type Broker } from '../pipeline/Broker.js';
import { consumer } from '../pipeline/consumer.js';
import { type Database } from '../pipeline/Database.js';

/** The consumer of the pipeline as one of several: emits, now and then, how many orders it has written. */
export function sharedConsumer(broker: Observable<Broker>, database: Observable<Database>): Observable<number> {
  return consumer(broker, database).pipe(
    // Its group sends a member away that was not heard of for a while, or that comes in the middle of a new distribution.
    restart({ delay: exponentialBackoff({ initial: 100, max: 5_000 }), limit: 20, within: 120_000 }),
    scan((sum, { length }) => sum + length, 0),
    throttleTime(1_000, undefined, { leading: true, trailing: true }),
  );
}
