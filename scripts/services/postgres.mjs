import { execFile, execFileSync } from 'node:child_process';
import { chownSync, existsSync, mkdtempSync, readdirSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { freePort, program, service } from './service.mjs';

/** Starts a PostgreSQL server with an empty database, whose files are gone when it has stopped. */
export async function postgres() {
  const [initdb, server] = ['initdb', 'postgres'].map(executable);
  const folder = mkdtempSync(join(tmpdir(), 'rx-runner-postgres-'));
  const user = unprivileged();
  if (user) chownSync(folder, user.uid, user.gid);
  const data = join(folder, 'data');
  const port = await freePort();
  const { stop } = await service({
    name: 'PostgreSQL',
    steps: [
      [initdb, '-D', data, '--username=postgres', '--auth=trust', '--locale=C', '--encoding=UTF8', '--no-sync'],
      // nothing is checked by a crash of the machine, so it need not wait for the disk
      [server, '-D', data, '-h', '127.0.0.1', '-p', String(port), '-k', '', '-F'],
    ],
    ready: /database system is (ready) to accept connections/,
    // what it calls a fast shutdown: clients are sent away
    signal: 'SIGINT',
    folder,
    user,
  });
  return { url: `postgres://postgres@127.0.0.1:${port}/postgres`, stop };
}

/** What the query finds in the database at the URL: its rows, each an array of strings. */
export async function query(url, sql) {
  const separator = '\t';
  const options = ['--no-psqlrc', '--quiet', '--no-align', '--tuples-only', '--field-separator', separator];
  const { stdout } = await promisify(execFile)(executable('psql'), [...options, '--command', sql, url], {
    maxBuffer: 1e9,
  });
  return stdout
    .split('\n')
    .filter(Boolean)
    .map((line) => line.split(separator));
}

function executable(name) {
  return program(name, 'postgresql', debianFolders());
}

/** Debian keeps each version in a folder of its own, which is not on the path: the newest one first. */
function debianFolders() {
  const versions = '/usr/lib/postgresql';
  if (!existsSync(versions)) return [];
  const names = readdirSync(versions).sort((left, right) => Number(right) - Number(left));
  return names.map((name) => join(versions, name, 'bin'));
}

/** The server refuses to run as root; its package has made a user for it. */
function unprivileged() {
  if (process.getuid?.() !== 0) return undefined;
  const [uid, gid] = ['-u', '-g'].map((option) => Number(execFileSync('id', [option, 'postgres'])));
  return { uid, gid };
}
