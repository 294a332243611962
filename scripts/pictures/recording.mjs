// Stands in for `rx-runner` where the first example of README.md is run for its picture: its group, which the example knows
// nothing of, writes down what happens.
import { group as groupOf } from 'rx-runner';
import { asyncScheduler, map, tap } from 'rxjs';

export * from 'rx-runner';

/** What the group that runs has told, and when: events, and the values of its members. */
export const recording = { events: [], values: [], endedAt: 0 };

export function group(members, options) {
  const lifecycle = { next: (event) => recording.events.push(event) };
  return groupOf(members, { ...options, tagged: true, lifecycle }).pipe(
    tap({
      next: ({ member, value }) => recording.values.push({ member, value, at: asyncScheduler.now() }),
      complete: () => (recording.endedAt = asyncScheduler.now()),
    }),
    map(({ value }) => value),
  );
}
