import { type LeaseSettings } from './LeaseSettings.js';

/** What has to be set from outside, and what can be. */
export interface Settings {
  /** `DATABASE_URL`, of a PostgreSQL database. */
  readonly databaseUrl: string;
  /** `KAFKA_BROKERS`: their `host:port`, separated by commas. */
  readonly kafkaBrokers: readonly string[];
  /** `NATS_URL`, of a server with JetStream. */
  readonly natsUrl: string;
  readonly topic: string;
  readonly consumerGroup: string;
  /** `HEALTH_PORT`; default: 0, which is any free one. */
  readonly healthPort: number;
  /** `GRACE_MS`: how long the teardowns may take, in milliseconds. */
  readonly grace: number;
  /** `LEASE_MS`: within which time a leader that is gone is replaced. */
  readonly lease: LeaseSettings;
}

const required = ['DATABASE_URL', 'KAFKA_BROKERS', 'NATS_URL'] as const;

/** Which of those that have to be set are not. */
export function missing(environment: NodeJS.ProcessEnv): readonly string[] {
  return required.filter((name) => !environment[name]);
}

export function settings({
  DATABASE_URL = '',
  KAFKA_BROKERS = '',
  NATS_URL = '',
  TOPIC = 'orders',
  CONSUMER_GROUP = 'pipeline',
  HEALTH_PORT = '0',
  GRACE_MS = '20000',
  LEASE_MS = '6000',
  HOSTNAME = 'process',
}: NodeJS.ProcessEnv): Settings {
  return {
    databaseUrl: DATABASE_URL,
    kafkaBrokers: KAFKA_BROKERS.split(','),
    natsUrl: NATS_URL,
    topic: TOPIC,
    consumerGroup: CONSUMER_GROUP,
    healthPort: Number(HEALTH_PORT),
    grace: Number(GRACE_MS),
    // it is over before that time is, for somebody has to notice
    lease: { bucket: 'leases', duration: 0.9 * Number(LEASE_MS), process: `${HOSTNAME}-${process.pid}` },
  };
}
