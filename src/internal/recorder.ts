import type { Failure, MemberReport, MemberState, RunReport } from '../types.js';
import type { MemberEvent, Reported } from './ambient.js';
import { isBranded } from './brand.js';
import { asyncScheduler } from './rxjs.js';

/** Keeps what is to be told of a run, and of every member by its path. */
export interface Recorder {
  /** Takes note of an event; the event of the run itself has an empty path. */
  record(event: MemberEvent, from: Reported): void;
  /** The run itself has failed; what it failed with carries the report, if it is the error of a group. */
  failed(failure: Failure): void;
  report(): RunReport;
}

type Entry = { -readonly [K in keyof MemberReport]: MemberReport[K] };

/** An entry, and when it began and was over: of how many others the end had been told by then. */
interface Life {
  readonly entry: Entry;
  readonly began: number;
  over: number;
}

type Times = 'startedAt' | 'readyAt' | 'stoppingAt' | 'endedAt';

const whenOf: Partial<Record<MemberEvent['type'], Times>> = {
  starting: 'startedAt',
  ready: 'readyAt',
  stopping: 'stoppingAt',
};
const isEnd = /completed|stopped|failed|forced|late/;

/** A group may have new members for ever: of those that have ended, the last ones are kept. */
const endedKept = 1000;

export function newRecorder(): Recorder {
  const run: Entry = { path: [], state: 'starting', startedAt: asyncScheduler.now() };
  // by what they are, not by their names: a name may come late, and two may have the same
  const members = new Map<Reported, Life>();
  const ended = new Set<Reported>();
  let endings = 0;

  const report = (): RunReport => reportOf(run, [...members.values()]);

  function lifeOf({ path }: MemberEvent, from: Reported): Life {
    const life = members.get(from) ?? { entry: { path, state: 'waiting' }, began: endings, over: Infinity };
    life.entry.path = path;
    members.set(from, life);
    return life;
  }

  function forgetOldest(): void {
    for (const oldest of ended) {
      if (ended.size <= endedKept) return;
      ended.delete(oldest);
      members.delete(oldest);
    }
  }

  return {
    record(event, from) {
      const { type, at } = event;
      // it has been forgotten
      if (type === 'late' && !members.has(from)) return;
      const life = event.path.length > 0 ? lifeOf(event, from) : undefined;
      const entry = life?.entry ?? run;
      entry.state = stateAfter(type, entry.state);
      const when = isEnd.test(type) ? 'endedAt' : whenOf[type];
      if (when) entry[when] = at;
      if (from.runFailure) entry.error = from.runFailure.error;
      if (from.teardownFailure) entry.teardownError = from.teardownFailure.error;
      if (!life || ended.has(from) || !isOver(entry)) return;
      ended.add(from);
      life.over = ++endings;
      forgetOldest();
    },
    failed({ phase, error }) {
      run.state = 'failed';
      run.endedAt = asyncScheduler.now();
      run[phase === 'run' ? 'error' : 'teardownError'] = error;
      // not to be printed with it: its message says what failed
      if (isBranded(error, 'RunGroupError'))
        Reflect.defineProperty(error as object, 'report', { value: report(), configurable: true });
    },
    report,
  };
}

function stateAfter(type: MemberEvent['type'], before: MemberState): MemberState {
  if (type === 'refused') return 'notStarted';
  return type === 'restarting' || type === 'late' ? before : type;
}

function reportOf(run: Entry, lives: readonly Life[]): RunReport {
  const members = new Map<string, Life>();
  const counts = new Map<string, number>();
  for (const life of lives) members.set(keyFor(life, members, counts), life);
  const stopping = [...members].filter(([, { entry }]) => entry.state === 'stopping').map(([key]) => key);
  const frozen = [...members].map(([key, { entry }]) => [key, frozenCopy(entry)] as const);
  return Object.freeze({
    ...frozenCopy(run),
    members: Object.freeze(Object.fromEntries(frozen)),
    stopping: Object.freeze(stopping),
  });
}

/** One that has ended makes room for a successor of the same name; those that lived at once are each shown. */
function keyFor({ entry, began }: Life, taken: ReadonlyMap<string, Life>, counts: Map<string, number>): string {
  const name = entry.path.join('/');
  for (let count = counts.get(name) ?? 1; ; count++) {
    const key = count === 1 ? name : `${name}#${count}`;
    const other = taken.get(key);
    if (other && other.over > began) continue;
    counts.set(name, count);
    return key;
  }
}

function isOver({ state, endedAt }: Entry): boolean {
  return endedAt !== undefined || state === 'notStarted';
}

function frozenCopy(entry: Entry): MemberReport {
  return Object.freeze({ ...entry, path: Object.freeze([...entry.path]) });
}
