// Uses examples/console as its users do: logs in with the real OpenSSH client, from a real terminal (tmux) too, presses the
// buttons of its page in a headless Chromium, ends it in every way there is, and looks at what is left.
import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { once } from 'node:events';
import {
  appendFileSync,
  chmodSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmdirSync,
  rmSync,
  statSync,
  writeFileSync,
} from 'node:fs';
import { createRequire } from 'node:module';
import { connect, createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { text } from 'node:stream/consumers';
import { setTimeout as delay } from 'node:timers/promises';
import { promisify } from 'node:util';
import { launchChromium } from './launchChromium.mjs';
import { patience, Program } from './Program.mjs';

const ssh2 = createRequire(resolve('examples/console/console.ts'))('ssh2');
const scratch = mkdtempSync(join(tmpdir(), 'rx-runner-console-'));
const tmuxServer = ['-L', `rx-runner-console-${process.pid}`, '-f', '/dev/null'];
const started = [];

function launch(command, args, env) {
  const program = new Program(command, args, env);
  started.push(program);
  return program;
}

/** Waits until there is something, and returns it. */
async function until(what, find) {
  const end = Date.now() + patience;
  for (;;) {
    const found = find();
    if (found) return found;
    assert.ok(Date.now() < end, `waited in vain for ${what()}`);
    await delay(50);
  }
}

/** A user of OpenSSH, who has a key and known hosts, and nothing of the user that runs this. */
class User {
  home = mkdtempSync(join(scratch, 'home-'));
  knownHosts = join(this.home, '.ssh/known_hosts');

  constructor() {
    mkdirSync(join(this.home, '.ssh'), { mode: 0o700 });
    this.config = join(this.home, '.ssh/config');
    const options = [
      `UserKnownHostsFile ${this.knownHosts}`,
      'StrictHostKeyChecking accept-new',
      'GlobalKnownHostsFile /dev/null',
      'BatchMode yes',
      'IdentitiesOnly yes',
      'LogLevel ERROR',
    ];
    writeFileSync(this.config, `Host *\n${options.map((option) => `  ${option}\n`).join('')}`);
  }

  /** A line of a shell, as the program says that it is to be typed. */
  type(line) {
    const withConfig = line.replace(/^ssh /, `ssh -F ${this.config} `);
    const { status, stdout, stderr } = spawnSync('sh', ['-c', withConfig], {
      env: { ...process.env, HOME: this.home },
      encoding: 'utf8',
    });
    return { status, stdout, stderr };
  }

  key(name = 'key') {
    const path = join(this.home, '.ssh', name);
    if (!existsSync(path)) spawnSync('ssh-keygen', ['-q', '-t', 'ed25519', '-N', '', '-f', path]);
    return path;
  }
}

/** A running console, and somebody who may log in. */
class Console {
  user = new User();
  directory = mkdtempSync(join(scratch, 'data-'));

  async start(env = {}) {
    this.program = launch(process.execPath, ['--import', 'tsx', 'examples/console/console.ts'], this.env(env));
    await this.listens(this.program);
    await this.program.line(/ heartbeat +ready$/);
    await this.program.line(/ poller +ready$/);
    return this;
  }

  env(env) {
    return { SSH_PORT: '0', DATA_DIR: this.directory, ...env };
  }

  async listens(program) {
    appendFileSync(join(this.directory, 'authorized_keys'), readFileSync(`${this.user.key()}.pub`));
    [, this.port] = await program.line(/ ssh -p (\d+) 127\.0\.0\.1/);
    [, this.url] = await program.line(/ page +listens on (\S+)/);
  }

  /** `ssh HOST COMMAND` with the user's key. */
  args(...command) {
    return ['-F', this.user.config, '-i', this.user.key(), '-p', this.port, 'admin@127.0.0.1', ...command];
  }

  ssh(...command) {
    const { status, stdout, stderr } = spawnSync('ssh', this.args(...command), { encoding: 'utf8' });
    return { status, stdout, stderr };
  }

  /** A session without a terminal, to which lines are sent. */
  session(...command) {
    return launch('ssh', this.args(...command));
  }

  stateOf(name) {
    const { status, stdout } = this.ssh('status');
    assert.equal(status, 0);
    return new RegExp(`^${name} +(\\S+)`, 'm').exec(stdout)?.[1];
  }

  /** The program has ended, by itself and well, and has left nothing. */
  async ended(code = 0) {
    await this.program.end(code);
    await this.leftNothing();
  }

  async leftNothing() {
    assert.ok(!existsSync(join(this.directory, 'heartbeat')), 'the heartbeat is left');
    for (const port of [this.port, new URL(this.url).port]) {
      const server = createServer().listen(Number(port), '127.0.0.1');
      await once(server, 'listening'); // fails when the port is still in use
      server.close();
    }
  }
}

/** A window of a terminal. */
class Screen {
  static count = 0;

  constructor(command, columns = 100) {
    this.name = `screen-${Screen.count++}`;
    tmux(
      'new-session',
      '-d',
      '-s',
      this.name,
      '-x',
      String(columns),
      '-y',
      '50',
      `trap : INT; ${command}; echo exit code $?; cat`,
    );
  }

  keys(...keys) {
    tmux('send-keys', '-t', this.name, ...keys);
  }

  /** One key after the other: node:readline mixes up what is pasted into the midst of a line, or over its end. */
  async type(text) {
    for (const key of text) {
      const before = this.cursor();
      this.keys('-l', key);
      await until(
        () => `${key} in\n${this.text()}`,
        () => this.cursor() !== before,
      );
    }
  }

  cursor() {
    return tmux('display-message', '-p', '-t', this.name, '#{cursor_x},#{cursor_y}');
  }

  resize(columns) {
    tmux('resize-window', '-t', this.name, '-x', String(columns));
  }

  text() {
    return tmux('capture-pane', '-p', '-t', this.name).trimEnd();
  }

  shows(pattern) {
    return until(
      () => `${pattern} in\n${this.text()}`,
      () => pattern.exec(this.text()),
    );
  }
}

function tmux(...args) {
  const { status, stdout, stderr } = spawnSync('tmux', [...tmuxServer, ...args], {
    env: { ...process.env, SHELL: '/bin/sh' },
    encoding: 'utf8',
  });
  assert.equal(status, 0, stderr);
  return stdout;
}

const shellOf = (running) => new Screen(`ssh ${running.args().join(' ')}`);

/** What somebody in a session sees at the end, whatever ends the program. */
const farewell = (why) =>
  new RegExp(
    [
      `the program stops: ${why}`,
      ...['poller', 'heartbeat'].map((name) => `(?=[^]*${name}: stopped)`),
      '[^]*mail: stopping\\s+mail: stopped\\s+page: stopping\\s+page: stopped\\s+ssh: stopping\\s',
    ].join(''),
  );

/** A program with a shell in a terminal, and one without. */
async function stopsWith(end, why) {
  const running = await new Console().start();
  const screen = shellOf(running);
  await screen.shows(/console>$/m);
  screen.keys('half a line');
  await screen.shows(/console> half a line/);
  const other = running.session();
  other.write('status\n');
  await other.line(/^ssh +ready/);
  end(running);
  await other.end(0);
  assert.match(other.lines.join('\n').concat('\n'), farewell(why));
  await screen.shows(farewell(why));
  await screen.shows(/exit code 0/);
  // it was told above the line that was being typed
  assert.match(screen.text(), /ssh: stopping\s+console> half a line\s+exit code 0/);
  await running.ended();
}

const checks = {
  'the first start says what to type; typed as it is, it lets one in': async () => {
    const running = new Console();
    running.program = launch(process.execPath, ['--import', 'tsx', 'examples/console/console.ts'], running.env());
    const { program, user, directory } = running;
    await program.line(/nobody can log in yet/);
    const [, makeKey] = await program.line(/ (ssh-keygen .*)/);
    const [, letIn] = await program.line(/ (cat .*)/);
    const [, logIn, port] = await program.line(/ (ssh -p (\d+) .*)/);
    await program.line(/ poller +ready$/);
    assert.equal(user.type(makeKey).status, 0);
    // `-i ~/…` is the shell's to replace
    assert.match(user.type(logIn).stderr, /Permission denied \(publickey\)/);
    assert.equal(user.type(letIn).status, 0);
    const { status, stdout, stderr } = user.type(`${logIn} status`);
    assert.equal(status, 0, stderr);
    assert.match(stdout, /^poller +ready/m);

    const mode = statSync(join(directory, 'host_key')).mode & 0o777;
    assert.equal(mode, 0o600);
    const [, print] = await program.line(/its host key is (SHA256:\S+)/);
    const known = spawnSync('ssh-keygen', ['-l', '-f', user.knownHosts], { encoding: 'utf8' }).stdout;
    assert.ok(known.includes(print), `${known} is not ${print}`);
    program.kill('SIGTERM');
    await program.end(0);

    // the next start: the same key, and no more to be said
    const again = launch(
      process.execPath,
      ['--import', 'tsx', 'examples/console/console.ts'],
      running.env({ SSH_PORT: port }),
    );
    await again.line(/ poller +ready$/);
    assert.ok(!again.lines.some((line) => /nobody can log in/.test(line)));
    assert.equal(user.type(`${logIn} -o StrictHostKeyChecking=yes status`).status, 0);
    again.kill('SIGTERM');
    await again.end(0);
  },

  'each host key that it makes can be read': async () => {
    const directory = mkdtempSync(join(scratch, 'keys-'));
    const source = `
      import { hostKey } from ${JSON.stringify(resolve('examples/console/ssh/hostKey.ts'))};
      for (let count = 0; count < 2_000; count++) hostKey(process.argv[1] + '/' + count);
    `;
    const program = launch(process.execPath, ['--import', 'tsx', '--input-type=module', '--eval', source, directory]);
    await program.end(0);
    assert.equal(readdirSync(directory).length, 2_000);
  },

  'a host key that others may read is refused': async () => {
    const running = await new Console().start();
    running.program.kill('SIGTERM');
    await running.ended();
    const key = join(running.directory, 'host_key');
    chmodSync(key, 0o640);
    const program = launch(process.execPath, ['--import', 'tsx', 'examples/console/console.ts'], running.env());
    await program.line(/ssh failed: Error: others may read the host key: chmod 600 \S+host_key/);
    await program.end(1);
  },

  'a wrong key is refused, and so is a password': async () => {
    const running = await new Console().start();
    const { user, port } = running;
    const line = `ssh -p ${port} -i ${user.key('other')} admin@127.0.0.1 status`;
    assert.deepEqual(user.type(line), {
      status: 255,
      stdout: '',
      stderr: 'admin@127.0.0.1: Permission denied (publickey).\r\n',
    });
    const password = user.type(`ssh -p ${port} -o PubkeyAuthentication=no admin@127.0.0.1 status`);
    assert.deepEqual([password.status, password.stdout], [255, '']);
    assert.match(password.stderr, /Permission denied \(publickey\)/);
    // a key with options in the file is not let in without them
    const keys = join(running.directory, 'authorized_keys');
    writeFileSync(keys, `from="192.0.2.1" ${readFileSync(`${user.key()}.pub`)}`);
    assert.equal(running.ssh('status').status, 255);
    writeFileSync(keys, readFileSync(`${user.key()}.pub`));
    assert.equal(running.ssh('status').status, 0);
    running.program.kill('SIGTERM');
    await running.ended();
  },

  'ssh HOST COMMAND: exit codes, and what is refused': async () => {
    const running = await new Console().start();
    assert.match(running.ssh('help').stdout, /^restart NAME /m);
    assert.deepEqual(running.ssh('nonsense'), {
      status: 127,
      stdout: '',
      stderr: "there is no command nonsense: try 'help'\n",
    });
    assert.deepEqual(running.ssh('stop', 'nobody'), {
      status: 1,
      stdout: '',
      stderr: 'there is no nobody: heartbeat, poller, mail\n',
    });
    assert.equal(running.ssh('status', 'mail').status, 1);
    for (const command of ['stop', 'restart']) {
      const { status, stderr } = running.ssh(command, 'ssh');
      assert.deepEqual([status, stderr], [1, 'ssh is part of the console: it runs until you quit\n']);
    }
    assert.equal(running.stateOf('ssh'), 'ready');
    // with a terminal, whose lines have to begin at its left
    assert.match(spawnSync('ssh', ['-tt', ...running.args('status')], { encoding: 'utf8' }).stdout, /\r\nssh +ready/);
    running.program.kill('SIGTERM');
    await running.ended();
  },

  'a service is stopped, started and restarted: it shows in the status, and in its work': async () => {
    const running = await new Console().start();
    const heartbeat = join(running.directory, 'heartbeat');
    assert.deepEqual(running.ssh('stop', 'heartbeat').status, 0);
    assert.equal(running.stateOf('heartbeat'), 'stopped');
    assert.ok(!existsSync(heartbeat));
    assert.deepEqual(running.ssh('start', 'heartbeat'), {
      status: 0,
      stdout: 'heartbeat: starting\nheartbeat: ready\n',
      stderr: '',
    });
    assert.ok(existsSync(heartbeat));

    // it ends when the letters are delivered, which takes half a second each
    running.ssh('restart', 'heartbeat');
    const { status, stdout } = running.ssh('restart', 'mail');
    assert.deepEqual([status, stdout], [0, 'mail: stopping\nmail: stopped\nmail: starting\nmail: ready\n']);
    const mailbox = readFileSync(join(running.directory, 'mailbox'), 'utf8');
    assert.deepEqual(mailbox.match(/heartbeat is \w+/g), [
      ...['waiting', 'ready', 'stopped', 'ready', 'stopped', 'ready'].slice(1).map((state) => `heartbeat is ${state}`),
    ]);
    // all of it in one session without a terminal
    const session = running.session();
    session.write('stop poller\nstatus\nstart poller\nstatus\nexit\n');
    await session.end(0);
    const states = session.lines.filter((line) => /^poller +\S/.test(line)).map((line) => line.split(/ +/)[1]);
    assert.deepEqual(states, ['stopped', 'ready']);
    running.program.kill('SIGTERM');
    await running.ended();
  },

  'a service that fails is restarted; it can be stopped, and started at once': async () => {
    const running = new Console();
    const mailbox = join(running.directory, 'mailbox');
    mkdirSync(mailbox);
    running.program = launch(process.execPath, ['--import', 'tsx', 'examples/console/console.ts'], running.env());
    await running.listens(running.program);
    await running.program.line(/mail\/run +failed/);
    assert.match(running.ssh('status').stdout, /^mail +failed .*EISDIR/m);
    assert.match(running.ssh('start', 'mail').stderr, /^mail failed: EISDIR/);
    assert.deepEqual(running.ssh('stop', 'mail'), { status: 0, stdout: 'mail: stopped\n', stderr: '' });
    // it waits for the mail
    assert.equal(running.stateOf('poller'), 'waiting');
    assert.deepEqual(running.ssh('stop', 'poller'), { status: 0, stdout: 'poller: stopped\n', stderr: '' });
    rmdirSync(mailbox);
    assert.equal(running.ssh('start', 'mail').status, 0);
    await running.program.line(/ heartbeat +ready$/);
    assert.equal(running.stateOf('poller'), 'stopped');
    assert.equal(running.ssh('start', 'poller').status, 0);
    await running.program.line(/ poller +ready$/);
    running.program.kill('SIGTERM');
    await running.ended();
  },

  'what one session waits for, another one can stop': async () => {
    const running = await new Console().start();
    for (const name of ['poller', 'heartbeat']) running.ssh('restart', name);
    const waiting = running.session('restart', 'mail');
    await waiting.line(/^mail: stopping/);
    assert.equal(running.ssh('stop', 'mail').status, 0);
    await waiting.line(/^mail has been stopped meanwhile/);
    await waiting.end(1);
    running.program.kill('SIGTERM');
    await running.ended();
  },

  'a shell in a terminal: completion, history, Ctrl-C, another size, Ctrl-D': async () => {
    const running = await new Console().start();
    const screen = shellOf(running);
    await screen.shows(/^console>$/m);
    screen.keys('st');
    await screen.shows(/^console> st$/m);
    screen.keys('Tab');
    screen.keys('Tab');
    await screen.shows(/^status +stop +start\s+console> st$/m);
    screen.keys('op p');
    await screen.shows(/^console> stop p$/m);
    screen.keys('Tab');
    await screen.shows(/^console> stop poller$/m);
    screen.keys('Enter');
    await screen.shows(/^poller: stopped\s+console>$/m);
    assert.equal(running.stateOf('poller'), 'stopped');
    screen.keys('status', 'Enter');
    await screen.shows(/^poller +stopped [^]*console>$/m);

    // from the history, changed in its midst
    screen.keys('Up', 'Up');
    await screen.shows(/^console> stop poller$/m);
    screen.keys('C-a');
    screen.keys('M-d');
    await screen.shows(/^console> poller$/m);
    await screen.type('start ');
    await screen.shows(/^console> start poller$/m);
    screen.keys('Enter');
    await screen.shows(/^poller: ready\s+console>$/m);

    screen.keys('forget this');
    await screen.shows(/^console> forget this$/m);
    screen.keys('C-c');
    await screen.shows(/^poller: ready\s+console>$/m);
    // of a line that is wider than the terminal all is taken away: readline knows the new width
    screen.resize(40);
    await screen.type('a line of more than forty columns');
    await screen.shows(/^console> a line of more than forty colum\nns$/m);
    screen.keys('C-c');
    await screen.shows(/^poller: ready\s+console>$/m);
    screen.keys('C-d');
    await screen.shows(/exit code 0/);
    await running.program.line(/admin@\S+ has left/);
    assert.equal(running.stateOf('poller'), 'ready');
    running.program.kill('SIGTERM');
    await running.ended();
  },

  'Ctrl-C waits no longer for a command; a client that dies in one leaves nothing behind': async () => {
    const running = await new Console().start();
    const slow = async (screen) => {
      screen.keys('restart heartbeat', 'Enter');
      await screen.shows(/heartbeat: ready\s+console>$/);
      screen.keys('stop mail', 'Enter');
      await screen.shows(/mail: stopping$/);
    };
    const screen = shellOf(running);
    await screen.shows(/^console>$/m);
    await slow(screen);
    screen.keys('C-c');
    await screen.shows(/mail: stopping\s+console>$/);
    await running.program.line(/mail\/run +stopped/);
    screen.keys('start mail', 'Enter');
    await screen.shows(/mail: ready\s+console>$/);
    screen.keys('exit', 'Enter');
    await screen.shows(/exit code 0/);

    const dying = running.session();
    dying.write('restart heartbeat\nstop mail\n');
    await dying.line(/^mail: stopping/);
    dying.destroy();
    await until(
      () => 'who died to be gone',
      () => running.program.lines.filter((line) => /admin@\S+ has left/.test(line)).length === 2,
    );
    // what it has begun goes on
    await until(
      () => 'the mail to stop',
      () => running.stateOf('mail') === 'stopped',
    );
    running.program.kill('SIGTERM');
    await running.ended();
    const count = (what) => running.program.lines.filter((line) => line.endsWith(what)).length;
    assert.equal(count('has left'), count('is here'));
    assert.equal(count('write after end'), 0);
  },

  'so does one that dies with something piped into it, while its command goes on': async () => {
    const running = await new Console().start();
    for (const name of ['poller', 'heartbeat']) running.ssh('restart', name);
    const { lines } = running.program;
    const left = () => lines.filter((line) => /admin@\S+ has left/.test(line)).length;
    await until(
      () => 'the others to leave',
      () => left() === 2,
    );
    const dying = running.session('stop', 'mail');
    dying.write('nobody reads this\n');
    await dying.line(/^mail: stopping/);
    dying.destroy();
    await until(
      () => 'who died to be gone',
      () => left() === 3,
    );
    assert.ok(!lines.some((line) => /mail\/run +stopped/.test(line)), 'it has left only after its command');
    running.program.kill('SIGTERM');
    await running.ended();
  },

  'whoever is asleep at the end is not waited for': async () => {
    const running = await new Console().start();
    const asleep = running.session();
    asleep.write('status\n');
    await asleep.line(/^ssh +ready/);
    asleep.kill('SIGSTOP');
    running.program.kill('SIGTERM');
    await running.ended();
  },

  'nothing that is sent can move the cursor of the terminal that the program runs in': async () => {
    const running = await new Console().start();
    assert.equal(running.ssh('\u001B]0;title\u0007').status, 127);
    await running.program.line(/command +admin@\S+: \uFFFD\]0;title/);
    const response = await fetch(`${running.url}commands`, { method: 'POST', body: 'status\nforged' });
    assert.equal(response.status, 422);
    await running.program.line(/command +page: status\uFFFDforged/);
    running.program.kill('SIGTERM');
    await running.ended();
    assert.doesNotMatch(running.program.lines.join(''), /\p{Cc}/u);
  },

  'quit, typed in a session': () =>
    stopsWith((running) => {
      const { status, stdout } = running.ssh('quit');
      assert.equal(status, 0);
      assert.match(stdout, farewell('admin@127.0.0.1:\\d+ has quit'));
    }, 'admin@127.0.0.1:\\d+ has quit'),

  'quit, while a member takes longer than the grace period': async () => {
    const running = await new Console().start({ GRACE_MS: '0' });
    // letters for more than that second which it has in any case
    for (const name of ['poller', 'heartbeat', 'poller', 'heartbeat']) running.ssh('restart', name);
    running.ssh('quit');
    await running.program.line(/ mail\/run +forced/);
    await running.program.line(/^rx-runner: .*mail.*1000/);
    await running.program.end(1);
  },

  'a client that asks for two things at once in one session gets one': async () => {
    const running = await new Console().start();
    const client = new ssh2.Client();
    client.connect({ port: Number(running.port), username: 'admin', privateKey: readFileSync(running.user.key()) });
    await once(client, 'ready');
    const channel = await promisify(client.exec.bind(client))('stop mail');
    // what no well-behaved client does: it has no function for that
    client._protocol.exec(channel.outgoing.id, 'status', true);
    client._protocol.shell(channel.outgoing.id, true);
    assert.match(await text(channel), /^mail: stopping\nmail: stopped\n$/);
    client.end();
    assert.equal(running.stateOf('ssh'), 'ready');
    running.program.kill('SIGTERM');
    await running.ended();
  },

  SIGTERM: () => stopsWith(({ program }) => program.kill('SIGTERM'), 'SIGTERM'),
  SIGINT: () => stopsWith(({ program }) => program.kill('SIGINT'), 'SIGINT'),
  SIGHUP: () => stopsWith(({ program }) => program.kill('SIGHUP'), 'SIGHUP'),

  'Ctrl-C in its terminal; Ctrl-Z in a session does not suspend it': async () => {
    const running = new Console();
    const file = join(scratch, 'log');
    writeFileSync(file, '');
    const command = `SSH_PORT=0 DATA_DIR=${running.directory} node --import tsx examples/console/console.ts`;
    // Ctrl-C goes to all of them; only the program is to end by it. With jobs, so that it could be suspended.
    const program = new Screen(`set -m; { trap : INT; ${command}; echo code $?; } | tee -i ${file}`, 200);
    const line = (pattern) =>
      until(
        () => `${pattern}`,
        () => pattern.exec(readFileSync(file, 'utf8')),
      );
    await running.listens({ line });
    await line(/ poller +ready$/m);
    const screen = shellOf(running);
    await screen.shows(/^console>$/m);
    screen.keys('C-z');
    screen.keys('status', 'Enter');
    await screen.shows(/^ssh +ready/m);

    const session = running.session();
    session.write('status\n');
    await session.line(/^ssh +ready/);
    program.keys('C-c');
    await session.end(0);
    assert.match(session.lines.join('\n').concat('\n'), farewell('SIGINT'));
    await screen.shows(/exit code 0/);
    await line(/^code 0$/m);
    await running.leftNothing();
  },

  'whoever is only connected is sent away, too': async () => {
    const running = await new Console().start();
    const silent = connect(Number(running.port), '127.0.0.1');
    await once(silent, 'data'); // the version of the server
    const idle = running.session('-N');
    await running.program.line(/admin@\S+ has logged in/);
    running.program.kill('SIGTERM');
    await Promise.all([once(silent, 'close'), idle.end(255)]);
    await running.ended();
  },

  'its port is in use': async () => {
    const occupant = createServer().listen(0, '127.0.0.1');
    await once(occupant, 'listening');
    const running = new Console();
    const env = running.env({ SSH_PORT: String(occupant.address().port) });
    const program = launch(process.execPath, ['--import', 'tsx', 'examples/console/console.ts'], env);
    await program.line(/ssh\/listener failed: Error: listen EADDRINUSE/);
    await program.end(1);
    occupant.close();
  },

  'the page: its buttons do what is typed, and it shows what is typed elsewhere': async () => {
    const running = await new Console().start();
    const browser = await launchChromium();
    try {
      const page = await browser.newPage();
      const errors = [];
      page.on('pageerror', (error) => errors.push(error.message));
      await page.goto(running.url);
      await page.getByTitle('stop mail', { exact: true }).click();
      await page.locator('#member-mail .stopped').waitFor();
      assert.equal(running.stateOf('mail'), 'stopped');
      assert.ok(await page.getByTitle('stop mail', { exact: true }).isDisabled());
      await page.getByTitle('start mail', { exact: true }).click();
      await page.locator('#member-mail .ready').waitFor();
      await page.getByTitle('restart poller', { exact: true }).click();
      await page.getByText('poller: ready').waitFor();
      assert.equal(running.ssh('stop', 'heartbeat').status, 0);
      await page.locator('#member-heartbeat .stopped').waitFor();
      assert.equal(await page.getByTitle('stop ssh', { exact: true }).count(), 0);

      await page.getByText('quit', { exact: true }).click();
      await page.locator('#member-mail .stopped').waitFor();
      await page.getByText('The program does not answer.').waitFor();
      assert.deepEqual(errors, []);
    } finally {
      await browser.close();
    }
    await running.ended();
  },

  'the page: another page that is open in the same browser can do nothing': async () => {
    const running = await new Console().start();
    const post = (headers) => fetch(`${running.url}commands`, { method: 'POST', body: 'stop mail', headers });
    assert.equal((await post({ Origin: 'http://example.com' })).status, 403);
    assert.equal((await fetch(running.url)).headers.get('content-security-policy'), "frame-ancestors 'none'");
    assert.equal(running.stateOf('mail'), 'ready');
    const wrong = await fetch(`${running.url}commands`, { method: 'POST', body: 'stop nobody' });
    assert.deepEqual([wrong.status, await wrong.text()], [422, 'there is no nobody: heartbeat, poller, mail']);
    assert.equal((await post({ Origin: running.url.slice(0, -1) })).status, 200);
    assert.equal(running.stateOf('mail'), 'stopped');
    running.program.kill('SIGTERM');
    await running.ended();
  },
};

const tools = ['ssh', 'ssh-keygen', 'tmux'].filter(
  (tool) => spawnSync('sh', ['-c', `command -v ${tool}`]).status !== 0,
);
if (tools.length > 0) {
  console.error(`missing: ${tools.join(', ')}`);
  process.exit(1);
}

process.once('exit', () => {
  for (const program of started) program.destroy();
  spawnSync('tmux', [...tmuxServer, 'kill-server']);
  rmSync(scratch, { recursive: true, force: true });
});
for (const signal of ['SIGHUP', 'SIGINT', 'SIGTERM']) process.once(signal, () => process.exit(1));

const [, , only = ''] = process.argv;
for (const [name, check] of Object.entries(checks).filter(([name]) => name.includes(only))) {
  try {
    await check();
    console.log(`ok      ${name}`);
  } catch (error) {
    process.exitCode = 1;
    console.error(`FAILED  ${name}\n${error.message}\n${started.map(({ lines }) => lines.join('\n')).join('\n--\n')}`);
  }
  for (const program of started.splice(0)) program.destroy();
  spawnSync('tmux', [...tmuxServer, 'kill-server']);
}
