import { createServer, type Socket } from 'node:net';
import { group, runGroup, runner } from 'rx-runner';
import { netServer } from 'rx-runner/node';
import { defer, ignoreElements, map, Subject, tap, type Observable } from 'rxjs';
import ssh2 from 'ssh2';
import { log } from '../../main/log.js';
import { printable } from '../printable.js';
import { authenticate } from './authenticate.js';
import { hostKey } from './hostKey.js';
import { sessionsOf, type Session } from './sessionsOf.js';
import { welcome } from './welcome.js';

export interface SshOptions {
  readonly host: string;
  readonly port: number;
  /** The file with the key of the server. */
  readonly hostKey: string;
  /** The file with the keys of those who may log in. */
  readonly authorizedKeys: string;
}

/** Silence after which a connection is given up, in milliseconds. Whoever has logged in is pinged by ssh2 long before. */
const patience = 60_000;

/** An SSH server that runs `serve` for each session of those who may log in. Emits where it listens. */
export function sshServer(options: SshOptions, serve: (session: Session) => Observable<unknown>): Observable<string> {
  return defer(() => {
    const key = hostKey(options.hostKey);
    log('ssh', `its host key is ${key.fingerprint}`);
    const sessions = new Subject<Session>();
    const server = new ssh2.Server({ hostKeys: [key.file] }, (client, { ip, port }) => {
      let user = '';
      client.on('authentication', (attempt) => {
        user = printable(attempt.username);
        authenticate(attempt, options.authorizedKeys);
      });
      // It breaks off, or is refused: the connection closes then, and with it what was open on it.
      client.on('error', ({ message }) => log('ssh', `${ip}:${port}: ${printable(message)}`));
      const who = (): string => `${user}@${ip}:${port}`;
      client.once('ready', () => log('ssh', `${who()} has logged in`));
      sessionsOf(client, who, (session) => sessions.next(session));
    });
    // Not ssh2's own listener: that one tells of nobody who has said nothing yet, so they would not be sent away.
    const listener = createServer((socket) => {
      socket.setTimeout(patience, () => socket.destroy());
      server.injectSocket(socket);
    });
    return group(
      {
        listener: netServer(listener, { ...options, end: dismiss }).pipe(
          tap(({ address, port }) => {
            for (const line of welcome(options.authorizedKeys, address, port)) log('ssh', line);
          }),
          map(({ address, port }) => `${address}:${port}`),
        ),
        sessions: runner(({ ready }) => {
          ready(); // without anybody there, too
          return sessions.pipe(
            map((session) => serve(session).pipe(ignoreElements())),
            runGroup({ until: 'all' }),
          );
        }),
      },
      // the sessions say goodbye before their connections are closed
      { needs: { sessions: ['listener'] } },
    );
  });
}

/** Hangs up; and who does not, within two seconds of silence, is cut off. */
function dismiss(socket: Socket): void {
  socket.end();
  socket.setTimeout(2_000);
}
