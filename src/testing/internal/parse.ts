import { TestScheduler } from 'rxjs/testing';
import { check } from './check.js';
import type { Diagram, Mark } from './diagram.js';
import type { TeardownLog } from './teardownLog.js';

/** What stands for the eight events that have a letter: see `expectLifecycle`. */
const letters: ReadonlySet<string> = new Set('srxc|#!~');

/** RxJS knows '!' in the diagrams of subscriptions only; this it takes as a value like any other. */
const forced = '\uE000';

/** The marks of a row of a lifecycle: of one diagram, or of several that are laid over each other. */
export function parseLifecycle(member: string, row: string | readonly string[]): Diagram {
  const lines = typeof row === 'string' ? [row] : row;
  return lines.flatMap((line) => parseRow(`row '${member}'`, line)).sort(byFrame);
}

function parseRow(where: string, row: unknown): Diagram {
  check(typeof row === 'string', 'expectLifecycle', where, 'a marble diagram, or several in an array', row);
  check(!row.includes('^'), 'expectLifecycle', where, "a marble diagram without '^'", row);
  const messages = TestScheduler.parseMarbles(row.replaceAll('!', forced), undefined, undefined, false, true);
  return messages.map(({ frame, notification }) => {
    const text = notification.kind === 'N' ? String(notification.value).replace(forced, '!') : ends[notification.kind];
    check(letters.has(text), 'expectLifecycle', where, 'made of the letters s r x c | # ! ~', row);
    return { frame, text };
  });
}

const ends = { C: '|', E: '#' };

function byFrame(one: Mark, other: Mark): number {
  return one.frame - other.frame;
}

/** A teardown: a subscription diagram whose end may be a failure. */
export function parseTeardown(marbles: string): TeardownLog | undefined {
  check(typeof marbles === 'string', 'expectTeardowns', 'a diagram', 'a string', marbles);
  const failed = marbles.includes('#');
  check(!failed || !marbles.includes('!'), 'expectTeardowns', 'a diagram', "with one end, '!' or '#'", marbles);
  const { subscribedFrame, unsubscribedFrame } = TestScheduler.parseMarblesAsSubscriptions(
    marbles.replace('#', '!'),
    true,
  );
  if (subscribedFrame === Infinity) return undefined;
  return { startedFrame: subscribedFrame, endedFrame: unsubscribedFrame, failed };
}
