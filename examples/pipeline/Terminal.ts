import { inspect } from 'node:util';
import { type LifecycleEvent } from 'rx-runner';

/** What is written to: `process.stdout`, for one. */
export interface Output {
  write(text: string): unknown;
  readonly isTTY?: boolean;
  /** How wide it is. */
  readonly columns?: number;
}

/** Prints lines, and on a terminal a last one that is replaced again and again. */
export class Terminal {
  readonly #output: Output;
  #status = '';

  constructor(output: Output) {
    this.#output = output;
  }

  /** One line: when, who, what. */
  log(who: string, what: string, at = Date.now()): void {
    const line = `${new Date(at).toISOString().slice(11, 23)}  ${who.padEnd(9)}  ${what}\n`;
    this.#output.write(`${this.#erased()}${line}${this.#status}`);
  }

  /** One line for each step in the life of a member. What a member has failed with is told at the end, and not here. */
  logEvent({ type, path, at, reason, error, attempt, delay }: LifecycleEvent): void {
    const how = reason?.cause === undefined ? 'ended' : 'failed';
    const because = reason?.by ? `, because ${reason.by.join('/')} ${how}` : '';
    const again = type === 'restarting' ? ` in ${delay} ms, attempt ${attempt}: ${messageOf(error)}` : '';
    this.log(path.join('/'), `${type}${because}${again}`, at);
  }

  /** The last line; an empty text takes it away. Where nothing can be replaced, each is a line like the others. */
  status(text: string): void {
    if (!this.#output.isTTY) {
      if (text) this.log('program', text);
      return;
    }
    // one row: of a line that goes on in a second one, only that would be erased
    const shown = text.slice(0, (this.#output.columns ?? 80) - 1);
    this.#output.write(`${this.#erased()}${shown}`);
    this.#status = shown;
  }

  #erased(): string {
    return this.#status && '\r\x1b[K';
  }
}

function messageOf(error: unknown): string {
  return error instanceof Error ? error.message : inspect(error);
}
