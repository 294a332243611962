import { type MessagePort } from 'node:worker_threads';
import { type Query } from './ordersTable.js';

/** What the thread of PGlite is given. */
export interface ThreadData {
  readonly directory: string;
  /** Where questions come in, and answers go out. */
  readonly port: MessagePort;
}

/** What it is asked. */
export interface Question {
  readonly id: number;
  readonly statement: string;
  readonly parameters: readonly string[];
}

/** What it answers: rows, or an error. */
export interface Answer {
  readonly id: number;
  readonly rows?: readonly unknown[];
  readonly error?: unknown;
}

/** Asks at a port that leads to the thread. Rejects also when the thread ends without an answer. */
export function pgliteQuery(port: MessagePort): Query {
  const waiting = new Map<number, (answer: Answer) => void>();
  let last = 0;

  function settle(answer: Answer): void {
    waiting.get(answer.id)?.(answer);
    waiting.delete(answer.id);
  }

  port.on('message', settle);
  port.once('close', () => {
    for (const id of waiting.keys()) settle({ id, error: new Error('the thread of PGlite has ended') });
  });

  return async <Row>(statement: string, parameters: readonly string[] = []) => {
    const id = ++last;
    const answer = new Promise<Answer>((resolve) => waiting.set(id, resolve));
    port.postMessage({ id, statement, parameters } satisfies Question);
    const { rows = [], error } = await answer;
    if (error) throw error as Error;
    return rows as readonly Row[];
  };
}
