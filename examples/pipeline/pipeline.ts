/**
 * Orders: a producer sends them to a broker, a consumer takes them from there into a database, and a website shows them
 * live. Nothing has to be installed: broker and database are within this process, unless there are others.
 *
 *     npm start                  # then open the address that it prints, then Ctrl-C
 *     PORT=8080 RATE=200 npm start
 *     KAFKA_BROKERS=localhost:9092 DATABASE_URL=postgres://user:password@localhost:5432/shop RESTART=1 npm start
 *
 * All that can be set is in settings.ts.
 */
import { inspect } from 'node:util';
import { exponentialBackoff, group, interrupt, restart, type LifecycleEvent } from 'rx-runner';
import { runMain } from 'rx-runner/node';
import { identity, ReplaySubject, tap, type Observable } from 'rxjs';
import { type Broker } from './Broker.js';
import { consumer } from './consumer.js';
import { type Database } from './Database.js';
import { openBroker } from './openBroker.js';
import { openDatabase } from './openDatabase.js';
import { producer } from './producer.js';
import { progress } from './progress.js';
import { settings, type Settings } from './settings.js';
import { Terminal } from './Terminal.js';
import { website } from './website.js';

const terminal = new Terminal(process.stdout);
const lifecycle = new ReplaySubject<LifecycleEvent>(1000);
// beside the program, and never stopped: they tell of its end, too
lifecycle.pipe(tap((event) => terminal.logEvent(event))).subscribe();
progress(lifecycle, process.stdout.isTTY)
  .pipe(tap((text) => terminal.status(text)))
  .subscribe();

function pipeline({ restarts, grace, ...options }: Settings): Observable<unknown> {
  // what one member makes, and others use
  const database = new ReplaySubject<Database>(1);
  const broker = new ReplaySubject<Broker>(1);
  const again = restarts ? restart({ delay: exponentialBackoff({ initial: 500, max: 10_000 }) }) : identity;
  return group(
    {
      database: openDatabase(options).pipe(
        tap((opened) => {
          terminal.log('database', `is ${opened.name}`);
          database.next(opened);
        }),
      ),
      broker: openBroker(options).pipe(
        tap((opened) => {
          terminal.log('broker', `is ${opened.name}`);
          broker.next(opened);
        }),
      ),
      consumer: consumer(broker, database).pipe(again),
      producer: producer(broker, options).pipe(again),
      website: website(options, database, lifecycle).pipe(
        tap(({ address, port }) => terminal.log('website', `listens on http://${address}:${port}/`)),
      ),
      interrupt: interrupt().pipe(tap((signal) => terminal.log('interrupt', `got ${signal}`))),
    },
    {
      needs: {
        broker: ['database'],
        consumer: ['broker', 'database'],
        producer: ['consumer'],
        website: ['database'],
      },
      // After a signal `runMain` gives up first, and ends the process; this one is for a stop without a signal.
      grace: grace + 1000,
      lifecycle,
    },
  );
}

function main(): void {
  const options = settings(process.env);
  terminal.log('program', `keeps its files in ${options.directory}`);
  const say = (line: string): void => terminal.log('program', line);
  // any other exit code than 0 looks like a failure under npm
  void runMain(pipeline(options), { grace: options.grace, exitCode: 'zero', logger: { info: say, error: say } });
}

try {
  main();
} catch (error) {
  terminal.log('program', inspect(error));
  process.exitCode = 1;
}
