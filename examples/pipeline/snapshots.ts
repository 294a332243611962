import { runner } from 'rx-runner';
import { combineLatest, map, repeat, ReplaySubject, scan, share, switchMap, type Observable } from 'rxjs';
import { type Database, type Figures } from './Database.js';
import { type Story } from './story.js';

/** Everything that the page shows, at one moment. */
export interface Snapshot extends Reading {
  readonly story: Story;
}

interface Reading {
  readonly database: string;
  readonly figures: Figures;
  readonly at: number;
  /** Orders per second, since the reading before. */
  readonly rate?: number;
}

/** How long it waits after each reading, in milliseconds. */
const pause = 1000;

/** Reads the figures again and again, as long as somebody watches, once for all of them. */
export function snapshots(database: Observable<Database>, story: Observable<Story>): Observable<Snapshot> {
  const readings = database.pipe(switchMap(readingsOf));
  return combineLatest([readings, story]).pipe(
    map(([reading, story]) => ({ ...reading, story })),
    share({ connector: () => new ReplaySubject(1) }),
  );
}

function readingsOf(database: Database): Observable<Reading> {
  // a runner: a stop waits for the reading that is under way
  return runner(() => database.figures()).pipe(
    map((figures): Reading => ({ database: database.name, figures, at: performance.now() })),
    repeat({ delay: pause }),
    scan(withRate),
  );
}

function withRate(before: Reading, now: Reading): Reading {
  return { ...now, rate: (1000 * (now.figures.orders - before.figures.orders)) / (now.at - before.at) };
}
