import { Observable } from 'rxjs';
import { checkGroupOptions } from './internal/checkGroupOptions.js';
import { invalid } from './internal/invalid.js';
import { MemberGroup } from './internal/memberGroup.js';
import { invalidMember, isMember } from './internal/memberSource.js';
import { isObservableInput } from './internal/observableInput.js';
import type { GroupOptions, Member, MemberValue } from './types.js';

export function group<M extends Member>(runners: Iterable<M>, options?: GroupOptions): Observable<MemberValue<M>>;
export function group<R extends { readonly [K in keyof R]: Member }>(
  runners: R,
  options?: GroupOptions<Extract<keyof R, string>>,
): Observable<MemberValue<R[keyof R]>>;
export function group(runners: Iterable<Member> | Record<string, Member>, options: GroupOptions = {}): Observable<unknown> {
  checkGroupOptions('group', options);
  const entries = entriesOf(runners);
  checkNames(entries, options);
  return new Observable((subscriber) => {
    new MemberGroup<unknown>(subscriber, options).runAll(entries);
  });
}

type Entry = readonly [key: string | undefined, member: unknown];

function entriesOf(runners: unknown): readonly Entry[] {
  const entries = isIterable(runners) ? Array.from(runners, (member): Entry => [undefined, member]) : recordEntries(runners);
  entries.forEach(([key, member], index) => {
    if (!isMember(member)) throw invalidMember('group', key ?? index, member);
  });
  return entries;
}

function recordEntries(runners: unknown): readonly Entry[] {
  if (typeof runners !== 'object' || runners === null || isObservableInput(runners)) {
    throw invalid('group', 'the runners', 'an array or a record (for an Observable of them: `runGroup`)', runners);
  }
  return Object.entries(runners);
}

function isIterable(value: unknown): value is Iterable<unknown> {
  return typeof value === 'object' && value !== null && Symbol.iterator in value;
}

function checkNames(entries: readonly Entry[], { until }: GroupOptions): void {
  if (typeof until !== 'object') return;
  const keys = entries.map(([key]) => key);
  // the members of a list may still be named while they start
  if (keys.includes(undefined)) return;
  for (const name of until) {
    if (!keys.includes(name)) throw invalid('group', "'until'", `names of members (${keys.join(', ')})`, name);
  }
}
