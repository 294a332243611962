// Compiles the code of the documentation, and runs the examples as their users do: starts them, uses them, ends them with
// signals, and looks at what is left. The checks of `npm start` signal npm itself; the last one types Ctrl-C into a real
// terminal, where there is tmux.
import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { once } from 'node:events';
import { existsSync, mkdtempSync, readdirSync, readFileSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { get } from 'node:http';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { text } from 'node:stream/consumers';
import { patience, Program } from './Program.mjs';

/** Its own, not the one that the user may have. */
const tmuxServer = ['-L', `rx-runner-${process.pid}`, '-f', '/dev/null'];
const scratch = mkdtempSync(join(tmpdir(), 'rx-runner-examples-'));
const started = [];

function launch(command, args, env) {
  const program = new Program(command, args, env);
  started.push(program);
  return program;
}

function example(name, env) {
  return launch(process.execPath, ['--import', 'tsx', `examples/${name}/${name}.ts`], env);
}

function npmStart(env) {
  const npm = process.env['npm_execpath'];
  return npm ? launch(process.execPath, [npm, 'start'], env) : launch('npm', ['start'], env);
}

/** What the main program needs to be told, so that several can run at once. */
function ownSettings() {
  return { PORT: '0', DATA_DIR: mkdtempSync(join(scratch, 'data-')) };
}

/** Waits until the main program works, and returns its address. */
async function working(program) {
  const [, url] = await program.line(/http +listens on (\S+)/);
  await program.line(/worker +ready/);
  return url;
}

async function stateOf(url) {
  const [response] = await once(get(url), 'response');
  assert.equal(response.statusCode, 200);
  return JSON.parse(await text(response));
}

/** Sends a request that is answered only much later, and waits until the server has got it. */
async function slowRequest(url, delay) {
  const request = get(`${url}?delay=${delay}`, { headers: { expect: '100-continue' } });
  const response = once(request, 'response');
  // who awaits it later hears of a failure then
  response.catch(() => undefined);
  await once(request, 'continue');
  return { response };
}

/** After a signal, however it was sent: every member was seen to stop, and nothing is left. */
async function assertStopped(lines, url, directory) {
  const step = /(heartbeat|http|worker|program) +(stopping|stopped|has flushed it|ended)/;
  const steps = lines.flatMap((line) => step.exec(line)?.slice(1).join(' ') ?? []);
  // all are told at once, in the order of their start; who is quick does not wait for who is slow
  assert.deepEqual(steps.slice(0, 3), ['heartbeat stopping', 'http stopping', 'worker stopping']);
  assert.deepEqual(steps.slice(3, 5).sort(), ['heartbeat stopped', 'http stopped']);
  assert.deepEqual(steps.slice(5), ['worker has flushed it', 'worker stopped', 'program ended']);
  await assertNothingLeft(url, directory);
}

async function assertNothingLeft(url, directory) {
  const seen = readFileSync(join(directory, 'seen.ndjson'), 'utf8');
  assert.match(seen, /\}\n$/, 'the file ends in the middle of a line');
  for (const line of seen.trimEnd().split('\n')) assert.equal(JSON.parse(line).members.http, 'ready');
  assert.ok(!existsSync(join(directory, 'heartbeat')), 'the heartbeat is left');

  const server = createServer().listen(Number(new URL(url).port), '127.0.0.1');
  await once(server, 'listening'); // fails when the port is still in use
  server.close();
}

async function mainIsStoppedBy(start, signals) {
  const settings = ownSettings();
  const program = start(settings);
  const url = await working(program);
  for (const signal of signals) program.kill(signal);
  await program.end(0);
  await assertStopped(program.lines, url, settings.DATA_DIR);
}

const startMain = (settings) => example('main', settings);

/** The TypeScript in a Markdown file, block by block. */
function codeBlocks(file) {
  return Array.from(readFileSync(file, 'utf8').matchAll(/^```ts\n([^]*?)^```$/gm), ([, code]) => code);
}

/** Each block as a module of its own, with the options of this project. */
function compileDocumentation() {
  const directory = mkdtempSync(join(scratch, 'docs-'));
  const files = ['README.md', ...readdirSync('docs').map((name) => `docs/${name}`)].filter((file) =>
    file.endsWith('.md'),
  );
  for (const file of files) {
    for (const [index, code] of codeBlocks(file).entries()) {
      writeFileSync(join(directory, `${file.replace(/\W/g, '-')}-${index + 1}.mts`), code);
    }
  }
  symlinkSync(resolve('node_modules'), join(directory, 'node_modules'));
  const compilerOptions = {
    paths: { 'rx-runner': [resolve('src/index.ts')], 'rx-runner/*': [resolve('src/*/index.ts')] },
  };
  const tsconfig = { extends: resolve('tsconfig.json'), compilerOptions, include: ['*.mts'] };
  writeFileSync(join(directory, 'tsconfig.json'), JSON.stringify(tsconfig));
  const { status, stdout } = spawnSync(process.execPath, ['node_modules/typescript/bin/tsc', '-p', directory]);
  assert.equal(status, 0, String(stdout));
}

const tornDown = ['worker: 1 of 3', 'worker: cleaning up', 'worker: clean', 'the end'];

/** `npm start` in a shell of a real terminal, and Ctrl-C. */
async function mainIsStoppedByCtrlC() {
  const { PORT, DATA_DIR } = ownSettings();
  // in control mode tmux is told line by line what to do, and prints what the terminal would show
  const tmux = launch('tmux', [...tmuxServer, '-C', 'new-session', '-x', '200', 'sh']);
  tmux.write(`send-keys "PORT=${PORT} DATA_DIR=${DATA_DIR} npm start; echo exit code $?" Enter\n`);
  const url = await working(tmux);
  tmux.write('send-keys C-c\n');
  await tmux.line(/exit code 0/);
  await assertStopped(tmux.lines.flatMap(shown), url, DATA_DIR);
  tmux.write('kill-server\n');
  await tmux.end(0);
}

/** The lines within one line of tmux's: `%output %0 one\015\012two`. */
function shown(line) {
  return line.split('\\015\\012');
}

const checks = {
  'README.md: its first example is examples/first/first.ts': () => {
    assert.equal(codeBlocks('README.md')[0], readFileSync('examples/first/first.ts', 'utf8'));
  },

  'README.md and docs/: the code compiles': compileDocumentation,

  'first: SIGINT stops both services, each in its own time': async () => {
    const program = example('first');
    await program.line(/^tick 0/);
    await program.line(/^job 0/);
    program.kill('SIGINT');
    await program.end(0);
    assert.deepEqual(program.lines.slice(-3), ['ticker: stopped', 'worker: committed', 'everything has stopped']);
  },

  'worker: left alone, it gets done, and is not torn down': async () => {
    const program = example('worker');
    await program.end(0);
    assert.deepEqual(program.lines, ['worker: 1 of 3', 'worker: 2 of 3', 'worker: 3 of 3', 'worker: done', 'the end']);
  },

  'worker: SIGTERM: it is torn down, slowly': async () => {
    const program = example('worker');
    await program.line(/1 of 3/);
    program.kill('SIGTERM');
    await program.end(0);
    assert.deepEqual(program.lines, tornDown);
  },

  'worker: SIGINT twice in a millisecond, and once more: still torn down': async () => {
    const program = example('worker');
    await program.line(/1 of 3/);
    program.kill('SIGINT');
    program.kill('SIGINT');
    await program.line(/cleaning up/);
    program.kill('SIGINT');
    await program.end(0);
    assert.deepEqual(program.lines, tornDown);
  },

  'control: its members are stopped, started and restarted one by one': async () => {
    const program = example('control');
    await program.line(/^api: up/);
    program.write('restart api\n');
    await program.line(/^api: down/);
    program.write('stop mail\n');
    await program.line(/^mail: down/);
    program.write('status\n');
    const [state] = await program.line(/^\{.*\}$/);
    assert.deepEqual(JSON.parse(state), { interrupt: 'ready', api: 'ready', mail: 'off', commands: 'ready' });
    program.write('start mail\nquit\n');
    await program.end(0);
    const ofApi = program.lines.filter((line) => line.startsWith('api'));
    const once = ['api: up', 'api: shutting down', 'api: down'];
    assert.deepEqual(ofApi, [...once, ...once]);
    assert.deepEqual(program.lines.slice(-1), ['the end']);
  },

  'swap: on one port, 200 times: not with switchMap and repeat where letting go of it takes time': async () => {
    const program = example('swap');
    const listened = ['switchRun', 'restart'];
    for (const [kind, fine] of [
      ['close\\(\\) at once', [...listened, 'switchMap', 'repeat']],
      ['a drain before close\\(\\)', listened],
      ['a child process', listened],
    ]) {
      for (const way of ['switchMap', 'switchRun', 'repeat', 'restart']) {
        const outcome = fine.includes(way) ? '200 have listened$' : '.*EADDRINUSE';
        // a child has to be started for each turn
        await program.line(new RegExp(`^${kind}, ${way}: ${outcome}`), 10 * patience);
      }
    }
    await program.end(0);
  },

  'main: tells its state': async () => {
    const settings = ownSettings();
    const program = startMain(settings);
    const url = await working(program);
    const { members, counts, uptime } = await stateOf(url);
    assert.deepEqual(Object.keys(members), ['heartbeat', 'http', 'worker', 'interrupt']);
    assert.deepEqual([members.http, members.worker], ['ready', 'ready']);
    assert.ok(uptime > 0 && counts.requests > 1 && counts.polls > 0 && counts.events > 0);
    assert.ok(existsSync(join(settings.DATA_DIR, 'heartbeat')));
    program.kill('SIGTERM');
    await program.end(0);
  },

  'main: SIGINT': () => mainIsStoppedBy(startMain, ['SIGINT']),
  'main: SIGTERM': () => mainIsStoppedBy(startMain, ['SIGTERM']),
  'main: SIGINT twice in a millisecond': () => mainIsStoppedBy(startMain, ['SIGINT', 'SIGINT']),

  'main: a request that is under way at the stop is answered in full': async () => {
    const settings = ownSettings();
    const program = startMain(settings);
    const url = await working(program);
    const { response } = await slowRequest(url, 900);
    program.kill('SIGTERM');
    const [message] = await response;
    assert.equal(message.headers.connection, 'close');
    assert.equal(JSON.parse(await text(message)).members.http, 'stopping');
    await program.end(0);
    await assertNothingLeft(url, settings.DATA_DIR);
  },

  'main: a request that is never answered is cut off when the grace is over': async () => {
    const settings = ownSettings();
    const program = startMain({ ...settings, GRACE_MS: '2000' });
    const url = await working(program);
    const { response } = await slowRequest(url, 1e9);
    program.kill('SIGTERM');
    await assert.rejects(response, { code: 'ECONNRESET' });
    await program.end(1);
    await program.line(/http +forced/);
    await program.line(/http failed \(grace\): http had not settled within 2000 ms/);
    await assertNothingLeft(url, settings.DATA_DIR);
  },

  'main: its port is in use: the others are torn down': async () => {
    const occupant = createServer().listen(0, '127.0.0.1');
    await once(occupant, 'listening');
    const settings = ownSettings();
    const program = startMain({ ...settings, PORT: String(occupant.address().port) });
    await program.end(1);
    occupant.close();
    await program.line(/http +failed: listen EADDRINUSE/);
    await program.line(/worker +stopped/);
    const failures = program.lines.filter((line) => / failed \(/.test(line));
    assert.equal(failures.length, 1);
    assert.match(failures[0], /http failed \(run\): listen EADDRINUSE/);
    assert.ok(!existsSync(join(settings.DATA_DIR, 'heartbeat')), 'the heartbeat is left');
  },

  'npm start: SIGTERM to npm': () => mainIsStoppedBy(npmStart, ['SIGTERM']),
  'npm start: SIGINT to npm': () => mainIsStoppedBy(npmStart, ['SIGINT']),
};

const hasTmux = spawnSync('tmux', ['-V']).status === 0;
if (hasTmux) checks['npm start: Ctrl-C in a terminal'] = mainIsStoppedByCtrlC;
else console.log('skipped npm start: Ctrl-C in a terminal (there is no tmux)');

process.once('exit', () => {
  for (const program of started) program.destroy();
  // a check that failed has left it
  if (hasTmux) spawnSync('tmux', [...tmuxServer, 'kill-server']);
  rmSync(scratch, { recursive: true, force: true });
});
for (const signal of ['SIGHUP', 'SIGINT', 'SIGTERM']) process.once(signal, () => process.exit(1));

for (const [name, check] of Object.entries(checks)) {
  try {
    await check();
    console.log(`ok      ${name}`);
  } catch (error) {
    process.exitCode = 1;
    console.error(`FAILED  ${name}\n${error.message}\n${started.at(-1)?.lines.join('\n') ?? ''}`);
  }
  for (const program of started.splice(0)) program.destroy();
}
