/**
 * One of several processes that share the orders of the pipeline among them, and of which one leads: docs/scale-out.md.
 *
 *     DATABASE_URL=… KAFKA_BROKERS=… NATS_URL=… node --import tsx examples/scale-out/scale-out.ts
 */
import { runMain } from 'rx-runner/node';
import { program } from './program.js';
import { settings } from './settings.js';

try {
  const given = settings(process.env);
  void runMain(program(given), { grace: given.grace }).then(leave, leave);
} catch (error) {
  console.error(error);
  process.exitCode = 1;
}

/**
 * The process ends by itself when nothing is left open. But the NATS client never closes the socket of an attempt to connect that a
 * server has accepted and not answered; that must not hold a process that is done.
 */
function leave(): void {
  setTimeout(() => process.exit(), 1_000).unref();
}
