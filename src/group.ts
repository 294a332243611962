import { check, checkNumbers, isInput } from './internal/check.js';
import { checkGroupOptions } from './internal/checkGroupOptions.js';
import { checkMember, memberSource } from './internal/memberSource.js';
import { checkNeeds } from './internal/needs.js';
import { Group, type ToSource } from './internal/group.js';
import { Order } from './internal/order.js';
import { OrderedGroup } from './internal/orderedGroup.js';
import { newRecorder } from './internal/recorder.js';
import { runMembers } from './internal/runMembers.js';
import type { GroupOptionsOf, GroupValue, Member, Members, RecordOptions } from './types.js';
import { map, Observable } from './internal/rxjs.js';

/**
 * Runs a list or a record of runners together: stops all when the first one ends, waits for every teardown, and reports
 * everything that failed.
 *
 * The keys of a record name the members in errors and events, and are what `until` may list. Otherwise it is
 * `from(runners).pipe(runGroup(options))`; members that a stop comes before are told of as `refused`.
 *
 * ```
 * api         -a--b--|
 * db          --c--d--e--f--
 * db teardown        ---|
 * result      -ac-bd----|
 * ```
 *
 * An empty group completes at once. With `tagged: true` each value comes with the name of the member that it is of.
 *
 * With `needs` the members of a record start and stop in order:
 *
 * ```
 * db          -r------------
 * api          --a-b-
 * stop               !
 * api teardown       --|
 * db teardown          ---|
 * result      ---a-b------|
 * ```
 *
 * A member starts when those that it needs are ready, and is torn down before they are, also where the one between two has no
 * work left. One that completes before its dependents have started has prepared something for them, and stops nothing. When one
 * fails, or ends without having been ready, those that need it are never started.
 *
 * @example
 * ```ts
 * import { group, interrupt, runner } from 'rx-runner';
 * import { interval } from 'rxjs';
 *
 * const ticker = runner({
 *   run: () => interval(1_000),
 *   teardown: async () => console.log('ticker stopped'),
 * });
 * group({ interrupt: interrupt(), ticker }, { grace: 5_000 }).subscribe((value) => console.log(value));
 * ```
 * @param runners - an array (or other iterable), or a record; a member that is a list itself is none: nest a group
 * @param options - see {@link GroupOptions}, {@link ListOptions} and {@link RecordOptions}
 * @returns a cold Observable of the members' values
 * @throws TypeError for a bad option or member
 * @public
 */
export function group<G extends Members<G>, const Tagged>(
  runners: G,
  options?: GroupOptionsOf<G, Tagged>,
): Observable<GroupValue<G, Tagged>>;
export function group(
  runners: Iterable<Member> | Readonly<Record<string, Member>>,
  options: RecordOptions<string, boolean> = {},
): Observable<unknown> {
  checkGroupOptions('group', options);
  const { needs, startWithin, tagged, report } = options;
  for (const [option, value] of Object.entries({ tagged, report }))
    check(value === undefined || typeof value === 'boolean', 'group', `'${option}'`, 'true or false', value);
  const isObject = typeof runners === 'object' && (runners as unknown) !== null;
  const isList = isObject && Symbol.iterator in runners;
  check(
    isList || (isObject && !isInput(runners)),
    'group',
    'the runners',
    'an array or a record (of a stream of them: `runGroup`)',
    runners,
  );
  const entries: (readonly [key: string | undefined, member: unknown])[] = isList
    ? Array.from(runners, (member) => [undefined, member])
    : Object.entries(runners);
  entries.forEach(([key, member], index) => {
    checkMember('group', key ?? index, member);
  });
  const names = isList ? [] : Object.keys(runners);
  // the members of a list may still be named while they start
  if (isList) checkListOptions(options);
  else checkRecordOptions(names, options);
  const toSource: ToSource = tagged ? taggedSource : memberSource;
  const isOrdered = needs !== undefined || startWithin !== undefined;
  return new Observable((subscriber) => {
    const settings = { ...options, recorder: report ? newRecorder() : undefined };
    const owner = isOrdered
      ? new OrderedGroup(subscriber, settings, toSource, new Order(names, needs ?? {}), startWithin)
      : new Group(subscriber, settings, toSource);
    runMembers(subscriber, owner, options.signal, (stream) => {
      // as a source: the group does not end before all of them have been handed over, and told of
      stream.call({
        subscribe() {
          for (const [key, member] of entries) owner.add(member, key);
          if (stream.running) stream.complete();
        },
      });
    });
  });
}

function taggedSource(input: unknown, member: string | number): Observable<unknown> {
  return memberSource(input, member).pipe(map((value) => ({ member, value })));
}

function checkListOptions({ needs, startWithin, tagged }: RecordOptions<string, boolean>): void {
  for (const [option, value] of Object.entries({ needs, startWithin, tagged }))
    check(value === undefined, 'group', `'${option}'`, 'left out: the members of a list have no keys', value);
}

function checkRecordOptions(names: readonly string[], options: RecordOptions<string, boolean>): void {
  const { until, needs, startWithin, concurrency = Infinity } = options;
  const known = new Set<unknown>(names);
  const expected = `names of members (${names.join(', ')})`;
  if (typeof until === 'object') for (const name of until) check(known.has(name), 'group', "'until'", expected, name);
  checkNumbers('group', { startWithin });
  if (needs !== undefined) checkNeeds(names, needs, concurrency);
}
