import { ForeseenError } from './ForeseenError.js';

/** An error that says what to do, made of one of kafkajs. */
export function kafkaError(brokers: readonly string[], cause: unknown): Error {
  const where = brokers.join(', ');
  const { name, message } = rootOf(cause);
  if (!/Connection|Timeout|Broker/.test(name)) return new Error(`Kafka at ${where} has failed: ${message}`, { cause });
  return new ForeseenError(`no Kafka broker answers at ${where}: start it, or correct KAFKA_BROKERS`, { cause });
}

function rootOf(error: unknown): Error {
  if (!(error instanceof Error)) return new Error(String(error));
  return error.cause ? rootOf(error.cause) : error;
}
