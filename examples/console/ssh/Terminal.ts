import { clearLine, createInterface, cursorTo, type CompleterResult, type Interface } from 'node:readline';
import { fromEvent, map, takeUntil, tap, type Observable } from 'rxjs';
import { type Session, type Window } from './sessionsOf.js';

/**
 * The lines that somebody types, with history, completion and what else `node:readline` knows, where the client has a
 * terminal. Where it has none, as in `echo status | ssh HOST`, there is neither prompt nor echo.
 */
export class Terminal {
  /** Completes at Ctrl-D, or at the end of the input. */
  readonly lines: Observable<string>;
  /** Ctrl-C. */
  readonly interrupts: Observable<unknown>;
  readonly #readline: Interface;
  readonly #output: Session['channel'];
  readonly #isTerminal: boolean;
  #isPrompting = false;

  constructor({ channel, window }: Session, completer: (line: string) => CompleterResult) {
    this.#isTerminal = window !== undefined;
    // readline asks its output for its size, and listens to its 'resize'
    this.#output = Object.assign(channel, window);
    channel.on('resize', (size: Window) => Object.assign(channel, size));
    this.#readline = createInterface({
      input: channel,
      output: channel,
      terminal: this.#isTerminal,
      prompt: this.#isTerminal ? 'console> ' : '',
      completer,
      removeHistoryDuplicates: true,
    });
    this.#readline.on('SIGINT', () => {
      if (this.#isPrompting) this.#discard();
    });
    // without a listener Ctrl-Z would suspend this whole process
    this.#readline.on('SIGTSTP', () => undefined);
    this.lines = fromEvent(this.#readline, 'line').pipe(
      map((line) => String(line)),
      tap(() => this.yield()),
      takeUntil(fromEvent(this.#readline, 'close')),
    );
    this.interrupts = fromEvent(this.#readline, 'SIGINT');
  }

  /** What only somebody who sits there wants to read. */
  greet(line: string): void {
    if (this.#isTerminal) this.print(line);
  }

  /** Asks for the next line. */
  prompt(): void {
    this.#isPrompting = true;
    this.#readline.prompt();
  }

  /** The output of a command. */
  print(line: string): void {
    this.#output.write(line + (this.#isTerminal ? '\r\n' : '\n'));
  }

  /** What comes unasked: above what is being typed, which stays. */
  tell(line: string): void {
    if (!this.#isTerminal || !this.#isPrompting) {
      this.print(line);
      return;
    }
    cursorTo(this.#output, 0);
    clearLine(this.#output, 0);
    this.print(line);
    this.#readline.prompt(true);
  }

  /** From here to the next prompt the terminal is a command's. */
  yield(): void {
    this.#isPrompting = false;
  }

  close(): void {
    if (this.#isTerminal && this.#isPrompting && this.#output.writable) this.print('');
    this.#readline.close();
  }

  /** Drops what was typed: to the end of the line, and all that is before it away. */
  #discard(): void {
    this.#readline.write(null, { ctrl: true, name: 'e' });
    this.#readline.write(null, { ctrl: true, name: 'u' });
  }
}
