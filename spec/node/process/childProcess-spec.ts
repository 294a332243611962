import { execFileSync } from 'node:child_process';
import { closeSync, mkdtempSync, openSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it, jest } from '@jest/globals';
import { Subject, take, tap, type Observable } from 'rxjs';
import {
  drain,
  GraceExceededError,
  group,
  restart,
  RunGroupError,
  start,
  type RunGroupError as Failed,
} from '../../../src/index.js';
import { childProcess, ChildProcessError, type OutputLine } from '../../../src/node/index.js';
import { aliveIn, aliveWith, isAlive, until, watch, type Watched } from '../helpers/children.js';

const node = (code: string, ...args: string[]): [string, string[]] => [process.execPath, ['--eval', code, ...args]];
const sh = (script: string): [string, string[]] => ['sh', ['-c', script]];

/** Says its process group, and what it got; lives until that has ended it. */
const groupIs = 'echo "group $$"';

const isGroup = ({ line }: OutputLine): boolean => line.startsWith('group ');
const groupOf = async (watched: Watched<OutputLine>): Promise<number> =>
  Number((await watched.seen(isGroup)).line.slice(6));
const linesOf = ({ values }: Watched<OutputLine>, from = 'stdout'): string[] =>
  values.filter(({ stream }) => stream === from).map(({ line }) => line);

/** Whatever a failed test has left. */
const groups = new Set<number>();

function watched(source: Observable<OutputLine>): Watched<OutputLine> {
  return watch(
    source.pipe(
      tap((value) => {
        if (isGroup(value)) groups.add(Number(value.line.slice(6)));
      }),
    ),
  );
}

const failuresOf = (error: unknown): Failed['failures'] => (error as Failed).failures;

// programs that are started take a while on a busy machine
jest.setTimeout(30_000);

describe('childProcess', () => {
  const listeners = () => [process.listenerCount('exit'), process.stdout.listenerCount('error')];
  let listenersBefore: number[];

  beforeEach(() => {
    listenersBefore = listeners();
  });

  afterEach(() => {
    for (const id of groups) if (aliveIn(id).length) process.kill(-id, 'SIGKILL');
    groups.clear();
    if (String(listeners()) !== String(listenersBefore)) throw new Error(`listeners are left: ${String(listeners())}`);
  });

  describe('the lines', () => {
    it('should emit those of stdout and of stderr, the last one without an end too, and complete', async () => {
      const child = watched(childProcess(...sh('echo one; echo; echo three; printf four; echo bad >&2')));
      await child.run.done;

      expect(linesOf(child)).toStrictEqual(['one', '', 'three', 'four']);
      expect(linesOf(child, 'stderr')).toStrictEqual(['bad']);
    });

    it('should end them at a line feed, with or without a carriage return, and nowhere else', async () => {
      const output = JSON.stringify('dos\r\n50 %\r100 %\nhe said "\u2028"\r\n\r\nlast\r');
      const child = watched(childProcess(...node(`process.stdout.write(${output})`)));
      await child.run.done;

      expect(linesOf(child)).toStrictEqual(['dos', '50 %\r100 %', 'he said "\u2028"', '', 'last']);
    });

    it('should keep characters and lines whole across the chunks that they come in', async () => {
      const code = 'for (let i = 0; i < 100_000; i++) console.log(`${i} €🦉`)';
      const child = watched(childProcess(...node(code)));
      await child.run.done;

      expect(linesOf(child)).toStrictEqual(Array.from({ length: 100_000 }, (_, index) => `${index} €🦉`));
    });

    it('should keep a line whole that is longer than any chunk', async () => {
      const child = watched(childProcess(...node(`console.log('x'.repeat(5_000_000) + 'y')`)));
      await child.run.done;

      expect(linesOf(child).map(({ length }) => length)).toStrictEqual([5_000_001]);
    });

    it('should all come before the error of a child that has failed', async () => {
      const code = `console.error('last words'); process.stdout.write('x\\n'.repeat(20_000)); process.exitCode = 3;`;
      const child = watched(childProcess(...node(code)));

      expect(await child.failure()).toBeInstanceOf(ChildProcessError);
      expect(linesOf(child)).toHaveLength(20_000);
      expect(linesOf(child, 'stderr')).toStrictEqual(['last words']);
    });

    it('should come as fast as a synchronous consumer takes them: the child waits', async () => {
      const directory = mkdtempSync(join(tmpdir(), 'rx-runner-'));
      const file = join(directory, 'written');
      const script = `i=0; while :; do i=$((i+1)); echo "$i $1"; echo $i > "$2"; done`;
      const child = childProcess('sh', ['-c', script, 'sh', 'x'.repeat(10_000), file]);
      const written = (): number => Number(readFileSync(file, 'utf8'));
      let ahead = -1;
      const isStuck = (): boolean => {
        const before = ahead;
        execFileSync('sleep', ['0.1']);
        ahead = written();
        return ahead === before;
      };
      await watched(
        child.pipe(
          take(1),
          tap(() => {
            while (!isStuck());
          }),
        ),
      ).run.done;
      rmSync(directory, { recursive: true });

      expect(ahead).toBeGreaterThan(0);
      expect(ahead).toBeLessThan(500);
    });

    it('should be told of to the last, though something else holds the output open', async () => {
      const child = watched(childProcess(...sh('echo one; printf two; sleep 100 &')));
      await child.run.done;

      expect(linesOf(child)).toStrictEqual(['one', 'two']);
    });

    it('should not be read where they go elsewhere', async () => {
      const child = watched(childProcess(...sh('echo one; echo two >&2'), { stdio: ['ignore', 'ignore', 'pipe'] }));
      await child.run.done;

      expect(child.values).toStrictEqual([{ stream: 'stderr', line: 'two' }]);
    });
  });

  describe('the start', () => {
    it('should be ready when the child has been spawned, though it says nothing', async () => {
      const child = watch(group({ child: childProcess('sleep', ['100']) }));
      await child.run.ready;

      expect(child.events).toStrictEqual(['starting child', 'ready child']);
      expect(child.run.closed).toBe(false);
      await child.run.stop();
    });

    it('should start a child for each subscription, and none before', async () => {
      const source = childProcess(...sh('echo "group $$"'));
      const [first, second] = [watched(source), watched(source)];
      await Promise.all([first.run.done, second.run.done]);

      expect(await groupOf(first)).not.toBe(await groupOf(second));
    });

    it('should hand over the arguments as they are: there is no shell', async () => {
      const child = watched(childProcess(...node('console.log(process.argv[1])', '$HOME; "*"')));
      await child.run.done;

      expect(linesOf(child)).toStrictEqual(['$HOME; "*"']);
    });

    it('should take the directory, the environment and the input from the options', async () => {
      const cwd = mkdtempSync(join(tmpdir(), 'rx-runner-'));
      const options = { cwd, env: { ...process.env, NAME: 'value' } };
      const child = watched(childProcess(...sh('pwd -P; echo "$NAME"; cat; echo end'), options));
      await child.run.done;
      rmSync(cwd, { recursive: true });

      expect(linesOf(child)).toStrictEqual([cwd, 'value', 'end']);
    });

    it('should fail at once, and stop the others, where there is no such command', async () => {
      const members = { server: childProcess('sleep', ['100']), tool: childProcess('no-such-command', ['--all']) };
      const children = watch(group(members));
      const error = await children.failure();

      expect(failuresOf(error)).toMatchObject([{ path: ['tool'], phase: 'run' }]);
      expect(failuresOf(error)[0]?.error).toBeInstanceOf(ChildProcessError);
      expect(failuresOf(error)[0]?.error).toMatchObject({
        name: 'ChildProcessError',
        message: "'no-such-command' could not be started: spawn no-such-command ENOENT",
        command: 'no-such-command',
        args: ['--all'],
        exitCode: null,
        signal: null,
        cause: { code: 'ENOENT' },
      });
      expect(children.events).toContain('stopped server');
      expect(children.events).not.toContain('ready tool');
    });

    it('should fail where there is no such directory, or what Node refuses', async () => {
      const nowhere = watched(childProcess('sleep', ['0'], { cwd: '/no/such/directory' }));
      const refused = watched(childProcess('sleep', ['\0']));

      expect(await nowhere.failure()).toMatchObject({ exitCode: null, cause: { code: 'ENOENT' } });
      expect(await refused.failure()).toMatchObject({ code: 'ERR_INVALID_ARG_VALUE' });
    });

    it('should count that it could not be started also when it was stopped at once', async () => {
      const child = watched(childProcess('no-such-command'));

      await expect(child.run.stop()).rejects.toMatchObject({ cause: { code: 'ENOENT' } });
    });

    it.each([
      [() => childProcess(''), 'the command', "''"],
      [() => childProcess(undefined as unknown as string), 'the command', 'undefined'],
      [() => childProcess('sleep', '100' as unknown as string[]), 'the arguments', "'100'"],
      [() => childProcess('sleep', [100] as unknown as string[]), 'the arguments', '[ 100 ]'],
      [() => childProcess('sleep', [], { stopSignal: 'SIGNOPE' as 'SIGINT' }), "'stopSignal'", "'SIGNOPE'"],
    ])('should refuse %s', (make, option, shown) => {
      expect(make).toThrow(TypeError);
      expect(make).toThrow(`childProcess: ${option} must be`);
      expect(make).toThrow(`got ${shown}`);
    });
  });

  describe('the end', () => {
    it('should be an error with its code, signal and command, where the code is not 0', async () => {
      const error = await watched(childProcess(...sh('exit 3'))).failure();

      expect(error).toBeInstanceOf(ChildProcessError);
      expect(error).toMatchObject({
        message: "'sh' exited with code 3",
        command: 'sh',
        args: ['-c', 'exit 3'],
        exitCode: 3,
        signal: null,
      });
    });

    it('should be an error where the child was killed, whatever the signal', async () => {
      for (const signal of ['SIGKILL', 'SIGTERM'] as const) {
        const child = watched(childProcess(...sh(`${groupIs}; sleep 100`)));
        const id = await groupOf(child);
        process.kill(id, signal);

        expect(await child.failure()).toMatchObject({
          message: `'sh' was killed by ${signal}`,
          exitCode: null,
          signal,
        });
        // its sleep was a part of it
        expect(aliveIn(id)).toStrictEqual([]);
      }
    });

    it('should stop what the child has left behind, whatever its own end', async () => {
      for (const code of [0, 3]) {
        const child = watched(childProcess(...sh(`${groupIs}; sleep 100 & exit ${code}`)));
        const error = await child.failure();

        expect((error as ChildProcessError | undefined)?.exitCode ?? 0).toBe(code);
        expect(aliveIn(await groupOf(child))).toStrictEqual([]);
      }
    });

    it('should wait for what the child has left behind, and kill it after five seconds', async () => {
      const stubborn = `trap '' TERM; echo ready; while :; do sleep 0.05; done`;
      const script = `${groupIs}; (${stubborn}) & while [ ! -e "$1" ]; do sleep 0.05; done; exit 3`;
      const directory = mkdtempSync(join(tmpdir(), 'rx-runner-'));
      const end = join(directory, 'end');
      const child = watched(childProcess('sh', ['-c', script, 'sh', end]));
      const id = await groupOf(child);
      await child.seen(({ line }) => line === 'ready');
      writeFileSync(end, '');

      await until('the child has exited', () => !isAlive(id));
      expect(aliveIn(id)).not.toStrictEqual([]);
      expect(await child.failure()).toMatchObject({ exitCode: 3 });
      expect(aliveIn(id)).toStrictEqual([]);
      rmSync(directory, { recursive: true });
    });

    it('should set the five seconds for it when the child ends', async () => {
      const timeout = jest.spyOn(AbortSignal, 'timeout');
      const child = watched(childProcess(...sh('sleep 100 & exit 3')));
      await child.failure();

      expect(timeout.mock.calls).toStrictEqual([[5_000]]);
      timeout.mockRestore();
    });

    it('should not wait for what has left the group, though it holds the output open', async () => {
      const child = watched(childProcess(...sh(`setsid sh -c 'echo "group $$"; sleep 100' & sleep 0.2; echo end`)));
      await child.run.done;
      const id = await groupOf(child);

      expect(linesOf(child)).toContain('end');
      expect(aliveIn(id)).toHaveLength(2);
    });

    it('should take a group of zombies for ended', async () => {
      // the zombie is in the group of the child, and its parent, which never buries it, is not
      const perl = 'if (fork) { setpgrp(0, 0); print "group $$\\n"; sleep 100 } else { exit 0 }';
      const child = watched(childProcess('sh', ['-c', `perl -e '$|=1; ${perl}' & echo "leader $$"; sleep 0.3`]));
      await child.run.done;
      const leader = Number(child.values.find(({ line }) => line.startsWith('leader'))?.line.slice(7));

      expect(aliveIn(leader)).toStrictEqual([]);
      expect(isAlive(-leader)).toBe(true);
      expect(aliveIn(await groupOf(child))).toHaveLength(1);
    });
  });

  describe('the stop', () => {
    it.each([
      ['dies of the signal', `${groupIs}; exec sleep 100`],
      ['exits with 0', `trap 'echo bye; exit 0' TERM; ${groupIs}; while :; do sleep 0.05; done`],
      [
        'exits as a shell of which the signal killed a part',
        `trap 'exit 143' TERM; ${groupIs}; while :; do sleep 0.05; done`,
      ],
    ])('should be clean where the child %s', async (_, script) => {
      const child = watched(childProcess(...sh(script)));
      const id = await groupOf(child);
      await child.run.stop();

      expect(aliveIn(id)).toStrictEqual([]);
    });

    it('should fail where the child then exits with another code, or is killed', async () => {
      const failing = watch(
        group({ child: childProcess(...sh(`trap 'exit 3' TERM; ${groupIs}; while :; do sleep 0.05; done`)) }),
      );
      await groupOf(failing);
      await expect(failing.run.stop()).rejects.toMatchObject({
        failures: [{ path: ['child'], phase: 'teardown', error: { exitCode: 3, signal: null } }],
      });

      const crashing = watched(
        childProcess(...sh(`trap 'kill -SEGV $$' TERM; ${groupIs}; while :; do sleep 0.05; done`)),
      );
      await groupOf(crashing);
      await expect(crashing.run.stop()).rejects.toMatchObject({ exitCode: null, signal: 'SIGSEGV' });
    });

    it('should send the signal that was chosen, and only that one', async () => {
      const script = `trap 'echo got INT; exit 0' INT; trap 'echo got TERM; exit 9' TERM; ${groupIs}; while :; do sleep 0.05; done`;
      const child = watched(childProcess(...sh(script), { stopSignal: 'SIGINT' }));
      await groupOf(child);

      await expect(child.run.stop()).resolves.toBeUndefined();
    });

    it('should reach the whole group, and wait for each of it', async () => {
      // the child is gone at once, its own child needs a while
      const grandchild = `trap 'sleep 0.2; exit 0' TERM; echo ready; while :; do sleep 0.05; done`;
      const child = watched(childProcess(...sh(`${groupIs}; (${grandchild}) & exec sleep 100`)));
      await child.seen(({ line }) => line === 'ready');
      const id = await groupOf(child);
      const stopped = child.run.stop();

      await until('the child has exited', () => !isAlive(id));
      expect(aliveIn(id)).not.toStrictEqual([]);
      await stopped;
      expect(aliveIn(id)).toStrictEqual([]);
    });

    it.each([
      ['a child that ignores the signal', `trap '' TERM; ${groupIs}; while :; do sleep 0.05; done`],
      ['a grandchild that does', `(trap '' TERM; ${groupIs}; while :; do sleep 0.05; done) & wait`],
    ])('should kill %s when the grace period is over', async (_, script) => {
      const deadline = new Subject<void>();
      const children = watch(group({ web: childProcess(...sh(script)) }, { grace: deadline }));
      const id = await groupOf(children);
      const stopped = children.run.stop();
      await children.event('stopping web');
      expect(aliveIn(id)).not.toStrictEqual([]);
      deadline.next();

      await expect(stopped).rejects.toStrictEqual(
        new RunGroupError([{ path: ['web'], phase: 'grace', error: new GraceExceededError(['web'], deadline) }]),
      );
      await until('nobody is left', () => aliveIn(id).length === 0);
      await until('it is told of', () => children.events.includes('late web'));
    });

    it('should leave nothing of a child that is stopped in the moment of its start', async () => {
      const marker = `10${process.pid}`;
      for (let round = 0; round < 20; round++) await watched(childProcess('sleep', [marker])).run.stop();

      expect(aliveWith(marker)).toStrictEqual([]);
    });

    it('should let a child finish whose output nobody wants any more', async () => {
      const code = `
        process.on('SIGTERM', () => process.stdout.write('x'.repeat(5_000_000), () => process.exit(0)));
        setInterval(() => undefined, 1_000);
        console.log('group ' + process.pid)`;
      const child = watched(childProcess(...node(code)));
      const id = await groupOf(child);
      await child.run.stop();

      expect(aliveIn(id)).toStrictEqual([]);
    });

    it('should end it once, however often it is told', async () => {
      const script = `trap 'echo got TERM >&2' TERM; ${groupIs}; while [ ! -e "$1" ]; do sleep 0.05; done`;
      const directory = mkdtempSync(join(tmpdir(), 'rx-runner-'));
      const [log, end] = [join(directory, 'log'), join(directory, 'end')];
      const stderr = openSync(log, 'w');
      const child = watched(childProcess('sh', ['-c', script, 'sh', end], { stdio: ['ignore', 'pipe', stderr] }));
      await groupOf(child);

      const stops = [child.run.stop(), child.run.stop()];
      await until('it has heard of it', () => readFileSync(log, 'utf8').includes('got TERM'));
      stops.push(child.run.stop());
      writeFileSync(end, '');
      await Promise.all(stops);
      await child.run.stop();

      expect(readFileSync(log, 'utf8').match(/got TERM/g)).toHaveLength(1);
      closeSync(stderr);
      rmSync(directory, { recursive: true });
    });

    it('should leave no listener, and have had one, however many children there were', async () => {
      const before = listeners();
      const children = watch(group(Array.from({ length: 20 }, () => childProcess('sleep', ['100']))));
      await children.run.ready;
      expect(listeners()).toStrictEqual(before.map((count) => count + 1));

      await children.run.stop();
      expect(listeners()).toStrictEqual(before);
    });

    it('should have no effect on a child that has ended', async () => {
      let ends = 0;
      const subscription = childProcess('true').subscribe({ complete: () => ends++ });
      await until('it has completed', () => ends > 0);
      subscription.unsubscribe();
      await start(drain(subscription)).done;

      expect(ends).toBe(1);
    });
  });

  describe('under supervision', () => {
    const kept = (name: string): Observable<OutputLine> =>
      childProcess(...sh(`echo "${name} $$"; exec sleep 100`)).pipe(restart());
    const pids = ({ values }: Watched<OutputLine>, name: string): number[] =>
      values.flatMap(({ line }) => (line.startsWith(`${name} `) ? Number(line.slice(name.length)) : []));

    it('should be restarted when it was killed, and not when it is stopped', async () => {
      const stop = new Subject<never>();
      const children = watch(group({ one: kept('one'), two: kept('two'), stop }));
      await until('both run', () => pids(children, 'one').length + pids(children, 'two').length === 2);

      process.kill(pids(children, 'one')[0] ?? 0, 'SIGKILL');
      await until('it runs again', () => pids(children, 'one').length === 2);
      stop.complete();
      await children.run.done;

      expect(children.events.filter((event) => event.startsWith('restarting'))).toStrictEqual(['restarting one']);
      const all = [...pids(children, 'one'), ...pids(children, 'two')];
      expect(all).toHaveLength(3);
      expect(all.filter(isAlive)).toStrictEqual([]);
    });

    it('should not be restarted when it was killed in the moment of the stop', async () => {
      const children = watch(group({ one: kept('one'), two: kept('two') }));
      await until('both run', () => pids(children, 'one').length + pids(children, 'two').length === 2);

      for (const pid of pids(children, 'two')) process.kill(pid, 'SIGKILL');
      await expect(children.run.stop()).rejects.toMatchObject({
        failures: [{ path: ['two'], phase: 'teardown', error: { signal: 'SIGKILL' } }],
      });

      expect(children.events.filter((event) => event.startsWith('restarting'))).toStrictEqual([]);
      expect([...pids(children, 'one'), ...pids(children, 'two')].filter(isAlive)).toStrictEqual([]);
    });
  });
});
