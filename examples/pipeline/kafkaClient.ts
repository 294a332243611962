import { connect, type Socket } from 'node:net';
import { Kafka, logLevel } from 'kafkajs';

export interface KafkaClient {
  readonly kafka: Kafka;
  /** Cuts its connections off, which kafkajs itself cannot. */
  readonly destroy: () => void;
}

/**
 * A client that gives a broker up after some attempts, and is silent: what it has to say are its errors. `requestTimeout`, in
 * milliseconds, is for each attempt.
 */
export function kafkaClient(brokers: readonly string[], requestTimeout: number): KafkaClient {
  const sockets = new Set<Socket>();
  const kafka = new Kafka({
    clientId: 'pipeline',
    brokers: [...brokers],
    logLevel: logLevel.NOTHING,
    connectionTimeout: 1_000,
    requestTimeout,
    retry: { initialRetryTime: 300, maxRetryTime: 1_000, retries: 3 },
    socketFactory({ host, port, onConnect }) {
      const socket = connect({ host, port }, onConnect);
      sockets.add(socket);
      socket.once('close', () => sockets.delete(socket));
      return socket;
    },
  });
  return {
    kafka,
    destroy() {
      // with an error, for kafkajs does not notice a mere 'close'
      for (const socket of sockets) socket.destroy(new Error('cut off'));
    },
  };
}
