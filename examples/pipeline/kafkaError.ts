/** An error that says what to do, made of one of kafkajs. */
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
