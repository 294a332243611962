import { type FileHandle } from 'node:fs/promises';
import { setTimeout as delay } from 'node:timers/promises';

/** Letters that wait, and the mailbox that they are delivered to. */
export class MailQueue {
  readonly #mailbox: FileHandle;
  readonly #letters: string[] = [];
  #delivered = 0;

  constructor(mailbox: FileHandle) {
    this.#mailbox = mailbox;
  }

  get waiting(): number {
    return this.#letters.length;
  }

  add(letter: string): void {
    this.#letters.push(`${new Date().toISOString()} ${letter}`);
  }

  /** Tells how far it has got. */
  async deliverNext(): Promise<string> {
    await delay(500); // no mail server is fast
    await this.#mailbox.appendFile(`${this.#letters[0] ?? ''}\n`);
    // only now: a delivery that failed is tried again
    this.#letters.shift();
    this.#delivered++;
    return `${this.#delivered} delivered, ${this.waiting} waiting`;
  }

  async close(): Promise<void> {
    await this.#mailbox.sync();
    await this.#mailbox.close();
  }
}
