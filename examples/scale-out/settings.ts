import { checkDatabaseUrl } from '../pipeline/checkDatabaseUrl.js';
import { ForeseenError } from '../pipeline/ForeseenError.js';
import { kafkaAddresses } from '../pipeline/kafkaAddresses.js';
import { kafkaName } from '../pipeline/kafkaName.js';
import { wholeNumber } from '../pipeline/wholeNumber.js';
import { type LeaseSettings } from './LeaseSettings.js';

/** What is set from outside, by the variables in brackets. */
export interface Settings {
  /** A PostgreSQL database (`DATABASE_URL`). */
  readonly databaseUrl: string;
  /** `host:port` of each, separated by commas (`KAFKA_BROKERS`). */
  readonly kafkaBrokers: readonly string[];
  /** A NATS server with JetStream (`NATS_URL`). */
  readonly natsUrl: string;
  readonly topic: string;
  readonly consumerGroup: string;
  /** Where the website listens (`HOST`, `PORT`), and what answers the probes (`HEALTH_PORT`). 0 is any free one. */
  readonly host: string;
  readonly port: number;
  readonly healthPort: number;
  /** How long the teardowns may take, in milliseconds (`GRACE_MS`). */
  readonly grace: number;
  /** A leader that is gone is replaced within `LEASE_MS`. */
  readonly lease: LeaseSettings;
}

export function settings(environment: NodeJS.ProcessEnv): Settings {
  const { DATABASE_URL, KAFKA_BROKERS, NATS_URL, HOST, HOSTNAME = 'process' } = environment;
  if (!DATABASE_URL || !KAFKA_BROKERS || !NATS_URL) {
    throw new ForeseenError(
      'several processes share a database, a broker and a lease: set DATABASE_URL, KAFKA_BROKERS and NATS_URL',
    );
  }
  checkDatabaseUrl(DATABASE_URL);
  return {
    databaseUrl: DATABASE_URL,
    kafkaBrokers: kafkaAddresses(KAFKA_BROKERS),
    natsUrl: NATS_URL,
    topic: kafkaName(environment, 'TOPIC', 'orders'),
    consumerGroup: kafkaName(environment, 'CONSUMER_GROUP', 'pipeline'),
    host: HOST ?? '127.0.0.1',
    port: wholeNumber(environment, 'PORT', 0, [0, 65_535]),
    healthPort: wholeNumber(environment, 'HEALTH_PORT', 0, [0, 65_535]),
    grace: wholeNumber(environment, 'GRACE_MS', 20_000, [0, 3_600_000]),
    lease: {
      bucket: 'leases',
      // it is over before the time is, for somebody has to notice
      duration: Math.round(0.8 * wholeNumber(environment, 'LEASE_MS', 6_000, [1_000, 3_600_000])),
      process: `${HOSTNAME}-${process.pid}`,
    },
  };
}
