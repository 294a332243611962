import { catchError, concat, defer, EMPTY, ignoreElements, NEVER, of, tap, type Observable } from 'rxjs';
import { CommandError } from '../CommandError.js';
import { type Commands } from '../Commands.js';
import { type Roster } from '../Roster.js';
import { session } from './session.js';
import { type Session } from './sessionsOf.js';

/** `ssh HOST COMMAND`: one command, whose outcome is the exit code. */
export function exec(
  { who, channel, window, command = '' }: Session,
  commands: Commands,
  roster: Roster,
): Observable<unknown> {
  // where the client has a terminal it is in raw mode
  const print = (line: string): void => void channel.write(line + (window ? '\r\n' : '\n'));
  // No command reads what is piped into it; left unread, it would hide that the client has gone.
  channel.resume();
  return session(who, channel, () => ({
    work: concat(
      commands.execute(command, who).pipe(tap(print), ignoreElements()),
      of(0),
      // whoever has ended the program sees how it ends
      defer(() => (roster.isStopping ? NEVER : EMPTY)),
    ).pipe(
      catchError((error: unknown) => {
        if (!(error instanceof CommandError)) throw error;
        (window ? channel : channel.stderr).write(`${error.message}${window ? '\r\n' : '\n'}`);
        return of(error.exitCode);
      }),
    ),
    farewell: roster.farewell.pipe(tap(print)),
  }));
}
