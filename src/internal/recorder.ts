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
  const members = new Map<Reported, Entry>();
  const ended = new Set<Reported>();

  const report = (): RunReport => reportOf(run, [...members.values()]);

  function entryOf({ path }: MemberEvent, from: Reported): Entry {
    if (path.length === 0) return run;
    const entry = members.get(from) ?? { path, state: 'waiting' };
    entry.path = path;
    members.set(from, entry);
    return entry;
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
      const entry = entryOf(event, from);
      entry.state = stateAfter(type, entry.state);
      const when = isEnd.test(type) ? 'endedAt' : whenOf[type];
      if (when) entry[when] = at;
      if (from.runFailure) entry.error = from.runFailure.error;
      if (from.teardownFailure) entry.teardownError = from.teardownFailure.error;
      if (entry !== run && isOver(entry)) ended.add(from);
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

function reportOf(run: Entry, entries: readonly Entry[]): RunReport {
  const members = new Map<string, Entry>();
  const counts = new Map<string, number>();
  for (const entry of entries) members.set(keyFor(entry, members, counts), entry);
  const stopping = [...members].filter(([, { state }]) => state === 'stopping').map(([key]) => key);
  const frozen = [...members].map(([key, entry]) => [key, frozenCopy(entry)] as const);
  return Object.freeze({
    ...frozenCopy(run),
    members: Object.freeze(Object.fromEntries(frozen)),
    stopping: Object.freeze(stopping),
  });
}

/** One that has ended makes room for its successor of the same name; of two that live each is shown. */
function keyFor(
  { path, startedAt = Infinity }: Entry,
  taken: ReadonlyMap<string, Entry>,
  counts: Map<string, number>,
): string {
  const name = path.join('/');
  for (let count = counts.get(name) ?? 1; ; count++) {
    const key = count === 1 ? name : `${name}#${count}`;
    const entry = taken.get(key);
    if (entry && !(isOver(entry) && (entry.endedAt ?? 0) <= startedAt)) continue;
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
