import { promisify } from 'node:util';
import { pino } from 'pino';
import { group, runner } from 'rx-runner';
import { runMain } from 'rx-runner/node';
import { interval, tap } from 'rxjs';

// A thread of its own writes the lines, a while after they were logged.
const destination = process.env.LOG_FILE ?? 'service.log';
const log = pino(pino.transport<object>({ target: 'pino/file', options: { destination } }));
const flush = promisify((done: (error?: Error) => void) => log.flush(done));

const work = runner({
  run: () => interval(100).pipe(tap((number) => log.info({ number }, 'works'))),
  teardown: () => log.info('has been torn down'),
});

// The log is no member of the group: what runMain itself has to say, a failure say, comes after the last of them.
void runMain(group({ work }), { logger: log, grace: 10_000 }).then(flush, flush);
