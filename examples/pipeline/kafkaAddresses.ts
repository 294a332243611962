import { ForeseenError } from './ForeseenError.js';

/** The brokers in `host:port,host:port`. */
export function kafkaAddresses(brokers: string): readonly string[] {
  const addresses = brokers.split(',').filter(Boolean);
  if (addresses.length > 0) return addresses;
  throw new ForeseenError(`KAFKA_BROKERS must be addresses as 'localhost:9092', got '${brokers}'`);
}
