import { type NatsConnection } from 'nats';
import { group, type LifecycleEvent } from 'rx-runner';
import { health } from 'rx-runner/node';
import { BehaviorSubject, catchError, ReplaySubject, type Subject, tap, type Observable } from 'rxjs';
import { type Broker } from '../pipeline/Broker.js';
import { type Database } from '../pipeline/Database.js';
import { kafka } from '../pipeline/kafka.js';
import { listenError } from '../pipeline/listenError.js';
import { postgres } from '../pipeline/postgres.js';
import { website } from '../pipeline/website.js';
import { bookkeeper } from './bookkeeper.js';
import { leader } from './leader.js';
import { leaderOnly } from './leaderOnly.js';
import { log, logEvent } from './log.js';
import { nats } from './nats.js';
import { type Settings } from './settings.js';
import { sharedConsumer } from './sharedConsumer.js';

/** The pipeline without its producer, and what only one of its processes does. */
export function program(settings: Settings): Observable<unknown> {
  const { databaseUrl, kafkaBrokers, topic, consumerGroup, natsUrl, host, port, healthPort, grace, lease } = settings;
  // what a member opens, for those that need it
  const database = new ReplaySubject<Database>(1);
  const broker = new ReplaySubject<Broker>(1);
  const connection = new ReplaySubject<NatsConnection>(1);
  const token = new BehaviorSubject<number | undefined>(undefined);
  const lifecycle = new ReplaySubject<LifecycleEvent>(1_000);
  // not `tap(subject)`, which would close the subject when it is unsubscribed
  const keeps = <T>(subject: Subject<T>) => tap((value: T) => subject.next(value));
  const says = <T>(who: string, what: (value: T) => string) => tap((value: T) => log(who, what(value)));

  const service = group(
    {
      database: postgres(databaseUrl).pipe(keeps(database)),
      website: website({ host, port }, database, lifecycle).pipe(says('website', (at) => `listens on port ${at.port}`)),
      broker: kafka(kafkaBrokers, topic, consumerGroup).pipe(keeps(broker)),
      consumer: sharedConsumer(broker, database).pipe(says('consumer', (sum) => `has written ${sum} orders`)),
      nats: nats(natsUrl).pipe(keeps(connection)),
      leader: leader(connection, lease).pipe(
        keeps(token),
        says('leader', (held) => (held === undefined ? 'follows' : `leads, with the token ${held}`)),
      ),
      bookkeeper: leaderOnly(token, lease, (held) => bookkeeper(databaseUrl, lease, held)),
    },
    {
      needs: {
        website: ['database'],
        broker: ['database'],
        consumer: ['broker'],
        leader: ['nats'],
        // it is torn down before the lease is given up
        bookkeeper: ['leader', 'database'],
      },
      startWithin: 60_000,
      lifecycle: {
        next(event) {
          logEvent(event);
          lifecycle.next(event);
        },
      },
    },
  );
  return group(
    {
      health: health({ host, port: healthPort }, lifecycle).pipe(
        says('health', (at) => `listens on port ${at.port}`),
        catchError((error: unknown) => {
          throw listenError(error, `${host}:${healthPort}`, 'HEALTH_PORT');
        }),
      ),
      service,
    },
    {
      // it answers until all others have ended
      needs: { service: ['health'] },
      // After a signal `runMain` gives up first, and ends the process; this one is for a stop without a signal.
      grace: grace + 1_000,
    },
  );
}
