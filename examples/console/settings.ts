import { mkdirSync } from 'node:fs';
import { join, resolve } from 'node:path';

/** What can be set from outside. */
export interface Settings {
  /** `SSH_PORT`; default: 2222. 0 is any free one. */
  readonly sshPort: number;
  /** `SSH_HOST`: who can reach the SSH server; default: 127.0.0.1, which is this machine alone. */
  readonly sshHost: string;
  /** `PORT` of the page, which has no login and is always for this machine alone; default: 0, any free one. */
  readonly pagePort: number;
  /** `DATA_DIR`, which is made if need be; default: `data` beside this file. */
  readonly directory: string;
  /** `AUTHORIZED_KEYS`: the public keys of those who may log in; default: `authorized_keys` in that directory. */
  readonly authorizedKeys: string;
  /** `GRACE_MS`: how long the teardowns may take, in milliseconds; default: ten seconds. */
  readonly grace: number;
}

export function settings({
  SSH_PORT,
  SSH_HOST,
  PORT,
  DATA_DIR,
  AUTHORIZED_KEYS,
  GRACE_MS,
}: NodeJS.ProcessEnv): Settings {
  const directory = resolve(DATA_DIR ?? join(import.meta.dirname, 'data'));
  mkdirSync(directory, { recursive: true });
  return {
    sshPort: Number(SSH_PORT ?? 2222),
    sshHost: SSH_HOST ?? '127.0.0.1',
    pagePort: Number(PORT ?? 0),
    directory,
    authorizedKeys: resolve(AUTHORIZED_KEYS ?? join(directory, 'authorized_keys')),
    grace: Number(GRACE_MS ?? 10_000),
  };
}
