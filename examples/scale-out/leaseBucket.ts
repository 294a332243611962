import { ErrorCode, type KV, type NatsConnection, type NatsError } from 'nats';
import { ForeseenError } from '../pipeline/ForeseenError.js';
import { type LeaseSettings } from './LeaseSettings.js';

/** The key-value bucket whose entries the server itself lets go of when they are as old as a lease may get. */
export async function leaseBucket(connection: NatsConnection, { bucket, duration }: LeaseSettings): Promise<KV> {
  // A third of the lease for the answer: see Lease.
  const jetStream = connection.jetstream({ timeout: duration / 3 });
  const opened = await jetStream.views.kv(bucket, { ttl: duration }).catch(explain);
  const { ttl } = await opened.status();
  // A bucket that is there keeps the time that it was made with, and two processes with two times could both lead.
  if (ttl !== duration) {
    throw new WrongBucketError(
      `the bucket ${bucket} has leases of ${ttl} ms, and not of ${duration} ms: all processes must have the same LEASE_MS`,
    );
  }
  return opened;
}

function explain(error: NatsError): never {
  if (error.code !== ErrorCode.JetStreamNotEnabled.toString()) throw error;
  throw new ForeseenError('this NATS server has no JetStream: start it with --jetstream', { cause: error });
}

/** What no other try can help with. */
export class WrongBucketError extends ForeseenError {}
