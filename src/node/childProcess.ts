import { spawn, type ChildProcess, type SpawnOptions } from 'node:child_process';
import type { Observable, Subscriber } from 'rxjs';
import { ChildProcessError } from './ChildProcessError.js';
import { check, isName } from './internal/check.js';
import { hosted } from './internal/hosted.js';
import { onAbort } from './internal/onAbort.js';
import { parentEvents } from './internal/parentEvents.js';
import { groupEnd, hasProcessGroups, signalGroup } from './internal/processGroup.js';
import { readLines } from './internal/readLines.js';
import { signalNumbers } from './internal/signalNumbers.js';
import { awaitTeardown, wait } from './internal/imports.js';

/** For how many milliseconds output is read that somebody holds open whom a child that has exited left behind. */
const outputPatience = 100;

/** For how many milliseconds a child may leave something behind when it ends by itself. */
const patienceAfterOwnEnd = 5_000;

/**
 * One line that a child process has printed.
 *
 * @public
 */
export interface OutputLine {
  readonly stream: 'stdout' | 'stderr';
  /** Without what ends it. */
  readonly line: string;
}

/**
 * The options of {@link childProcess}: those of Node's `spawn` that make sense here, and how the child is told to stop.
 *
 * @public
 */
export interface ChildProcessOptions extends Pick<
  SpawnOptions,
  'argv0' | 'cwd' | 'env' | 'gid' | 'stdio' | 'uid' | 'windowsHide'
> {
  /** What tells the child, and all of its group, to stop; default: SIGTERM. */
  readonly stopSignal?: NodeJS.Signals;
}

/**
 * Runs a command, without a shell, and emits the lines that it prints; its stop ends the child and everything that the
 * child has started.
 *
 * The child is the leader of a process group of its own. Told to stop, all of the group gets `stopSignal`; when the grace
 * period of whoever waits is over, SIGKILL. The teardown has settled when nobody is left in the group. What is left of it
 * when the child has ended by itself is stopped in the same way, and killed after five seconds: nobody has a grace period for it.
 *
 * ```
 * child's output         -a-b-c-
 * unsub                  -----!
 * until the group ended       --|
 * ```
 *
 * It is ready when the child has been spawned, emits the lines of stdout and stderr, as far as `stdio` leaves them to it, and
 * completes when the child exits with code 0. It errs with a {@link ChildProcessError} when the child exits with another code,
 * is killed by a signal, or cannot be started. After the stop, code 0, an end by the stop signal, and 128 plus the number of
 * that signal, as shells have it, are a clean stop; anything else is an error.
 *
 * It also errs when the standard output of this process breaks, as in `program | head`, and nobody else listens to that. When this
 * process exits, whatever is still running of the groups is killed.
 *
 * Lines are handed on as they are read, so a consumer that is slow and synchronous slows the child down; what is asynchronous
 * downstream queues them. Default of `stdio`: nothing comes in, lines come out.
 *
 * @example
 * ```ts
 * import { group, interrupt } from 'rx-runner';
 * import { childProcess } from 'rx-runner/node';
 *
 * group(
 *   { interrupt: interrupt(), ping: childProcess('ping', ['localhost'], { stopSignal: 'SIGINT' }) },
 *   { grace: 5_000 },
 * ).subscribe((value) => console.log(value)); // { stream: 'stdout', line: '64 bytes from localhost ...' }
 * ```
 * @param command - the program: a path, or a name that is looked for in `PATH`
 * @param args - its arguments
 * @param options - see {@link ChildProcessOptions}
 * @returns a cold Observable: each subscription starts a child of its own
 * @throws TypeError for a command, arguments or a signal that are none
 * @public
 */
export function childProcess(
  command: string,
  args: readonly string[] = [],
  options: ChildProcessOptions = {},
): Observable<OutputLine> {
  const { stopSignal = 'SIGTERM', stdio = ['ignore', 'pipe', 'pipe'], ...others } = options;
  const stopNumber = signalNumbers[stopSignal];
  check(isName(command), where, 'the command', 'a name or a path', command);
  check(Array.isArray(args) && args.every(isString), where, 'the arguments', 'an array of strings', args);
  check(stopNumber, where, "'stopSignal'", 'a signal', stopSignal);
  return hosted<OutputLine>(where, (subscriber, ready) => {
    const child = spawn(command, args, { ...others, stdio, shell: false, detached: hasProcessGroups }).once(
      'spawn',
      ready,
    );
    let isBroken = false;
    const broken = (error: unknown): void => {
      isBroken = true;
      subscriber.error(error);
    };
    const exited = new Promise<ChildProcessError>((resolve) => {
      const exit = (exitCode: number | null, signal: NodeJS.Signals | null, cause?: Error): void => {
        resolve(new ChildProcessError({ command, args, exitCode, signal }, cause));
      };
      child.once('exit', exit).on('error', (error) => {
        if (child.pid === undefined) exit(null, null, error);
        else broken(error);
      });
    });
    const closed = new Promise((resolve) => child.once('close', resolve));
    const heard = (event: unknown): void => {
      // the last that can be done, by a forced end or an uncaught error: in a group of its own a child hears of nothing
      if (!(event instanceof Error)) signalGroup(child, 'SIGKILL');
      // nobody reads what this process says any more: unheard, that would end it on the spot; who listens to it, decides
      else if (process.stdout.listenerCount('error') < 2) broken(event);
    };
    const watching = parentEvents.subscribe({ next: heard, error: broken });
    const endOutput = readOutput(child, subscriber, broken);
    const ended = exited.then(async (exit) => {
      // its last lines come before its end
      await Promise.race([closed, wait(outputPatience, undefined, { ref: false })]);
      endOutput();
      if (exit.exitCode !== 0) throw exit;
    });
    const stop = (isKnown: boolean): void => {
      // nobody stops it when it has ended by itself, so there is no grace period either
      const deadlines = isKnown || isBroken ? [AbortSignal.timeout(patienceAfterOwnEnd)] : [];
      awaitTeardown(async ({ signal }) => {
        const deadline = AbortSignal.any([signal, ...deadlines]);
        let isOver = false;
        signalGroup(child, stopSignal);
        onAbort(deadline, () => {
          // a number that is free again may be that of somebody else
          if (!isOver) signalGroup(child, 'SIGKILL');
        });
        const exit = await exited;
        await groupEnd(child);
        isOver = true;
        watching.unsubscribe();
        // somebody who has left the group may hold them open, and must not hold this process with them
        for (const stream of child.stdio) stream?.destroy();
        const isClean = exit.exitCode === 0 || exit.signal === stopSignal || exit.exitCode === 128 + Number(stopNumber);
        if (!isKnown && !deadline.aborted && !isClean) throw exit;
      });
    };
    return [ended, stop];
  });
}

const where = 'childProcess';

function isString(value: unknown): boolean {
  return typeof value === 'string';
}

/** Returns what emits the last lines, if they had no end. */
function readOutput(
  child: ChildProcess,
  subscriber: Subscriber<OutputLine>,
  broken: (error: unknown) => void,
): () => void {
  const ends = (['stdout', 'stderr'] as const).map((stream) => {
    const emit = (line: string): void => {
      subscriber.next({ stream, line });
    };
    return readLines(child[stream], emit, broken);
  });
  return () => {
    for (const end of ends) end();
  };
}
