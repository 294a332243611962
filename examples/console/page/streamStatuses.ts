import { type IncomingMessage, type ServerResponse } from 'node:http';
import { stopWhen } from 'rx-runner';
import { drainSignal } from 'rx-runner/node';
import { type Roster } from '../Roster.js';

/** How the members are, as server-sent events: at once, and whenever it changes, until the server drains. */
export function streamStatuses(roster: Roster, request: IncomingMessage, response: ServerResponse): void {
  response.writeHead(200, { 'Content-Type': 'text/event-stream', 'Cache-Control': 'no-store' });
  const subscription = roster.statuses.pipe(stopWhen(drainSignal(request))).subscribe({
    next: (statuses) => response.write(`data: ${JSON.stringify(statuses)}\n\n`),
    error: (error: unknown) => response.destroy(error as Error),
    complete: () => response.end(),
  });
  response.once('close', () => subscription.unsubscribe());
}
