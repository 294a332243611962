// What one would write by hand: stop what runs, then go.
import { clearInterval, setInterval } from 'node:timers';

const work = setInterval(() => undefined, 1_000);
process.on('SIGTERM', () => {
  clearInterval(work);
  process.exit(0);
});
process.stdout.write('running\n');
