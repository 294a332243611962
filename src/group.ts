import { Observable } from 'rxjs';
import { checkGroupOptions } from './internal/checkGroupOptions.js';
import { check, isInput } from './internal/check.js';
import { checkMember } from './internal/memberSource.js';
import { runMembers } from './internal/runMembers.js';
import type { GroupOptions, Member, MemberValue } from './types.js';

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
 * An empty group completes at once.
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
 * @param runners - an array (or other iterable), or a record
 * @param options - see {@link GroupOptions}
 * @returns a cold Observable of the members' values
 * @throws TypeError for a bad option or member
 * @public
 */
export function group<M extends Member>(runners: Iterable<M>, options?: GroupOptions): Observable<MemberValue<M>>;
/**
 * Runs a record of runners together; its keys are their names.
 *
 * @public
 */
export function group<R extends object & { readonly [K in keyof R]: Member }>(
  runners: R,
  options?: GroupOptions<Extract<keyof R, string>>,
): Observable<MemberValue<R[keyof R]>>;
export function group(
  runners: Iterable<Member> | Record<string, Member>,
  options: GroupOptions = {},
): Observable<unknown> {
  checkGroupOptions('group', options);
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
  // the members of a list may still be named while they start
  if (!isList) checkNames(Object.keys(runners), options);
  return new Observable((subscriber) => {
    runMembers(subscriber, options, (stream, owner) => {
      for (const [key, member] of entries) owner.add(member, key);
      if (stream.running) stream.complete();
    });
  });
}

function checkNames(names: readonly string[], { until }: GroupOptions): void {
  if (typeof until !== 'object') return;
  for (const name of until)
    check(names.includes(name), 'group', "'until'", `names of members (${names.join(', ')})`, name);
}
