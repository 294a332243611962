import { spawn, type ChildProcess, type SpawnOptions } from 'node:child_process';
import { constants } from 'node:os';
import { setTimeout as delay } from 'node:timers/promises';
import { Observable } from 'rxjs';
import { awaitTeardown, runner } from '../index.js';
import { ChildProcessError } from './ChildProcessError.js';
import { check } from './internal/check.js';
import { onAbort } from './internal/onAbort.js';
import { passEnd } from './internal/passEnd.js';
import { groupEnd, hasProcessGroups, signalGroup } from './internal/processGroup.js';
import { readLines } from './internal/readLines.js';
import { watchChild } from './internal/watchedChildren.js';

/** How a child ended, as Node tells of it; with neither a code nor a signal it was never started, because of `cause`. */
interface Exit extends Pick<ChildProcessError, 'exitCode' | 'signal'> {
  readonly cause?: Error;
}

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
  /**
   * Milliseconds after which who has not followed the stop signal is killed, though the grace period is not over. Default: when
   * that is over; 5000 for what a child leaves behind that ends by itself, for nobody has a grace period for that.
   */
  readonly killAfter?: number;
}

/**
 * Runs a command, without a shell, and emits the lines that it prints; its stop ends the child and everything that the
 * child has started.
 *
 * The child is the leader of a process group of its own. Told to stop, all of the group gets `stopSignal`; when the grace
 * period of whoever waits is over, SIGKILL. The teardown has settled when nobody is left in the group. What is left of it
 * when the child has ended by itself is stopped in the same way.
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
  const { stopSignal = 'SIGTERM', killAfter, stdio = ['ignore', 'pipe', 'pipe'], ...others } = options;
  check(command && typeof command === 'string', 'childProcess', 'the command', 'a string that is not empty', command);
  check(areStrings(args), 'childProcess', 'the arguments', 'an array of strings', args);
  check(stopSignal in constants.signals, 'childProcess', "'stopSignal'", 'the name of a signal', stopSignal);
  check(killAfter === undefined || killAfter >= 0, 'childProcess', "'killAfter'", '0 or more', killAfter);
  const spawnOptions = { ...others, stdio, shell: false, detached: hasProcessGroups };
  const errorOf = ({ cause, ...end }: Exit): ChildProcessError =>
    new ChildProcessError({ command, args, ...end }, cause);
  return runner(
    ({ ready }) =>
      new Observable<OutputLine>((subscriber) => {
        const child = spawn(command, args, spawnOptions).once('spawn', ready);
        let isBroken = false;
        const broken = (error: unknown): void => {
          isBroken = true;
          subscriber.error(error);
        };
        const exited = exitOf(child, broken);
        const closed = new Promise((resolve) => child.once('close', resolve));
        const forget = watchChild(child, broken);
        const outputs = (['stdout', 'stderr'] as const).map((stream) =>
          readLines(
            child[stream],
            (line) => {
              subscriber.next({ stream, line });
            },
            broken,
          ),
        );
        const ended = exited.then(async (exit) => {
          // its last lines come before its end
          await Promise.race([closed, delay(outputPatience, undefined, { ref: false })]);
          for (const endOutput of outputs) endOutput();
          if (exit.exitCode !== 0) throw errorOf(exit);
        });
        const isKnown = passEnd(ended, subscriber);

        return () => {
          // nobody stops it when it has ended by itself, so there is no grace period either
          const patience = killAfter ?? (isKnown() || isBroken ? patienceAfterOwnEnd : Infinity);
          awaitTeardown(async ({ signal }) => {
            const deadline = patience < 2 ** 31 ? AbortSignal.any([signal, AbortSignal.timeout(patience)]) : signal;
            const exit = await endGroup(child, exited, stopSignal, deadline);
            forget();
            // somebody who has left the group may hold them open, and must not hold this process with them
            for (const stream of child.stdio) stream?.destroy();
            if (!isKnown() && !deadline.aborted && !isCleanStop(exit, stopSignal)) throw errorOf(exit);
          });
        };
      }),
  );
}

function areStrings(values: unknown): boolean {
  return Array.isArray(values) && values.every((value) => typeof value === 'string');
}

function exitOf(child: ChildProcess, broken: (error: unknown) => void): Promise<Exit> {
  return new Promise((resolve) => {
    child
      .on('error', (cause) => {
        if (child.pid === undefined) resolve({ exitCode: null, signal: null, cause });
        else broken(cause);
      })
      .once('exit', (exitCode, signal) => {
        resolve({ exitCode, signal });
      });
  });
}

async function endGroup(child: ChildProcess, exited: Promise<Exit>, stopSignal: NodeJS.Signals, deadline: AbortSignal) {
  signalGroup(child, stopSignal);
  let isOver = false;
  onAbort(deadline, () => {
    // a number that is free again may be that of somebody else
    if (!isOver) signalGroup(child, 'SIGKILL');
  });
  const exit = await exited;
  await groupEnd(child);
  isOver = true;
  return exit;
}

function isCleanStop({ exitCode, signal }: Exit, stopSignal: NodeJS.Signals): boolean {
  return exitCode === 0 || signal === stopSignal || exitCode === 128 + constants.signals[stopSignal];
}
