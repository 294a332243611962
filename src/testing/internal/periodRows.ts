import type { Diagram } from './diagram.js';
import type { SubscriptionLog } from './marbleRunner.js';
import type { Row } from './message.js';
import type { TeardownLog } from './teardownLog.js';

/** The diagram of a subscription. */
export function subscriptionDiagram({ subscribedFrame, unsubscribedFrame }: SubscriptionLog): Diagram {
  return period(subscribedFrame, unsubscribedFrame, '!');
}

/** The diagram of a teardown. */
export function teardownDiagram({ startedFrame, endedFrame, failed }: TeardownLog): Diagram {
  return period(startedFrame, endedFrame, failed ? '#' : '!');
}

/** Several such periods, each in a row of its own: the first with the first, and so on. */
export function periodRows(expected: readonly Diagram[], actual: readonly Diagram[]): readonly Row[] {
  const count = Math.max(expected.length, actual.length);
  return Array.from({ length: count }, (_, index) => ({
    label: count > 1 ? String(index + 1) : '',
    expected: expected[index] ?? [],
    actual: actual[index] ?? [],
  }));
}

function period(from: number, to: number, end: string): Diagram {
  const start = { frame: from, text: '^' };
  return to === Infinity ? [start] : [start, { frame: to, text: end }];
}
