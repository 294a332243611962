// Runs the programs of docs/recipes.md as their users do: starts them, uses them, ends them with signals, and looks at what
// is left. With `--write` it does none of this, and writes the programs into the document instead.
import assert from 'node:assert/strict';
import { Buffer } from 'node:buffer';
import { spawnSync } from 'node:child_process';
import { once } from 'node:events';
import {
  closeSync,
  constants,
  existsSync,
  mkdirSync,
  mkdtempSync,
  openSync,
  readdirSync,
  readFileSync,
  readSync,
  rmSync,
  symlinkSync,
  writeFileSync,
  writeSync,
} from 'node:fs';
import { createServer as createHttpServer, request } from 'node:http';
import { createRequire } from 'node:module';
import { connect, createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { basename, join, resolve } from 'node:path';
import { text } from 'node:stream/consumers';
import { setTimeout as delay } from 'node:timers/promises';
import { patience, Program } from './Program.mjs';

const folder = 'examples/recipes';
const programs = readdirSync(folder).filter((name) => name.endsWith('.ts'));
const document = 'docs/recipes.md';
/** A line that names a program, and its code. */
const block = /^(\[`(.+)`\]\(\.\.\/examples\/recipes\/\2\):\n\n```ts\n)([^]*?)(?=^```$)/gm;

if (process.argv.includes('--write')) {
  const written = readFileSync(document, 'utf8').replace(block, (_, head, name) => head + codeOf(name));
  writeFileSync(document, written);
  process.exit();
}

function codeOf(name) {
  return readFileSync(join(folder, name), 'utf8');
}

const scratch = mkdtempSync(join(tmpdir(), 'rx-runner-recipes-'));
/** Its own, not the one that the user may have. */
const tmuxServer = ['-S', join(scratch, 'tmux'), '-f', '/dev/null'];
const started = [];
const tsx = ['--import', import.meta.resolve('tsx')];
/** So that `rx-runner` is the source, wherever the program runs. */
const env = { TSX_TSCONFIG_PATH: resolve('tsconfig.json'), PORT: '0' };

function directory() {
  return mkdtempSync(join(scratch, 'run-'));
}

function launch(args, cwd, settings) {
  const program = new Program(process.execPath, [...tsx, ...args], { ...env, ...settings }, cwd);
  started.push(program);
  return program;
}

/** Starts a program, in a directory of its own if none is given. */
function recipe(name, { args = [], cwd = directory(), settings = {} } = {}) {
  return launch([resolve(folder, `${name}.ts`), ...args], cwd, settings);
}

/** The file of a program in which something has been replaced. */
function variant(name, replacements) {
  const variants = join(scratch, 'variants');
  if (!existsSync(variants)) {
    mkdirSync(variants);
    writeFileSync(join(variants, 'package.json'), '{ "type": "module" }');
    symlinkSync(resolve(folder, 'node_modules'), join(variants, 'node_modules'));
    symlinkSync(resolve('node_modules'), join(scratch, 'node_modules'));
  }
  let code = codeOf(name);
  for (const [from, to] of Object.entries(replacements)) {
    assert.ok(code.includes(from), `${name} has no '${from}'`);
    code = code.replace(from, to);
  }
  const file = join(variants, name);
  writeFileSync(file, code);
  return file;
}

/** Waits until the condition holds, and returns what it returned. */
async function until(what, condition) {
  const deadline = performance.now() + patience;
  for (;;) {
    const result = await condition();
    if (result) return result;
    assert.ok(performance.now() < deadline, `waited in vain for ${what}`);
    await delay(20);
  }
}

async function freePort() {
  const server = createServer().listen(0);
  await once(server, 'listening');
  const { port } = server.address();
  server.close();
  await once(server, 'close');
  return port;
}

/** Fails when the port is still in use. */
async function assertFree(port) {
  const server = createServer().listen(Number(port));
  await once(server, 'listening');
  server.close();
  await once(server, 'close');
}

function refused(port) {
  return until(`a refused connection to port ${port}`, async () => {
    const socket = connect(Number(port), '127.0.0.1');
    const [error] = await Promise.race([once(socket, 'connect'), once(socket, 'error')]).catch((error) => [error]);
    socket.destroy();
    return error?.code === 'ECONNREFUSED';
  });
}

async function answer(url) {
  const response = await fetch(url, { headers: { connection: 'close' } });
  return response.text();
}

/** Waits until the server answers so; in between it may refuse. */
function answers(url, expected) {
  return until(`'${expected}'`, async () => (await answer(url).catch(() => '')) === expected);
}

/** Sends a request whose body is not complete, and waits until the server has got it. Returns what completes it. */
async function upload(url) {
  const body = JSON.stringify({ coffee: 'two pounds' });
  const headers = { 'content-type': 'application/json', 'content-length': body.length, expect: '100-continue' };
  const sent = request(url, { method: 'POST', headers });
  const response = once(sent, 'response');
  // who awaits it later hears of a failure then
  response.catch(() => undefined);
  sent.flushHeaders();
  await once(sent, 'continue');
  sent.write(body.slice(0, 9));
  return async () => {
    sent.end(body.slice(9));
    const [message] = await response;
    return { status: message.statusCode, connection: message.headers.connection, body: await text(message) };
  };
}

const stored = '{"coffee":"two pounds"}\n';

/** A shop that is told to stop while an order comes in: the order is answered, and in the file, and nothing is left. */
async function shopDrains(name) {
  const cwd = directory();
  const program = recipe(name, { cwd });
  const [url, port] = await program.line(/http:\/\/localhost:(\d+)\/orders/);
  const first = await upload(url);
  assert.equal((await first()).status, 201);
  // one that has connected and says nothing is nobody to wait for
  const silent = connect(Number(port), '127.0.0.1');
  await once(silent, 'connect');
  const complete = await upload(url);
  program.kill('SIGTERM');
  await refused(port);
  assert.deepEqual(await complete(), { status: 201, connection: 'close', body: '{"stored":true}' });
  await program.end(0);
  assert.equal(readFileSync(join(cwd, 'orders.ndjson'), 'utf8'), stored + stored);
  await assertFree(port);
  return program;
}

async function portInUse(name) {
  const occupant = createServer().listen(0);
  await once(occupant, 'listening');
  const program = recipe(name, { settings: { PORT: String(occupant.address().port) } });
  await program.end(1);
  await program.line(/^rx-runner: .*EADDRINUSE/);
  occupant.close();
}

/** Nest with shutdown hooks of its own: they close the file under the order, and its second signal forces the end. */
async function nestWithHooks() {
  const slow = `runner({ name: 'slow', run: () => new Promise(() => {}), teardown: () => new Promise(() => {}) })`;
  const file = variant('nest.ts', {
    'import { group, withResource }': 'import { group, runner, withResource }',
    'return app.init();': 'return app.enableShutdownHooks().init();',
    'group({ web })': `group({ web, slow: ${slow} })`,
  });
  const program = launch([file], directory());
  const [url, port] = await program.line(/http:\/\/localhost:(\d+)\/orders/);
  const complete = await upload(url);
  program.kill('SIGTERM');
  await refused(port);
  await delay(1_000); // longer than runMain's debounce: this is what the order takes
  assert.equal((await complete()).status, 500);
  await program.end(1);
  await program.line(/^rx-runner: forced by SIGTERM, still stopping: .*slow/);
}

/** A request that an old server has, while the file of a new one is written. */
async function swaps(program, url, write, from, to) {
  const { port } = new URL(url);
  const complete = await upload(url);
  write();
  await refused(port);
  assert.equal((await complete()).body, from);
  await answers(url, to);
}

async function configIsSwapped() {
  const cwd = directory();
  const port = await freePort();
  const url = `http://127.0.0.1:${port}/`;
  const write = (content) => writeFileSync(join(cwd, 'config.json'), content);
  const config = (greeting, on = port) => JSON.stringify({ port: on, greeting });
  write(config('one'));
  const program = recipe('configChange', { cwd });
  await program.line(/^one, on port/);
  await swaps(program, url, () => write(config('two')), 'one\n', 'two\n');
  write('{ "port": ');
  await program.line(/config\.json: SyntaxError/);
  write(config('no port', 'none'));
  await program.line(/config\.json: TypeError: httpServer: 'port' must be/);
  assert.equal(await answer(url), 'two\n');
  const other = await freePort();
  write(config('three', other));
  await answers(`http://127.0.0.1:${other}/`, 'three\n');
  await assertFree(port);
  program.kill('SIGTERM');
  await program.end(0);
  await assertFree(other);
}

const jobLines = (program) => program.lines.filter((line) => line.startsWith('job: '));
const wholeJob = [
  'begins',
  'Ada has got a bill',
  'Grace has got a bill',
  'Hedy has got a bill',
  'Mary has got a bill',
  'ends',
];

async function jobByHand() {
  const program = recipe('schedule', { settings: { PERIOD_MS: '864000000' } });
  await program.line(/^every 864000000 ms/);
  program.kill('SIGUSR2');
  await program.line(/^job: begins/);
  program.kill('SIGUSR2');
  await program.line(/^job: Ada/);
  program.kill('SIGUSR2');
  await program.line(/^job: ends/);
  program.kill('SIGUSR2');
  await until('a second job', () => jobLines(program).length > wholeJob.length);
  program.kill('SIGTERM');
  await program.end(0);
  const stopped = ['begins', 'Ada has got a bill', 'ends'];
  assert.deepEqual(
    jobLines(program),
    [...wholeJob, ...stopped].map((step) => `job: ${step}`),
  );
}

async function jobByClock() {
  const program = recipe('schedule', { settings: { PERIOD_MS: '300' } });
  // a job takes two seconds, in which the clock asks for seven
  await until('three jobs', () => jobLines(program).length >= 3 * wholeJob.length);
  program.kill('SIGINT');
  await program.end(130);
  const three = [...wholeJob, ...wholeJob, ...wholeJob].map((step) => `job: ${step}`);
  assert.deepEqual(jobLines(program).slice(0, three.length), three);
  assert.equal(jobLines(program).at(-1), 'job: ends');
}

async function webSocketSaysGoodbye() {
  const { WebSocket } = createRequire(resolve(folder, 'webSocket.ts'))('ws');
  const program = recipe('webSocket');
  const [url, port] = await program.line(/ws:\/\/localhost:(\d+)\//);
  const [ada, grace, deaf] = Array.from({ length: 3 }, () => new WebSocket(url));
  await Promise.all([ada, grace, deaf].map((socket) => once(socket, 'open')));
  const received = [ada, grace].map((socket) => once(socket, 'message'));
  ada.send('hello');
  for (const message of received) assert.equal(String((await message)[0]), 'hello');
  deaf.pause(); // it does not read, and so does not answer either
  const goodbyes = [ada, grace].map((socket) => once(socket, 'close'));
  const closedAt = Promise.all(goodbyes).then(() => performance.now());
  program.kill('SIGTERM');
  for (const goodbye of goodbyes) {
    const [code, reason] = await goodbye;
    assert.deepEqual([code, String(reason)], [1001, 'the server stops, come again']);
  }
  await program.end(0);
  const waited = performance.now() - (await closedAt);
  assert.ok(waited > 3_000 && waited < 9_000, `the deaf client was waited for ${waited} ms`);
  deaf.terminate();
  await assertFree(port);
}

/** Whether a process with this number lives; one that nobody has buried yet does not. */
function lives(pid) {
  try {
    return !/^State:\s+Z/m.test(readFileSync(`/proc/${pid}/status`, 'utf8'));
  } catch {
    return false;
  }
}

async function childIsSupervised() {
  const program = recipe('supervise', { args: ['sh', '-c', 'echo up $$; exec sleep 1000'] });
  const [, first] = await program.line(/^sh: up (\d+)/);
  process.kill(Number(first), 'SIGKILL');
  await program.line(/^child: .*SIGKILL.*; start 1 in 200 ms/);
  const second = await until('the next child', () =>
    program.lines.map((line) => /^sh: up (\d+)/.exec(line)?.[1]).find((pid) => pid && pid !== first),
  );
  assert.ok(lives(second) && !lives(first));
  program.kill('SIGTERM');
  await program.end(0);
  assert.ok(!lives(second), 'the child is left');
}

async function childIsNotStartedTooOften() {
  const program = recipe('supervise', { args: ['sh', '-c', 'exit 3'] });
  for (const [index, milliseconds] of [200, 400, 800].entries()) {
    await program.line(new RegExp(`^child: .*code 3; start ${index + 1} in ${milliseconds} ms`));
  }
  program.kill('SIGTERM');
  await program.end(0);
}

async function childIsToRunForEver() {
  const program = recipe('supervise', { args: ['sh', '-c', 'exit 0'] });
  for (const [index, milliseconds] of [200, 400].entries()) {
    await program.line(new RegExp(`^child: it has ended; start ${index + 1} in ${milliseconds} ms`));
  }
  program.kill('SIGTERM');
  await program.end(0);
}

async function isReloaded() {
  const cwd = directory();
  const port = await freePort();
  const url = `http://127.0.0.1:${port}/`;
  const write = (code) => writeFileSync(join(cwd, 'app.mjs'), code);
  const app = (greeting) =>
    `export default (request, response) => request.resume().once('end', () => response.end('${greeting}'));\n`;
  write(app('one'));
  const program = recipe('hotReload', { cwd, settings: { PORT: String(port) } });
  await program.line(/^serves .*app\.mjs on port/);
  await swaps(program, url, () => write(app('two')), 'one', 'two');
  write('export default (');
  await program.line(/SyntaxError/);
  assert.equal(await answer(url), 'two');
  await swaps(program, url, () => write(app('three')), 'two', 'three');
  const complete = await upload(url);
  program.kill('SIGTERM');
  await refused(port);
  assert.equal((await complete()).body, 'three');
  await program.end(0);
  await assertFree(port);
}

/** The log is a pipe, which is full when the program is told to stop, and is read on only after a while. */
async function logIsFlushed() {
  const pipe = join(directory(), 'log');
  assert.equal(spawnSync('sh', ['-c', 'mkfifo "$0"', pipe]).status, 0);
  const fd = openSync(pipe, constants.O_RDWR | constants.O_NONBLOCK);
  let log = '';
  const read = () => {
    const bytes = Buffer.alloc(65_536);
    try {
      log += bytes.toString('utf8', 0, readSync(fd, bytes));
    } catch (error) {
      assert.equal(error.code, 'EAGAIN');
    }
    return log;
  };
  // a thousand lines a second, so that not all that wait fit into the buffers of its thread
  const busy = variant('flushedLogs.ts', { 'interval(100)': 'interval(1)' });
  const program = launch([busy], directory(), { LOG_FILE: pipe });
  await until('lines', () => read().includes('"number":3,'));
  const filler = '\n'.repeat(512);
  for (let isFull = false; !isFull;) {
    try {
      writeSync(fd, filler);
    } catch (error) {
      assert.equal(error.code, 'EAGAIN');
      isFull = true;
    }
  }
  await delay(2_000);
  program.kill('SIGTERM');
  await delay(11_000); // pino's own patience, as the process exits, is 10 seconds
  const lines = () => read().split('\n').filter(Boolean);
  await until('the last line', () => lines().some((line) => line.includes('has been torn down')));
  await program.end(0);
  const entries = lines().map((line) => JSON.parse(line));
  closeSync(fd);
  const works = entries.filter(({ msg }) => msg === 'works').map(({ number }) => number);
  assert.deepEqual(
    works,
    works.map((_, index) => index),
  );
  assert.deepEqual(
    entries.slice(works.length).map(({ msg }) => msg),
    ['SIGTERM: stopping', 'has been torn down'],
  );
}

async function leaksNothing() {
  const program = launch(['--test', resolve(folder, 'leaks.test.ts')], directory());
  await program.end(0);
  await program.line(/^# pass 2/);
}

async function leakIsFound() {
  const leaky = variant('leaks.test.ts', { 'group({ cleaner, web': '(start(cleaner), group)({ web' });
  const program = launch(['--test', leaky], directory());
  for (const number of [1, 2]) await program.line(new RegExp(`^not ok ${number}`));
  await program.line(/'cleaner', made/);
  // what it has leaked holds it open
  program.destroy();
}

/** A server whose answer ends when it is told to. */
async function trickle() {
  const server = createHttpServer((_, response) => {
    response.write('the first half, ');
    server.once('rest', () => response.end('the second half'));
  }).listen(0, '127.0.0.1');
  await once(server, 'listening');
  return { server, url: `http://127.0.0.1:${server.address().port}/` };
}

function tmux(...args) {
  const { status, stdout, stderr } = spawnSync('tmux', [...tmuxServer, ...args], { encoding: 'utf8' });
  assert.equal(status, 0, stderr);
  return stdout.trim();
}

/** In a real terminal: at the end, whatever made it, there is no spinner, and a cursor. */
async function spinnerIsGone(end, code, files) {
  const { server, url } = await trickle();
  const cwd = directory();
  const session = basename(cwd);
  tmux('new-session', '-d', '-s', session, '-x', '200', '-y', '50', '-c', cwd, 'sh');
  const type = (...keys) => tmux('send-keys', '-t', session, ...keys);
  const screen = () => tmux('capture-pane', '-t', session, '-p');
  const cursor = () => tmux('display-message', '-t', session, '-p', '#{cursor_flag}');
  const settings = Object.entries(env).map((pair) => pair.join('='));
  const command = ['env', ...settings, process.execPath, ...tsx, resolve(folder, 'spinner.ts'), url, 'file'].join(' ');
  type(`${command}; echo exit code $?`, 'Enter');
  const spinner = /^[|/\\-] http/m;
  await until('the spinner', () => spinner.test(screen()));
  assert.equal(cursor(), '0');
  await until('the download', () => existsSync(join(cwd, 'file.part')) && readFileSync(join(cwd, 'file.part')).length);
  end(server, type);
  await until('the end', () => screen().includes(`\nexit code ${code}`));
  assert.doesNotMatch(screen(), spinner);
  assert.equal(cursor(), '1');
  server.closeAllConnections();
  server.close();
  assert.deepEqual(readdirSync(cwd), files);
  return screen();
}

/** The jobs that are in one of the folders of the queue. */
function jobsIn(cwd, name) {
  return readdirSync(join(cwd, name)).length;
}

/** A queue of a hundred jobs, each of which takes three seconds. */
function queueOf(workers) {
  const cwd = directory();
  mkdirSync(join(cwd, 'queue'));
  for (let job = 100; job < 200; job++) writeFileSync(join(cwd, 'queue', `job-${job}`), '');
  return { cwd, program: launch([variant('queue.ts', { 'delay(500)': 'delay(3_000)', ...workers })], cwd) };
}

const begun = ({ lines }) => lines.filter((line) => line.endsWith(': begins'));
const ended = ({ lines }) => lines.filter((line) => line.endsWith(': ends'));

async function queueIsLeftInOrder() {
  const { cwd, program } = queueOf({});
  await until('the first eight to end', () => ended(program).length >= 8);
  await until('eight more', () => begun(program).length >= 16);
  program.kill('SIGTERM');
  await program.line(/SIGTERM: stopping/);
  const taken = begun(program).length;
  await program.end(0);
  assert.equal(begun(program).length, taken, 'a job was taken after the stop');
  assert.deepEqual(
    begun(program)
      .map((line) => line.replace('begins', 'ends'))
      .sort(),
    ended(program).sort(),
  );
  assert.deepEqual([jobsIn(cwd, 'taken'), jobsIn(cwd, 'failed'), jobsIn(cwd, 'queue')], [0, 0, 100 - taken]);
  let busy = 0;
  const atOnce = program.lines.map((line) => (busy += Number(/: begins$/.test(line)) - Number(/: ends$/.test(line))));
  assert.equal(Math.max(...atOnce), 8);
}

async function badJobIsPutAside() {
  const { cwd, program } = queueOf({
    'await work(job);': `if (job === 'job-102') throw new Error('bad'); await work(job);`,
  });
  await program.line(/^job-102: Error: bad/);
  await program.line(/^job-108: begins/);
  program.kill('SIGTERM');
  await program.end(0);
  assert.deepEqual([jobsIn(cwd, 'taken'), jobsIn(cwd, 'failed')], [0, 1]);
}

/** What the document says of the obvious way: jobs are taken ahead, and lost at the stop. */
async function jobsAreLostBy(workers) {
  const { cwd, program } = queueOf({
    "import { group, runner } from 'rx-runner';": `
      import { runGroup, runner } from 'rx-runner';
      import { from, map, mergeMap } from 'rxjs';
      async function* jobs() {
        for (let job = await take({ aborted: false }); job; job = await take({ aborted: false })) yield job;
      }
      const doIt = (job) => runner(async () => { await work(job); await acknowledge(job); });`,
    'group(Array.from({ length: 8 }, () => worker))': workers,
    'group({ workers })': 'workers',
  });
  await until('all to be taken', () => jobsIn(cwd, 'queue') === 0);
  program.kill('SIGTERM');
  await program.end(0);
  assert.deepEqual([ended(program).length, jobsIn(cwd, 'taken')], [8, 92]);
}

const checks = {
  'docs/recipes.md: its code is that of the programs': () => {
    const blocks = Array.from(readFileSync(document, 'utf8').matchAll(block), ([, , name, code]) => ({ name, code }));
    for (const { name, code } of blocks) assert.equal(code, codeOf(name), 'run `npm run recipes`');
    assert.deepEqual(blocks.map(({ name }) => name).sort(), programs.sort());
  },

  'queue: at SIGTERM nothing is taken any more, and all that was taken is done and acknowledged': queueIsLeftInOrder,
  'queue: a job that fails is put aside, and the others go on': badJobIsPutAside,
  'queue: with mergeMap over a generator jobs are lost': () => jobsAreLostBy('from(jobs()).pipe(mergeMap(doIt, 8))'),
  'queue: and with runGroup': () => jobsAreLostBy('from(jobs()).pipe(map(doIt), runGroup({ concurrency: 8 }))'),

  'express: an order that is under way at the stop is stored and answered': () => shopDrains('express'),
  'express: its port is in use': () => portInUse('express'),
  'fastify: an order that is under way at the stop is stored and answered': () => shopDrains('fastify'),
  'nest: an order that is under way at the stop is stored and answered, and the hooks run': async () => {
    const { lines } = await shopDrains('nest');
    assert.equal(lines.at(-1), 'the orders are closed');
  },
  'nest: its port is in use': () => portInUse('nest'),
  'nest: with enableShutdownHooks the order fails, and the end is forced': nestWithHooks,
  'configChange: the old server answers, then the new one listens; a broken file changes nothing': configIsSwapped,
  'schedule: by hand: who comes while the job runs comes in vain, and a stop waits': jobByHand,
  'schedule: by the clock: never two at once': jobByClock,
  'webSocket: the clients are told goodbye, and one that is deaf is cut off': webSocketSaysGoodbye,
  'supervise: a child that was killed is started again, and nothing is left at the end': childIsSupervised,
  'supervise: ever later': childIsNotStartedTooOften,
  'supervise: after an exit code of 0, too': childIsToRunForEver,
  'hotReload: the port is kept, the last request answered, and what cannot be loaded left out': isReloaded,
  'flushedLogs: every line is there': logIsFlushed,
  'leaks: the test passes': leaksNothing,
  'leaks: and fails where something leaks': leakIsFound,
};

const inTerminal = {
  'spinner: it is gone when the file is complete': () => spinnerIsGone((server) => server.emit('rest'), 0, ['file']),
  'spinner: it is gone after Ctrl-C, and so is half of the file': async () => {
    const screen = await spinnerIsGone((_, type) => type('C-c'), 130, []);
    assert.match(screen, /^SIGINT: stopping/m);
  },
};

const hasTmux = spawnSync('tmux', ['-V']).status === 0;
if (hasTmux) Object.assign(checks, inTerminal);
else for (const name of Object.keys(inTerminal)) console.log(`skipped ${name} (there is no tmux)`);

process.once('exit', () => {
  for (const program of started) program.destroy();
  if (hasTmux) spawnSync('tmux', [...tmuxServer, 'kill-server']);
  rmSync(scratch, { recursive: true, force: true });
});
for (const signal of ['SIGHUP', 'SIGINT', 'SIGTERM']) process.once(signal, () => process.exit(1));

const wanted = process.argv[2] ?? '';
for (const [name, check] of Object.entries(checks).filter(([name]) => name.startsWith(wanted))) {
  try {
    await check();
    console.log(`ok      ${name}`);
  } catch (error) {
    process.exitCode = 1;
    console.error(`FAILED  ${name}\n${error.stack}\n${started.at(-1)?.lines.join('\n') ?? ''}`);
  }
  for (const program of started.splice(0)) program.destroy();
}
