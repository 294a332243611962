import { createHash } from 'node:crypto';
import { existsSync, readFileSync, statSync, writeFileSync } from 'node:fs';
import ssh2 from 'ssh2';

interface HostKey {
  readonly file: Buffer;
  /** As OpenSSH shows it, when it asks whether the server is the right one. */
  readonly fingerprint: string;
}

/** The key by which clients know the server again: made at the first start, and kept in a file for its owner alone. */
export function hostKey(path: string): HostKey {
  if (!existsSync(path)) {
    writeFileSync(path, newKey(), { mode: 0o600, flag: 'wx' });
  }
  const rights = statSync(path).mode & 0o777;
  // not repaired: whoever could read it may have done so
  if (rights & 0o077) {
    throw new Error(
      `others may read the host key: chmod 600 ${path} if nobody has, else delete it; the next start makes another one`,
    );
  }
  const file = readFileSync(path);
  const key = ssh2.utils.parseKey(file);
  if (key instanceof Error) throw new Error(`${path} holds no host key: ${key.message}`, { cause: key });
  const hash = createHash('sha256').update(key.getPublicSSH()).digest('base64');
  return { file, fingerprint: `SHA256:${hash.replace(/=+$/, '')}` };
}

/** One of some hundred that ssh2 makes it cannot read itself. */
function newKey(): string {
  for (;;) {
    const { private: key } = ssh2.utils.generateKeyPairSync('ed25519');
    if (!(ssh2.utils.parseKey(key) instanceof Error)) return key;
  }
}
