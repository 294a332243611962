import { type Status } from './Roster.js';

/** The lines that `status` prints. */
export function table(statuses: readonly Status[], now = Date.now()): string[] {
  const rows = statuses.map(({ name, state, since, note }) => [name, state, duration(now - since), note]);
  return [['NAME', 'STATE', 'SINCE', 'LAST'], ...rows].map(([name = '', state = '', since = '', note = '']) =>
    `${name.padEnd(10)} ${state.padEnd(9)} ${since.padStart(7)}  ${note}`.trimEnd(),
  );
}

function duration(milliseconds: number): string {
  const seconds = Math.floor(milliseconds / 1000);
  if (seconds < 60) return `${seconds} s`;
  if (seconds < 3600) return `${Math.floor(seconds / 60)} min`;
  return `${Math.floor(seconds / 3600)} h`;
}
