import { randomBytes } from 'node:crypto';
import { accessSync, constants, mkdirSync, writeFileSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { fileURLToPath } from 'node:url';
import { checkDatabaseUrl } from './checkDatabaseUrl.js';
import { ForeseenError } from './ForeseenError.js';
import { kafkaAddresses } from './kafkaAddresses.js';
import { kafkaName } from './kafkaName.js';
import { type BrokerSettings } from './openBroker.js';
import { type DatabaseSettings } from './openDatabase.js';
import { type ProducerSettings } from './producer.js';
import { readIfThere } from './readIfThere.js';
import { wholeNumber } from './wholeNumber.js';

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
  const { DATA_DIR, DATABASE_URL, KAFKA_BROKERS, HOST, RESTART } = environment;
  if (DATABASE_URL) checkDatabaseUrl(DATABASE_URL);
  const kafkaBrokers = KAFKA_BROKERS ? kafkaAddresses(KAFKA_BROKERS) : undefined;
  const topic = kafkaName(environment, 'TOPIC', 'orders');
  const consumerGroup = kafkaName(environment, 'CONSUMER_GROUP', 'pipeline');
  const rate = wholeNumber(environment, 'RATE', 20, [1, 100_000]);
  const port = wholeNumber(environment, 'PORT', 0, [0, 65_535]);
  const grace = wholeNumber(environment, 'GRACE_MS', 10_000, [0, 3_600_000]);
  // last: what is refused leaves no folder behind
  const directory = DATA_DIR ? resolve(DATA_DIR) : ownDirectory;
  makeWritable(directory);
  return {
    directory,
    databaseUrl: DATABASE_URL,
    kafkaBrokers,
    topic,
    consumerGroup,
    producer: producerIn(directory),
    rate,
    host: HOST ?? '127.0.0.1',
    port,
    restarts: RESTART === '1',
    grace,
  };
}

function makeWritable(directory: string): void {
  try {
    mkdirSync(directory, { recursive: true });
    accessSync(directory, constants.W_OK);
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException;
    const advice = 'set DATA_DIR to a folder that can be written to';
    throw new ForeseenError(`cannot keep files in ${directory} (${code}): ${advice}`, { cause: error });
  }
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
