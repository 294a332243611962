import { existsSync, readFileSync } from 'node:fs';
import ssh2, { type ParsedKey } from 'ssh2';

/**
 * The public keys in a file, one a line, as OpenSSH has them. A line with options before its key is not one of them: it would
 * be let in without what the options demand.
 */
export function authorizedKeys(path: string): readonly ParsedKey[] {
  if (!existsSync(path)) return [];
  return readFileSync(path, 'utf8')
    .split('\n')
    .map((line) => line.trim())
    .filter((line) => line && !line.startsWith('#'))
    .flatMap((line) => {
      const key = ssh2.utils.parseKey(line);
      return key instanceof Error || key.isPrivateKey() ? [] : [key];
    });
}
