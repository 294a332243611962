import { setTimeout as delay } from 'node:timers/promises';
import { group, withResource } from 'rx-runner';
import { fromEvent, ignoreElements, take, tap, type Observable } from 'rxjs';
import { type ServerChannel } from 'ssh2';
import { log } from '../../main/log.js';

/** What a session does. */
export interface Conversation {
  /** The work; emits the exit code. */
  readonly work: Observable<number>;
  /** Says why the program stops, and how far that is. */
  readonly farewell: Observable<unknown>;
  /** Lets go of the channel. */
  readonly close?: () => void;
}

/** Runs until the work is done, the client hangs up or the program stops; then ends the channel, and waits for that. */
export function session(who: string, channel: ServerChannel, converse: () => Conversation): Observable<unknown> {
  let exitCode = 1;
  return withResource({
    name: who,
    acquire() {
      log('ssh', `${who} is here`);
      channel.on('error', ({ message }: Error) => log('ssh', `${who}: ${message}`));
      const closed = new Promise<void>((resolve) => channel.once('close', resolve));
      return { ...converse(), closed };
    },
    use: ({ work, farewell }) =>
      group({
        work: work.pipe(tap((code) => (exitCode = code))),
        farewell: farewell.pipe(ignoreElements()),
        hangUp: fromEvent(channel, 'close').pipe(take(1)),
      }),
    async release({ closed, close }) {
      close?.();
      // what nobody reads holds back the end of the stream, and with it 'close'
      channel.resume();
      channel.exit(exitCode); // before the end: else the client takes it for a failure
      channel.end();
      // Somebody whose machine is asleep does not answer: the connection is cut off after this.
      await Promise.race([closed, delay(2_000, undefined, { ref: false })]);
      log('ssh', `${who} has left`);
    },
  });
}
