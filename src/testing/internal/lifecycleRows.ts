import type { LifecycleEvent, LifecycleEventType } from '../../index.js';
import type { Diagram, Mark } from './diagram.js';
import type { Row } from './message.js';

/** The letter of each event; what came after a member was given up, or never came to be, has none. */
const letters: Partial<Record<LifecycleEventType, string>> = {
  starting: 's',
  ready: 'r',
  stopping: 'x',
  completed: 'c',
  stopped: '|',
  failed: '#',
  forced: '!',
  restarting: '~',
};

/** A row for each member that was expected, or that had an event. */
export function lifecycleRows(
  events: readonly LifecycleEvent[],
  expected: ReadonlyMap<string, Diagram>,
): readonly Row[] {
  const actual = new Map<string, Mark[]>();
  for (const { type, path, at } of events) {
    const member = path.join('/');
    const text = letters[type];
    const marks = actual.get(member) ?? [];
    actual.set(member, marks);
    if (text) marks.push({ frame: at, text });
  }
  const members = new Set([...expected.keys(), ...actual.keys()]);
  return [...members].map((label) => ({
    label,
    expected: expected.get(label) ?? [],
    actual: actual.get(label) ?? [],
  }));
}
