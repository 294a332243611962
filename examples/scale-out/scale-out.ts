/**
 * One of several processes that share the orders of the pipeline among them, and of which one leads: see docs/scale-out.md.
 *
 *     DATABASE_URL=… KAFKA_BROKERS=… NATS_URL=… node --import tsx examples/scale-out/scale-out.ts
 */
import { runMain } from 'rx-runner/node';
import { program } from './program.js';
import { missing, settings } from './settings.js';

const needed = missing(process.env);
if (needed.length > 0) {
  console.error(`set ${needed.join(', ')}: what several processes share is outside of them`);
  process.exitCode = 1;
} else {
  const { grace, ...rest } = settings(process.env);
  void runMain(program(rest), { grace });
}
