/**
 * PGlite in a thread of its own, for it keeps its thread busy as long as it works, which is for seconds when it makes its
 * folder.
 */
import { parentPort, workerData } from 'node:worker_threads';
import { openPglite } from './openPglite.js';
import { type Answer, type Question, type ThreadData } from './pgliteQuery.js';

const { directory, port } = workerData as ThreadData;
const opening = openPglite(directory);

port.on('message', (question: Question) => {
  void answerTo(question).then((answer) => port.postMessage(answer));
});
// told to stop, maybe while it is being opened
parentPort?.once('message', () => void close());

await opening;
parentPort?.postMessage('open');

async function answerTo({ id, statement, parameters }: Question): Promise<Answer> {
  try {
    const database = await opening;
    const { rows } = await database.query(statement, [...parameters]);
    return { id, rows };
  } catch (error) {
    return { id, error };
  }
}

async function close(): Promise<void> {
  const database = await opening;
  await database.close();
  port.close();
}
