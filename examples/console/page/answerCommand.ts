import { type IncomingMessage, type ServerResponse } from 'node:http';
import { text } from 'node:stream/consumers';
import { stopWhen } from 'rx-runner';
import { drainSignal } from 'rx-runner/node';
import { defer, mergeMap, toArray } from 'rxjs';
import { CommandError } from '../CommandError.js';
import { type Commands } from '../Commands.js';

/** Runs the command that is the body of the request, and answers with what it prints. */
export function answerCommand(commands: Commands, request: IncomingMessage, response: ServerResponse): void {
  const subscription = defer(() => text(request))
    .pipe(
      mergeMap((line) => commands.execute(line, 'page')),
      // whoever waits for a service that will not start any more
      stopWhen(drainSignal(request)),
      toArray(),
    )
    .subscribe({
      next: (lines) => response.end(lines.join('\n')),
      error: (error: unknown) => {
        response.writeHead(error instanceof CommandError ? 422 : 500);
        response.end(error instanceof Error ? error.message : String(error));
      },
    });
  response.once('close', () => subscription.unsubscribe());
}
