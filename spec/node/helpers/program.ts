import { spawn, spawnSync, type ChildProcess } from 'node:child_process';
import { EventEmitter, once } from 'node:events';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';

/** How a process ended, and what it had printed. */
interface Ended {
  readonly code: number | null;
  readonly signal: NodeJS.Signals | null;
  readonly lines: readonly string[];
  readonly errors: string;
}

/** A process that a spec has started, with what it has printed so far. */
export interface Program {
  readonly child: ChildProcess;
  /** Resolves as soon as it has printed this line, on stdout or on stderr. */
  wrote(line: string | RegExp): Promise<void>;
  /** Resolves when it has ended, and its output too. */
  ended(): Promise<Ended>;
}

const running = new Set<ChildProcess>();

const root = fileURLToPath(new URL('../../../', import.meta.url));

/** A fixture as one file of JavaScript: that starts five times as fast as its source, through a loader, would. */
export class Bundle {
  readonly file: string;
  readonly #folder = mkdtempSync(join(tmpdir(), 'rx-runner-'));

  constructor(fixture: string) {
    this.file = join(this.#folder, `${fixture}.mjs`);
    const source = join(root, `spec/node/fixtures/${fixture}.ts`);
    const options = ['--bundle', '--platform=node', '--format=esm', '--log-level=error', `--outfile=${this.file}`];
    const { status } = spawnSync(join(root, 'node_modules/.bin/esbuild'), [source, ...options], { stdio: 'inherit' });
    if (status !== 0) throw new Error(`${fixture} cannot be bundled`);
  }

  start(...args: readonly string[]): Program {
    return startProgram(process.execPath, [this.file, ...args]);
  }

  remove(): void {
    rmSync(this.#folder, { recursive: true });
  }
}

/** Starts a program, in a process group of its own. */
export function startProgram(command: string, args: readonly string[], cwd = '.'): Program {
  const child = spawn(command, args, { stdio: ['ignore', 'pipe', 'pipe'], detached: true, cwd });
  const changes = new EventEmitter();
  let output = '';
  let errors = '';
  running.add(child);
  child.stdout.setEncoding('utf8').on('data', (text: string) => {
    output += text;
    changes.emit('change');
  });
  child.stderr.setEncoding('utf8').on('data', (text: string) => {
    errors += text;
    changes.emit('change');
  });
  const closed = once(child, 'close') as Promise<[code: number | null, signal: NodeJS.Signals | null]>;
  const changed = (): Promise<unknown> => Promise.race([once(changes, 'change'), closed]);
  const lines = (): string[] => output.split('\n').slice(0, -1);
  const has = (wanted: string | RegExp): boolean =>
    [...lines(), ...errors.split('\n').slice(0, -1)].some((line) =>
      typeof wanted === 'string' ? line === wanted : wanted.test(line),
    );
  return {
    child,
    async wrote(line) {
      while (!has(line)) {
        const over = child.exitCode !== null || child.signalCode !== null;
        await (over ? closed : changed());
        if (over && !has(line)) throw new Error(`ended before '${String(line)}':\n${output}${errors}`);
      }
    },
    async ended() {
      const [code, signal] = await closed;
      running.delete(child);
      return { code, signal, lines: lines(), errors };
    },
  };
}

/** Ends what a failed test has left behind. */
export function endPrograms(): void {
  for (const { pid } of running) if (pid !== undefined) killGroup(pid);
  running.clear();
}

/** Ends all of a process group, if it is there. */
export function killGroup(group: number): void {
  try {
    process.kill(-group, 'SIGKILL');
  } catch {
    // it has ended
  }
}
