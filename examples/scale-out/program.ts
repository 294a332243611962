import { type NatsConnection } from 'nats';
import { exponentialBackoff, GraceExceededError, group, restart, runWhile, type LifecycleEvent } from 'rx-runner';
import { health } from 'rx-runner/node';
import { BehaviorSubject, defer, map, NEVER, ReplaySubject, scan, startWith, Subject, tap, throttleTime, type Observable } from 'rxjs';
import { type Broker } from '../pipeline/Broker.js';
import { consumer } from '../pipeline/consumer.js';
import { type Database } from '../pipeline/Database.js';
import { openBroker } from '../pipeline/openBroker.js';
import { openDatabase } from '../pipeline/openDatabase.js';
import { bookkeeper } from './bookkeeper.js';
import { leader } from './leader.js';
import { nats } from './nats.js';
import { type Settings } from './settings.js';
import { log, logEvent } from './log.js';

/** The pipeline without its producer, and the leadership. */
export function program(settings: Omit<Settings, 'grace'>): Observable<unknown> {
  const { lease } = settings;
  const database = new ReplaySubject<Database>(1);
  const broker = new ReplaySubject<Broker>(1);
  const connection = new ReplaySubject<NatsConnection>(1);
  const token = new BehaviorSubject<number | undefined>(undefined);
  const leads = token.pipe(map((held) => held !== undefined));

  const lifecycle = new Subject<LifecycleEvent>();
  lifecycle.subscribe(logEvent);
  const service = group(
    {
      database: openDatabase(settings).pipe(tap(database)),
      broker: openBroker(settings).pipe(tap(broker)),
      consumer: consumer(broker, database).pipe(
        scan((sum, { length }) => sum + length, 0),
        throttleTime(1_000, undefined, { leading: true, trailing: true }),
        tap((sum) => log('consumer', `has written ${sum} orders`)),
        // a member of a consumer group may be sent away from it, as after a long pause
        restart({ delay: exponentialBackoff({ initial: 100, max: 5_000 }), limit: 20, within: 60_000 }),
      ),
      nats: nats(settings.natsUrl).pipe(tap(connection)),
      leader: leader(connection, lease).pipe(
        tap(token),
        tap((held) => log('leader', held === undefined ? 'follows' : `leads, with the token ${held}`)),
      ),
      bookkeeper: defer(() => {
        const held = token.value;
        return held === undefined ? NEVER : bookkeeper(settings.databaseUrl, lease, held);
      }).pipe(
        // its last third is what a lost lease leaves for the teardown
        runWhile(leads, { grace: lease.duration / 3 }),
        restart({
          delay: lease.duration / 10,
          limit: 10,
          within: 60_000,
          unless: (error) => error instanceof GraceExceededError,
        }),
        // ready, whether or not it has something to do
        startWith(undefined),
      ),
    },
    {
      needs: {
        broker: ['database'],
        consumer: ['broker'],
        leader: ['nats'],
        bookkeeper: ['database', 'leader'],
      },
      lifecycle,
      startWithin: 60_000,
    },
  );

  return group(
    {
      health: health({ port: settings.healthPort }, lifecycle).pipe(
        tap(({ port }) => log('health', `listens on port ${port}`)),
      ),
      service,
    },
    { needs: { service: ['health'] } },
  );
}
