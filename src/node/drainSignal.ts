import type { IncomingMessage } from 'node:http';
import { drainKey, type Drainable } from './internal/drainKey.js';

/**
 * The signal by which a response that would not end by itself learns that it has to: server-sent events, a long poll, a
 * WebSocket.
 *
 * It aborts when the `httpServer` that has this request begins to drain, with the `StopError` as its reason; at once if it
 * drains already. Each request has a signal of its own: a listener needs no removal, and goes with the request.
 *
 * ```
 * event stream   -a-b-c-
 * stop           -----!
 * drain signal   -----x
 * event stream   -a-b-|
 * ```
 *
 * Of a request that no `httpServer` has, as in a test of the application alone, the signal never aborts.
 *
 * @example
 * ```ts
 * import { interval, map } from 'rxjs';
 * import { stopWhen } from 'rx-runner';
 * import { drainSignal, httpServer } from 'rx-runner/node';
 *
 * const clock = httpServer(
 *   (request, response) => {
 *     response.writeHead(200, { 'Content-Type': 'text/event-stream' });
 *     const ticks = interval(1_000).pipe(
 *       map((second) => `data: ${second}\n\n`),
 *       stopWhen(drainSignal(request)),
 *     );
 *     const subscription = ticks.subscribe({
 *       next: (text) => response.write(text),
 *       complete: () => response.end(),
 *     });
 *     response.once('close', () => subscription.unsubscribe());
 *   },
 *   { port: 8080 },
 * );
 * ```
 * @param request - the request, or, of a WebSocket, the one that was upgraded; with Fastify `request.raw`
 * @returns a signal that aborts when the drain begins
 * @public
 */
export function drainSignal(request: IncomingMessage): AbortSignal {
  const { [drainKey]: controller = new AbortController() } = request as Drainable;
  return controller.signal;
}
