import { BehaviorSubject, NEVER, of, timer, type Observable } from 'rxjs';
import {
  exclusive,
  finalizeAsync,
  group,
  restart,
  runGroup,
  runner,
  runWhile,
  settle,
  stopWhen,
  switchRun,
  withResource,
} from '../../src/index.js';

/** Puts a source into the care of something that waits for its teardown. */
export type OwnerOf = (source: Observable<unknown>) => Observable<unknown>;

/** All that wait for teardowns, each with one source, whose failure is theirs. */
export const owners: readonly (readonly [name: string, owner: OwnerOf])[] = [
  ['runner', (source) => runner(() => source)],
  ['withResource', (source) => withResource({ acquire: () => 1, use: () => source, release: () => undefined })],
  [
    'withResource that takes its time to open',
    (source) => withResource({ acquire: () => timer(1), use: () => source, release: () => undefined }),
  ],
  ['group', (source) => group({ api: source, idle: NEVER })],
  ['group that keeps a report', (source) => group({ api: source, idle: NEVER }, { report: true })],
  ['group with needs', (source) => group({ api: source, idle: NEVER }, { needs: { idle: ['api'] } })],
  ['group in a group', (source) => group({ inner: group({ api: source }), idle: NEVER })],
  ['runGroup', (source) => of(source, NEVER).pipe(runGroup())],
  ['settle', (source) => source.pipe(settle())],
  ['stopWhen', (source) => source.pipe(stopWhen(NEVER))],
  ['switchRun', (source) => of(1).pipe(switchRun(() => source))],
  ['runWhile', (source) => source.pipe(runWhile(new BehaviorSubject(true)))],
  ['exclusive', (source) => source.pipe(exclusive())],
  ['finalizeAsync', (source) => source.pipe(finalizeAsync(() => undefined))],
  ['restart', (source) => source.pipe(restart({ unless: () => true }))],
];
