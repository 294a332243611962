import { filter, map, merge, type Observable } from 'rxjs';
import { type Roster, type Status } from '../Roster.js';

const worthALetter: readonly Status['state'][] = ['ready', 'stopped', 'failed'];

/** What the operator is told of members. */
export function letters(roster: Roster, names: readonly string[]): Observable<string> {
  return merge(...names.map((name) => roster.of(name))).pipe(
    filter(({ state }) => worthALetter.includes(state)),
    map(({ name, state, note }) => (state === 'failed' ? `${name} failed: ${note}` : `${name} is ${state}`)),
  );
}
