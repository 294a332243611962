import { runner } from 'rx-runner';
import { combineLatest, defer, map, repeat, ReplaySubject, scan, share, switchMap, type Observable } from 'rxjs';
import { type Database, type Figures } from './Database.js';
import { type Story } from './story.js';

/** Everything that the page shows, at one moment. */
export interface Snapshot {
  readonly database: string;
  readonly figures: Figures;
  /** Orders per second, since the snapshot before. */
  readonly rate: number;
  readonly story: Story;
}

interface Reading {
  readonly database: string;
  readonly figures: Figures;
  readonly at: number;
  readonly rate: number;
}

/** How long it waits after each reading, in milliseconds. */
const pause = 1000;

/** Reads the figures again and again, as long as somebody watches, once for all of them. */
export function snapshots(database: Observable<Database>, story: Observable<Story>): Observable<Snapshot> {
  const readings = database.pipe(
    switchMap((source) =>
      // A runner, so that a stop waits for the reading that is under way.
      runner(() => source.figures()).pipe(
        map((figures) => ({ database: source.name, figures, at: performance.now(), rate: 0 })),
        repeat({ delay: pause }),
        scan(withRate),
      ),
    ),
  );
  return combineLatest([readings, story]).pipe(
    map(([{ database, figures, rate }, story]) => ({ database, figures, rate, story })),
    share({ connector: () => new ReplaySubject(1) }),
  );
}

function withRate(before: Reading, now: Reading): Reading {
  return { ...now, rate: (1000 * (now.figures.orders - before.figures.orders)) / (now.at - before.at) };
}
