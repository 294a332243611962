import { Kafka, logLevel } from 'kafkajs';

/** A client that gives a broker up after some seconds, and is silent: what it has to say are its errors. */
export function kafkaClient(brokers: readonly string[]): Kafka {
  return new Kafka({
    clientId: 'pipeline',
    brokers: [...brokers],
    logLevel: logLevel.NOTHING,
    connectionTimeout: 1_000,
    requestTimeout: 5_000,
    retry: { initialRetryTime: 200, maxRetryTime: 1_000, retries: 4 },
  });
}

/** An error that says what to do. */
export function kafkaError(brokers: readonly string[], cause: unknown): Error {
  const where = `${brokers.join(', ')} (KAFKA_BROKERS)`;
  const { name, message } = rootOf(cause);
  const what = /Connection|Timeout|Broker/.test(name)
    ? `no Kafka broker answers at ${where}: start it, or unset KAFKA_BROKERS to use the embedded one`
    : `Kafka at ${where} has failed: ${message}`;
  return new Error(what, { cause });
}

function rootOf(error: unknown): Error {
  if (!(error instanceof Error)) return new Error(String(error));
  return error.cause ? rootOf(error.cause) : error;
}
