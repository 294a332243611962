import { mkdtempSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { program, service } from './service.mjs';

/** Starts a NATS server with JetStream. */
export async function nats() {
  const command = program('nats-server', 'nats-server', ['/usr/sbin', '/usr/local/sbin']);
  const folder = mkdtempSync(join(tmpdir(), 'rx-runner-nats-'));
  const { groups, stop } = await service({
    name: 'nats-server',
    steps: [[command, '--addr', '127.0.0.1', '--port', '-1', '--jetstream', '--store_dir', folder]],
    ready: /Listening for client connections on (\S+)/,
    signal: 'SIGINT',
    folder,
  });
  return { url: `nats://${groups[0]}`, stop };
}
