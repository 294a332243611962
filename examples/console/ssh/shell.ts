import {
  catchError,
  concat,
  concatMap,
  defer,
  EMPTY,
  ignoreElements,
  startWith,
  takeUntil,
  takeWhile,
  tap,
  type Observable,
} from 'rxjs';
import { CommandError } from '../CommandError.js';
import { type Commands } from '../Commands.js';
import { type Roster } from '../Roster.js';
import { session } from './session.js';
import { type Session } from './sessionsOf.js';
import { Terminal } from './Terminal.js';

/** `ssh HOST`: one command after the other, until `exit` or Ctrl-D. Ctrl-C waits no longer for the one that runs. */
export function shell(opened: Session, commands: Commands, roster: Roster): Observable<unknown> {
  const { who, channel } = opened;
  return session(who, channel, () => {
    const terminal = new Terminal(opened, (line) => commands.complete(line));
    const execute = (line: string): Observable<never> =>
      defer(() => {
        terminal.yield();
        return commands.execute(line, who);
      }).pipe(
        tap((text) => terminal.print(text)),
        catchError((error: unknown) => {
          if (!(error instanceof CommandError)) throw error;
          terminal.print(error.message);
          return EMPTY;
        }),
        ignoreElements(),
        takeUntil(terminal.interrupts),
      );
    const greeting = defer(() => {
      terminal.greet(`'help' tells what can be typed`);
      return EMPTY;
    });
    const prompt = defer(() => {
      terminal.prompt();
      return EMPTY;
    });

    return {
      work: concat(
        greeting,
        prompt,
        terminal.lines.pipe(
          takeWhile((line) => line.trim() !== 'exit'),
          concatMap((line) => concat(execute(line), prompt)),
        ),
      ).pipe(startWith(0)),
      farewell: roster.farewell.pipe(tap((line) => terminal.tell(line))),
      close: () => terminal.close(),
    };
  });
}
