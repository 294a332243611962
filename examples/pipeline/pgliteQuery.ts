import { type MessagePort } from 'node:worker_threads';
import { filter, firstValueFrom, fromEvent, map, merge } from 'rxjs';
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
  const answers = fromEvent<MessageEvent<Answer>>(port, 'message').pipe(map(({ data }) => data));
  const gone = fromEvent(port, 'close').pipe(
    map(() => {
      throw new Error('the thread of PGlite has ended');
    }),
  );
  let last = 0;

  return async <Row>(statement: string, parameters: readonly string[] = []) => {
    const id = ++last;
    const answer = firstValueFrom(merge(answers.pipe(filter((message) => message.id === id)), gone));
    port.postMessage({ id, statement, parameters } satisfies Question);
    const { rows = [], error } = await answer;
    if (error) throw error as Error;
    return rows as readonly Row[];
  };
}
