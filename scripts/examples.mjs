// Compiles the code of the documentation, runs what says what it prints, and runs the examples as their users do: starts them, uses them, ends them with
// signals, and looks at what is left. The checks of `npm start`, which is the pipeline, signal npm itself; the last one types
// Ctrl-C into a real terminal, where there is tmux.
import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { once } from 'node:events';
import { existsSync, mkdtempSync, readdirSync, readFileSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { get } from 'node:http';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { dirname, join, resolve } from 'node:path';
import { text } from 'node:stream/consumers';
import { promisify } from 'node:util';
import { buildSync } from 'esbuild';
import { documents, programsOf } from './documentation.mjs';
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

/** What a program needs to be told, so that several can run at once. */
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

  await assertFree(url);
}

/** Fails when the port is still in use. */
async function assertFree(url) {
  const server = createServer().listen(Number(new URL(url).port), '127.0.0.1');
  await once(server, 'listening');
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

/** The code of the documentation, each block as a module of its own in a directory with the options of this project. */
function documentedPrograms() {
  const directory = mkdtempSync(join(scratch, 'docs-'));
  // the code of the recipes is that of programs which are compiled, and run, where they stand, beside their packages
  const files = documents.filter((file) => file !== 'docs/recipes.md');
  const programs = files.flatMap((document) =>
    programsOf(document).map((program, index) => {
      const file = join(directory, `${document.replace(/\W/g, '-')}-${index + 1}.mts`);
      writeFileSync(file, program.code);
      return { ...program, document, file };
    }),
  );
  symlinkSync(resolve('node_modules'), join(directory, 'node_modules'));
  const compilerOptions = {
    paths: { 'rx-runner': [resolve('src/index.ts')], 'rx-runner/*': [resolve('src/*/index.ts')] },
  };
  const tsconfig = { extends: resolve('tsconfig.json'), compilerOptions, include: ['*.mts'] };
  writeFileSync(join(directory, 'tsconfig.json'), JSON.stringify(tsconfig));
  return { directory, programs };
}

function compileDocumentation() {
  const { directory } = documentedPrograms();
  const { status, stdout } = spawnSync(process.execPath, ['node_modules/typescript/bin/tsc', '-p', directory]);
  assert.equal(status, 0, String(stdout));
}

function launchDocumented({ file }) {
  return launch(process.execPath, ['--import', 'tsx', file], {
    TSX_TSCONFIG_PATH: join(dirname(file), 'tsconfig.json'),
  });
}

async function documentedProgramsPrint() {
  const { programs } = documentedPrograms();
  const failed = [];
  for (const program of programs.filter(({ output }) => output !== undefined)) {
    const { document, output, exitCode, code } = program;
    const run = launchDocumented(program);
    try {
      await run.end(exitCode);
      assert.equal(run.lines.join('\n'), output.trimEnd());
    } catch (error) {
      failed.push(`${document}\n${code}\n${error.message}\n${run.lines.join('\n')}`);
    }
  }
  assert.equal(failed.length, 0, failed.join('\n\n'));
}

/** The first example of README.md, in real time: it prints what stands below it. */
async function firstExampleIsStopped() {
  const [first] = documentedPrograms().programs;
  const [, output] = /<!-- output: first -->\n+```\n([^]*?)```/.exec(readFileSync('README.md', 'utf8'));
  const [before, after] = output.split('^C\n').map((part) => part.trimEnd().split('\n'));
  const program = launchDocumented(first);
  await program.line(new RegExp(`^${before.at(-1)}$`));
  program.kill('SIGINT');
  await program.end(0);
  assert.deepEqual(program.lines, [...before, ...after]);
}

const startPipeline = (settings) => example('pipeline', settings);

/** Waits until the pipeline works, and returns its address. It makes its database first, which takes seconds. */
async function pipelineWorking(program) {
  const [, url] = await program.line(/website +listens on (\S+)/, 4 * patience);
  await program.line(/producer +ready/);
  return url;
}

/** What the page is sent, message by message. */
async function* snapshotsOf(url) {
  const [response] = await once(get(`${url}events`), 'response');
  let rest = '';
  for await (const chunk of response.setEncoding('utf8')) {
    const lines = (rest + chunk).split('\n');
    rest = lines.pop();
    for (const line of lines) if (line.startsWith('data: {')) yield JSON.parse(line.slice('data: '.length));
  }
}

/** Waits until the page is sent more than so many orders. */
async function moreOrdersThan(count, url) {
  for await (const { figures } of snapshotsOf(url)) {
    if (figures.orders > count) return figures.orders;
  }
  assert.fail(`ended with no more than ${count} orders`);
}

/** Each stage was seen to stop when those had that need it, and nothing is left. */
async function assertPipelineStopped(lines, url, directory) {
  const step = /(website|producer|consumer|broker|database) +(stopping|stopped|forced|failed)/;
  const steps = lines.flatMap((line) => step.exec(line)?.slice(1).join(' ') ?? []);
  const others = steps.filter((line) => !line.startsWith('website'));
  const inOrder = ['producer', 'consumer', 'broker', 'database'];
  assert.deepEqual(
    others,
    inOrder.flatMap((name) => [`${name} stopping`, `${name} stopped`]),
  );
  assert.equal(steps[0], 'website stopping');
  assert.ok(steps.indexOf('website stopped') < steps.indexOf('database stopping'));
  await assertFree(url);
  assert.ok(!existsSync(join(directory, 'lock')), 'the lock is left');
}

/** The ids of the orders that the broker has acknowledged. */
function acknowledgedIn(directory) {
  return readFileSync(join(directory, 'acknowledged.txt'), 'utf8').trimEnd().split('\n');
}

async function pipelineIsStoppedBy(start, signals, settings = ownSettings()) {
  const program = start(settings);
  const url = await pipelineWorking(program);
  const first = await moreOrdersThan(0, url);
  await moreOrdersThan(first, url);
  for (const signal of signals) program.kill(signal);
  await program.end(0);
  await assertPipelineStopped(program.lines, url, settings.DATA_DIR);
  return first;
}

/** It fails at the start: with one line that tells why, and with nothing left. */
async function pipelineFails(settings, explanation) {
  const program = startPipeline(settings);
  await program.line(explanation, 4 * patience);
  await program.end(1);
  const failures = program.lines.filter((line) => /program +\w+ failed:|^ +at /.test(line));
  assert.equal(failures.length, 1, failures.join('\n'));
  assert.match(failures[0], explanation);
  return program;
}

/** Many processes at once find the locks of one that is dead, folder by folder. */
async function onlyOneGetsEachLock() {
  const script = join(scratch, 'lock.mjs');
  const contents = `
    import { lock } from './examples/pipeline/lock.ts';
    import { interval } from 'rxjs';
    const take = (directory) => lock(directory, () => (console.log('has ' + directory), interval(1000))).subscribe({
      error: ({ message }) => console.log(message),
    });
    process.stdin.once('data', (time) => {
      process.argv.slice(2).forEach((directory, index) => {
        setTimeout(take, Number(time) + 50 * index - Date.now(), directory);
      });
    });
    console.log('waits');`;
  const stdin = { contents, resolveDir: process.cwd() };
  buildSync({ stdin, bundle: true, platform: 'node', format: 'esm', outfile: script, tsconfig: 'tsconfig.json' });
  const dead = spawnSync('true');
  const directories = Array.from({ length: 20 }, () => mkdtempSync(join(scratch, 'lock-')));
  // a power failure may leave an empty one
  const left = [`${dead.pid} 1-of-another-boot`, ''];
  for (const [index, directory] of directories.entries()) writeFileSync(join(directory, 'lock'), left[index % 2]);

  const programs = Array.from({ length: 20 }, () => launch(process.execPath, [script, ...directories]));
  for (const program of programs) await program.line(/waits/);
  const time = Date.now() + 300;
  for (const program of programs) program.write(`${time}\n`);
  for (const directory of directories) {
    for (const program of programs)
      await program.line(new RegExp(`has ${directory}|${directory} is in use by process`));
    const owners = programs.filter(({ lines }) => lines.includes(`has ${directory}`));
    assert.equal(owners.length, 1);
    assert.match(readFileSync(join(directory, 'lock'), 'utf8'), new RegExp(`^${owners[0].pid} `));
    assert.deepEqual(readdirSync(directory), ['lock']);
  }
}

const tornDown = ['worker: 1 of 3', 'worker: cleaning up', 'worker: clean', 'the end'];

/** `npm start` in a shell of a real terminal, and Ctrl-C. */
async function pipelineIsStoppedByCtrlC() {
  const { PORT, DATA_DIR } = ownSettings();
  // in control mode tmux is told line by line what to do, and prints what the terminal would show
  const tmux = launch('tmux', [...tmuxServer, '-C', 'new-session', '-x', '200', 'sh']);
  tmux.write(`send-keys "PORT=${PORT} DATA_DIR=${DATA_DIR} npm start; echo exit code $?" Enter\n`);
  await tmux.line(/waiting for database to start, 1 s/, 4 * patience);
  const url = await pipelineWorking(tmux);
  tmux.write('send-keys C-c\n');
  await tmux.line(/exit code 0/);
  await assertPipelineStopped(tmux.lines.flatMap(shown), url, DATA_DIR);
  tmux.write('kill-server\n');
  await tmux.end(0);
}

/** The lines within one line of tmux's: `%output %0 one\015\012two`. */
function shown(line) {
  return line.split('\\015\\012');
}

const checks = {
  'README.md and docs/: the code compiles': compileDocumentation,
  'README.md and docs/: the programs print what they say': documentedProgramsPrint,
  'README.md: the first example: SIGINT stops both services, each in its own time': firstExampleIsStopped,

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

  'npm start: SIGTERM to npm: each stage stops in its turn; a second start goes on from the database': async () => {
    const settings = ownSettings();
    await pipelineIsStoppedBy(npmStart, ['SIGTERM'], settings);
    const before = acknowledgedIn(settings.DATA_DIR);
    const first = await pipelineIsStoppedBy(npmStart, ['SIGTERM'], settings);
    assert.ok(first >= before.length, `${before.length} were acknowledged, ${first} are there`);
    const after = acknowledgedIn(settings.DATA_DIR);
    assert.equal(new Set(after).size, after.length, 'an id was used twice');
  },

  'npm start: SIGINT to npm': () => pipelineIsStoppedBy(npmStart, ['SIGINT']),

  'pipeline: whoever looks at the page is told of the stop, and does not hold it up': async () => {
    const program = startPipeline(ownSettings());
    const url = await pipelineWorking(program);
    assert.equal((await stateOf(`${url}readyz`)).ready, true);
    for (const [path, type] of Object.entries({ '': 'html', 'page.css': 'css', 'page.js': 'javascript' })) {
      const [{ headers, statusCode }] = await once(get(url + path), 'response');
      assert.equal(statusCode, 200);
      assert.match(headers['content-type'], new RegExp(type));
    }
    const [reader] = await once(get(`${url}events`), 'response');
    const [sleeper] = await once(get(`${url}events`), 'response');
    sleeper.pause();
    await moreOrdersThan(0, url);
    program.kill('SIGTERM');
    assert.match(await text(reader), /"website":"stopping".*\n\nevent: stopped\n.*\n\n$/);
    await program.end(0);
    assert.ok(!program.lines.some((line) => line.includes('waiting for website')));
  },

  'pipeline: SIGINT while the database is being opened': async () => {
    const settings = ownSettings();
    const program = startPipeline(settings);
    await program.line(/waiting for database to start/);
    program.kill('SIGINT');
    await program.line(/database +stopping/);
    await program.end(0);
    assert.deepEqual(readdirSync(settings.DATA_DIR).sort(), ['database', 'producer.txt']);
  },

  'pipeline: kill -9 while the database is being made, and later: it starts again': async () => {
    const settings = ownSettings();
    const unborn = startPipeline(settings);
    await unborn.line(/waiting for database to start/);
    unborn.destroy();
    const program = startPipeline(settings);
    const orders = await moreOrdersThan(0, await pipelineWorking(program));
    program.destroy();
    const next = startPipeline(settings);
    await moreOrdersThan(orders, await pipelineWorking(next));
    next.kill('SIGTERM');
    await next.end(0);
  },

  'pipeline: a folder is used by one process at a time': async () => {
    const settings = ownSettings();
    const program = startPipeline(settings);
    await program.line(/database +starting/);
    await pipelineFails(
      settings,
      new RegExp(`database failed: ${settings.DATA_DIR} is in use by process ${program.pid}:`),
    );
    program.kill('SIGTERM');
    await program.end(0);
  },

  'pipeline: of twenty that find the lock of a dead process one gets it': onlyOneGetsEachLock,

  'pipeline: its port is in use: the others are torn down': async () => {
    const occupant = createServer().listen(0, '127.0.0.1');
    await once(occupant, 'listening');
    const settings = { ...ownSettings(), PORT: String(occupant.address().port) };
    const { lines } = await pipelineFails(settings, /website failed: cannot listen on .*EADDRINUSE.*: set PORT/);
    occupant.close();
    assert.ok(lines.some((line) => /database +stopped/.test(line)));
    assert.ok(!existsSync(join(settings.DATA_DIR, 'lock')), 'the lock is left');
  },

  'pipeline: a setting that cannot be is told in one line, and nothing is started or made': async () => {
    const file = join(ownSettings().DATA_DIR, 'file');
    writeFileSync(file, '');
    const password = 'hush/hush';
    const wrong = {
      RATE: '0',
      PORT: '99999',
      GRACE_MS: '-1',
      TOPIC: '#',
      CONSUMER_GROUP: '',
      KAFKA_BROKERS: ',',
      DATABASE_URL: `postgres://user:${password}@localhost/shop`,
      DATA_DIR: file,
    };
    for (const [name, value] of Object.entries(wrong)) {
      const settings = ownSettings();
      const program = startPipeline({ ...settings, [name]: value });
      await program.end(1);
      assert.equal(program.lines.length, 1, program.lines.join('\n'));
      assert.match(program.lines[0], new RegExp(`^\\S+ +program +.*\\b${name}\\b`));
      assert.ok(!program.lines[0].includes(password), 'the password is printed');
      assert.deepEqual(readdirSync(settings.DATA_DIR), []);
    }
  },

  'pipeline: its folder is replaced while it runs: told in one line, and what is there now is left alone': async () => {
    const settings = ownSettings();
    const lock = join(settings.DATA_DIR, 'lock');
    const program = startPipeline(settings);
    await pipelineWorking(program);
    writeFileSync(lock, 'of somebody else');
    program.kill('SIGTERM');
    await program.end(1);
    const reasons = program.lines.filter((line) => /program +.* failed/.test(line));
    assert.equal(reasons.length, 1);
    assert.match(reasons[0], new RegExp(`database teardown failed: ${lock} is not ours any more`));
    assert.equal(program.lines.at(-1), reasons[0]);
    assert.equal(readFileSync(lock, 'utf8'), 'of somebody else');
  },

  'pipeline: the line that is replaced again and again fits a narrow terminal': async () => {
    const script = `
      import { Terminal } from './examples/pipeline/Terminal.ts';
      const terminal = new Terminal({ isTTY: true, columns: 20, write: (text) => console.log(JSON.stringify(text)) });
      terminal.status('waiting for database to start, 1 s');
      terminal.status('');`;
    const program = launch(process.execPath, ['--import', 'tsx', '--input-type=module', '--eval', script]);
    await program.end(0);
    assert.deepEqual(
      program.lines.map((line) => JSON.parse(line)),
      ['waiting for databas', '\r\x1b[K'],
    );
  },

  'pipeline: there is no database, or no broker': async () => {
    const occupant = createServer().listen(0, '127.0.0.1');
    await once(occupant, 'listening');
    const nobody = `127.0.0.1:${occupant.address().port}`;
    await promisify(occupant.close.bind(occupant))();
    await pipelineFails(
      { ...ownSettings(), DATABASE_URL: `postgres://${nobody}/shop` },
      /database failed: no PostgreSQL/,
    );
    await pipelineFails({ ...ownSettings(), KAFKA_BROKERS: nobody }, /broker failed: no Kafka broker answers/);
  },
};

const hasTmux = spawnSync('tmux', ['-V']).status === 0;
if (hasTmux) checks['npm start: Ctrl-C in a terminal'] = pipelineIsStoppedByCtrlC;
else console.log('skipped npm start: Ctrl-C in a terminal (there is no tmux)');

// for the checks that start it without npm
const installation = spawnSync(process.execPath, ['scripts/ensure-install.mjs', 'examples/pipeline'], {
  stdio: 'inherit',
});
assert.equal(installation.status, 0);

process.once('exit', () => {
  for (const program of started) program.destroy();
  // a check that failed has left it
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
    console.error(`FAILED  ${name}\n${error.message}\n${started.at(-1)?.lines.join('\n') ?? ''}`);
  }
  for (const program of started.splice(0)) program.destroy();
}
