import { type Observable } from 'rxjs';
import { type Broker } from './Broker.js';
import { embedded } from './embedded.js';
import { kafka } from './kafka.js';

export interface BrokerSettings {
  /** `host:port` of the Kafka brokers; without any, the broker is one of our own. */
  readonly kafkaBrokers?: readonly string[] | undefined;
  readonly topic: string;
  /** The consumers that share the orders among them. */
  readonly consumerGroup: string;
}

/** A runner: emits the broker when it is connected to it, and disconnects at the stop. */
export function openBroker({ kafkaBrokers, topic, consumerGroup }: BrokerSettings): Observable<Broker> {
  return kafkaBrokers ? kafka(kafkaBrokers, topic, consumerGroup) : embedded(topic);
}
