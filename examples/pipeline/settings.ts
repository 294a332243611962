import { randomBytes } from 'node:crypto';
import { mkdirSync, writeFileSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { fileURLToPath } from 'node:url';
import { type BrokerSettings } from './openBroker.js';
import { type DatabaseSettings } from './openDatabase.js';
import { ForeseenError } from './ForeseenError.js';
import { type ProducerSettings } from './producer.js';
import { readIfThere } from './readIfThere.js';

/** What can be set from outside. */
export interface Settings extends BrokerSettings, DatabaseSettings, ProducerSettings {
  /** Where the website listens. */
  readonly host: string;
  readonly port: number;
  /** Whether what has lost the broker is run again, instead of ending the program. */
  readonly restarts: boolean;
  /** How long the teardowns may take, in milliseconds. */
  readonly grace: number;
}

/** Within this example, so that the next start finds it, whatever the working folder is. */
const ownDirectory = fileURLToPath(new URL('.data', import.meta.url));

export function settings(environment: NodeJS.ProcessEnv): Settings {
  const { DATA_DIR, DATABASE_URL, KAFKA_BROKERS, HOST, TOPIC, CONSUMER_GROUP, RESTART } = environment;
  const directory = DATA_DIR ? resolve(DATA_DIR) : ownDirectory;
  mkdirSync(directory, { recursive: true });
  if (DATABASE_URL && !/^postgres(ql)?:/.test(DATABASE_URL)) {
    throw new ForeseenError('DATABASE_URL should be an address like postgres://user:password@host:5432/name');
  }
  return {
    directory,
    databaseUrl: DATABASE_URL,
    kafkaBrokers: KAFKA_BROKERS?.split(',').filter(Boolean),
    topic: TOPIC ?? 'orders',
    consumerGroup: CONSUMER_GROUP ?? 'pipeline',
    producer: producerIn(directory),
    rate: number(environment, 'RATE', 20),
    host: HOST ?? '127.0.0.1',
    port: number(environment, 'PORT', 0),
    restarts: RESTART === '1',
    grace: number(environment, 'GRACE_MS', 10_000),
  };
}

function number(environment: NodeJS.ProcessEnv, name: string, otherwise: number): number {
  const value = Number(environment[name] ?? otherwise);
  if (value >= 0) return value;
  throw new ForeseenError(`${name} should be a number, but is '${environment[name]}'`);
}

/** A name that no other folder has, for it is what the ids of the orders begin with. */
function producerIn(directory: string): string {
  const path = join(directory, 'producer.txt');
  const known = readIfThere(path);
  if (known) return known;
  const name = randomBytes(4).toString('hex');
  writeFileSync(path, name);
  return name;
}
