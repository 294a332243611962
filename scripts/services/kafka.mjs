import { mkdtempSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { program, service } from './service.mjs';

/**
 * Starts a broker that speaks Kafka's protocol: the mock cluster of librdkafka, in a process of its own, for which kcat stands
 * in. It keeps what it is sent, at most 5 MB a partition, until it is stopped.
 */
export async function kafka() {
  const { groups, stop } = await service({
    name: 'kcat',
    // a producer that is given nothing to send
    steps: [[program('kcat', 'kcat'), '-P', '-b', 'mock', '-t', 'unused', '-X', 'test.mock.num.brokers=1']],
    ready: /Mock cluster enabled: .* replaced with (\S+)/,
    signal: 'SIGTERM',
    folder: mkdtempSync(join(tmpdir(), 'rx-runner-kafka-')),
  });
  return { brokers: groups[0], stop };
}
