// Runs a service for as long as its own standard input is open, so that nothing is left however the script that started it
// ends, even by kill -9: the service is ended then, and its folder removed. See service.mjs.
import { spawn } from 'node:child_process';
import { rmSync } from 'node:fs';

/** How long the service may take to end when it is told to, in milliseconds. */
const patience = 10_000;

const { steps, signal, folder, user } = JSON.parse(process.argv[2]);
let child;
let stopping = false;

function runNext() {
  const [command, ...args] = steps.shift();
  child = spawn(command, args, { ...user, cwd: folder, stdio: ['pipe', 'inherit', 'inherit'] });
  // `exit` follows, or, where it could not be started, does not
  child.once('error', (error) => {
    console.error(error.message);
    leave(1);
  });
  child.once('exit', (code) => {
    if (code === 0 && steps.length > 0 && !stopping) runNext();
    else leave(stopping ? 0 : (code ?? 1));
  });
}

function stop() {
  if (stopping) return;
  stopping = true;
  child.stdin.end();
  child.kill(signal);
  setTimeout(() => child.kill('SIGKILL'), patience).unref();
}

function leave(code) {
  rmSync(folder, { recursive: true, force: true });
  process.exit(code);
}

runNext();
process.stdin.resume().once('close', stop);
for (const name of ['SIGHUP', 'SIGINT', 'SIGTERM']) process.on(name, stop);
