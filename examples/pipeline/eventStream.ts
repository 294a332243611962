import { type IncomingMessage, type ServerResponse } from 'node:http';
import { stopWhen } from 'rx-runner';
import { drainSignal } from 'rx-runner/node';
import { filter, map, type Observable } from 'rxjs';

/** How long a browser waits before it connects again, in milliseconds. */
const retry = 1000;

/**
 * Server-sent events, until one side has enough. When the server drains, the client is told so, and the response ends: it
 * would hold the server up otherwise.
 */
export function eventStream(messages: Observable<unknown>, request: IncomingMessage, response: ServerResponse): void {
  const event = (name: string, data: unknown): string => `event: ${name}\ndata: ${JSON.stringify(data)}\n\n`;
  const end = (last: string): void => {
    response.end(last);
    response.setTimeout(1000, () => response.destroy()); // nobody reads it
  };
  response.writeHead(200, { 'Content-Type': 'text/event-stream', 'Cache-Control': 'no-store' });
  response.write(`retry: ${retry}\n\n`);
  const subscription = messages
    .pipe(
      // Each message tells everything: whoever reads slowly gets the next one.
      filter(() => !response.writableNeedDrain),
      map((message) => event('message', message)),
      stopWhen(drainSignal(request)),
    )
    .subscribe({
      next: (text) => response.write(text),
      complete: () => end(event('stopped', null)),
      error: (error: unknown) => end(event('failed', error instanceof Error ? error.message : String(error))),
    });
  response.once('close', () => subscription.unsubscribe());
}
