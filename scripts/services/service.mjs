// What the services of the checks have in common: each runs below guard.mjs, in a temporary folder.
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { accessSync, constants } from 'node:fs';
import { createServer } from 'node:net';
import { delimiter, join } from 'node:path';
import { createInterface } from 'node:readline';
import { fileURLToPath } from 'node:url';

const guard = fileURLToPath(new URL('guard.mjs', import.meta.url));

/** How long a service may take to start, in milliseconds. */
const patience = 60_000;

/**
 * Runs the steps, commands with their arguments, one after the other: the last one is the service, which is ended by the signal.
 * Resolves when it has printed a line that is like `ready`, with what the groups of the pattern matched.
 */
export async function service({ name, steps, ready, signal, folder, user = {} }) {
  const definition = JSON.stringify({ steps, signal, folder, user });
  // in a process group of its own: Ctrl-C in a terminal is for the script, which has to be able to use it until it has ended
  const child = spawn(process.execPath, [guard, definition], { detached: true });
  const ended = once(child, 'close');
  const lines = [];
  const { promise: matched, resolve } = deferred();
  for (const stream of [child.stdout, child.stderr]) {
    createInterface(stream).on('line', (line) => {
      lines.push(line);
      const found = ready.exec(line);
      if (found) resolve(found.slice(1));
    });
  }

  const stop = async () => {
    child.stdin.end();
    await ended;
  };
  const late = new AbortController();
  const timeout = setTimeout(() => late.abort(), patience);
  const failed = Promise.race([ended, once(late.signal, 'abort')]).then(async () => {
    await stop();
    throw new Error(`${name} did not start:\n${lines.join('\n')}`);
  });
  // it ends after it has started, too, which is no failure then
  failed.catch(() => undefined);
  const groups = await Promise.race([matched, failed]);
  clearTimeout(timeout);
  return { groups, stop };
}

function deferred() {
  let resolve;
  const promise = new Promise((settle) => (resolve = settle));
  return { promise, resolve };
}

/** Where a program is: on the path, or in one of the other folders. */
export function program(name, debianPackage, folders = []) {
  const found = [...(process.env['PATH'] ?? '').split(delimiter), ...folders]
    .map((folder) => join(folder, name))
    .find(isExecutable);
  if (!found) throw new Error(`${name} is not installed: on Debian, apt-get install ${debianPackage}`);
  return found;
}

function isExecutable(file) {
  try {
    accessSync(file, constants.X_OK);
    return true;
  } catch {
    return false;
  }
}

/**
 * A port on which nothing listens. Below those that the system gives away by itself: there, another process could take it before it
 * is used, and a client that tries to connect to it could reach itself.
 */
export async function freePort() {
  for (;;) {
    const port = 20_000 + Math.floor(Math.random() * 10_000);
    const server = createServer().listen(port, '127.0.0.1');
    const listens = await once(server, 'listening').then(
      () => true,
      () => false,
    );
    if (!listens) continue;
    server.close();
    await once(server, 'close');
    return port;
  }
}
