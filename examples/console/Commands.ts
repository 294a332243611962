import { defer, EMPTY, from, map, throwError, type Observable, type Subject } from 'rxjs';
import { log } from '../main/log.js';
import { CommandError } from './CommandError.js';
import { printable } from './printable.js';
import { type Roster, type Status } from './Roster.js';
import { type Services } from './Services.js';
import { table } from './table.js';

interface Command {
  /** What it does, in a few words. */
  readonly summary: string;
  readonly takesName?: boolean;
  run(name: string, who: string): Observable<string>;
}

/** What can be typed, over SSH or on the page. Each command is an Observable of the lines that it prints. */
export class Commands {
  readonly #commands: ReadonlyMap<string, Command>;
  readonly #names: () => readonly string[];

  constructor(roster: Roster, services: Services, quit: Subject<string>) {
    const lines = map(({ name, state }: Status) => `${name}: ${state}`);
    this.#names = () => roster.current.filter(({ isService }) => isService).map(({ name }) => name);
    this.#commands = new Map<string, Command>([
      ['help', { summary: 'what can be typed', run: () => from(this.#help()) }],
      ['status', { summary: 'how each member is', run: () => from(table(roster.current)) }],
      ['stop', { summary: 'stops a service', takesName: true, run: (name) => services.stop(name).pipe(lines) }],
      ['start', { summary: 'starts it', takesName: true, run: (name) => services.start(name).pipe(lines) }],
      ['restart', { summary: 'both', takesName: true, run: (name) => services.restart(name).pipe(lines) }],
      ['exit', { summary: 'leaves this session, as Ctrl-D does', run: () => EMPTY }],
      [
        'quit',
        {
          summary: 'ends the program',
          run: (_, who) =>
            defer(() => {
              quit.next(`${who} has quit`);
              return EMPTY;
            }),
        },
      ],
    ]);
  }

  /** Errs with a {@link CommandError} if it fails, or if there is no such command. */
  execute(line: string, who: string): Observable<string> {
    const [word = '', name = '', ...rest] = wordsOf(line);
    if (!word) return EMPTY;
    log('command', `${who}: ${printable(line.trim())}`);
    const command = this.#commands.get(word);
    if (!command) return throwError(() => new CommandError(`there is no command ${word}: try 'help'`, 127));
    const surplus = command.takesName ? rest : wordsOf(line).slice(1);
    if (surplus.length > 0) return throwError(() => new CommandError(`${word}: too much: ${surplus.join(' ')}`));
    return command.run(name, who);
  }

  /** What the last word of the line could become, and that word: what `node:readline` asks for at the tab key. */
  complete(line: string): [string[], string] {
    const words = line.trimStart().split(/\s+/);
    const last = words.at(-1) ?? '';
    const [first = ''] = words;
    const nameIsNext = words.length === 2 && this.#commands.get(first)?.takesName;
    const candidates = words.length < 2 ? [...this.#commands.keys()] : nameIsNext ? this.#names() : [];
    const found = candidates.filter((candidate) => candidate.startsWith(last));
    return [found.map((candidate) => `${candidate} `), last];
  }

  #help(): string[] {
    return [...this.#commands].map(([word, { summary, takesName }]) =>
      `${word}${takesName ? ' NAME' : ''}`.padEnd(14).concat(summary),
    );
  }
}

function wordsOf(line: string): string[] {
  return line.split(/\s+/).filter(Boolean);
}
