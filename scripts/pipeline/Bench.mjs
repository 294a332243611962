import assert from 'node:assert/strict';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { Program } from '../Program.mjs';
import { kafka } from '../services/kafka.mjs';
import { postgres } from '../services/postgres.mjs';
import { unreliable } from '../services/unreliable.mjs';

/** How long a condition may take to come true, in milliseconds: others run beside it, which take much of the machine. */
const patience = 60_000;

/** What one check has started and made, of which nothing is left when the check is over. */
export class Bench {
  programs = [];
  #folders = [];
  #ends = [];

  folder() {
    const folder = mkdtempSync(join(tmpdir(), 'rx-runner-pipeline-'));
    this.#folders.push(folder);
    return folder;
  }

  /** The pipeline, or a copy of it that stands in another folder. */
  start(env, root = '.') {
    const program = new Program(process.execPath, ['--import', 'tsx', 'examples/pipeline/pipeline.ts'], env, root);
    this.programs.push(program);
    return program;
  }

  async kafka() {
    const broker = await kafka();
    this.#ends.push(broker.stop);
    return broker;
  }

  /** A broker that can go down, and come back. */
  async unreliableKafka() {
    const way = await unreliable((await this.kafka()).brokers);
    this.#ends.push(way.cut);
    return way;
  }

  async postgres() {
    const database = await postgres();
    this.#ends.push(database.stop);
    return database;
  }

  /** Waits until the condition holds, while all programs run, and returns what it returned. */
  async until(what, condition) {
    const end = Date.now() + patience;
    for (;;) {
      const result = await condition();
      if (result) return result;
      assert.ok(
        this.programs.some(({ runs }) => runs),
        `no program runs any more: waited in vain for ${what}`,
      );
      assert.ok(Date.now() < end, `waited in vain for ${what}`);
      await delay(20);
    }
  }

  /** At once, for the end of the script; the services end by themselves then. */
  destroy() {
    for (const program of this.programs) program.destroy();
    // again where a program that is being killed has just made a file
    for (const folder of this.#folders) rmSync(folder, { recursive: true, force: true, maxRetries: 5 });
  }

  async dispose() {
    this.destroy();
    // the last one first: a way to a broker before the broker
    for (const end of this.#ends.reverse()) await end();
  }
}
