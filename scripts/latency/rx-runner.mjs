import { clearInterval, setInterval } from 'node:timers';
import { group, runner } from '../../dist/esm/index.js';
import { runMain } from '../../dist/esm/node/index.js';
import { Observable } from 'rxjs';

const silent = { info: () => undefined, error: () => undefined };
const worker = runner({
  run: () =>
    new Observable(() => {
      const work = setInterval(() => undefined, 1_000);
      return () => clearInterval(work);
    }),
  teardown: async () => undefined,
});
void runMain(group({ worker }), process.argv[2] === 'silent' ? { logger: silent } : {});
process.stdout.write('running\n');
