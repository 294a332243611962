import { clearInterval, setInterval } from 'node:timers';
import { createRequire } from 'node:module';

const closeWithGrace = createRequire(new URL('../../conformance/', import.meta.url))('close-with-grace');
const work = setInterval(() => undefined, 1_000);
closeWithGrace(async () => {
  clearInterval(work);
});
process.stdout.write('running\n');
