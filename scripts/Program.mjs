import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { EventEmitter, once } from 'node:events';
import { createInterface } from 'node:readline';

/** How long a condition may take to come true. */
export const patience = 30_000;

/** A process that was started, and the lines that it has printed so far. */
export class Program {
  lines = [];
  #changes = new EventEmitter();
  #child;
  #exit;

  constructor(command, args, env = {}) {
    // in a process group of its own, so that a check that fails can end all of it
    this.#child = spawn(command, args, { env: { ...process.env, ...env }, detached: true });
    // not 'exit': its output is closed when the last of its processes has ended
    this.#child.once('close', (code, signal) => {
      this.#exit = { code, signal };
      this.#changes.emit('change');
    });
    for (const stream of [this.#child.stdout, this.#child.stderr]) {
      createInterface(stream).on('line', (line) => {
        this.lines.push(line);
        this.#changes.emit('change');
      });
    }
  }

  /** To the process that was started, and to none of its children. */
  kill(signal) {
    process.kill(this.#child.pid, signal);
  }

  write(input) {
    this.#child.stdin.write(input);
  }

  /** Waits for a line that matches, and returns what the groups of the pattern did. */
  line(pattern, limit = patience) {
    return this.#until(limit, `a line like ${pattern}`, () => {
      const found = this.lines.map((line) => pattern.exec(line)).find(Boolean);
      assert.ok(found ?? !this.#exit, `ended without a line like ${pattern}`);
      return found;
    });
  }

  /** Waits until it has ended, by itself and with no process left, and checks its exit code. */
  async end(code) {
    const exit = await this.#until(patience, 'the end', () => this.#exit);
    assert.deepEqual(exit, { code, signal: null });
  }

  destroy() {
    if (!this.#exit) process.kill(-this.#child.pid, 'SIGKILL');
  }

  async #until(limit, what, condition) {
    const signal = AbortSignal.timeout(limit);
    for (;;) {
      const result = condition();
      if (result) return result;
      await once(this.#changes, 'change', { signal }).catch(() => assert.fail(`waited in vain for ${what}`));
    }
  }
}
