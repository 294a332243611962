import type { IncomingMessage, Server, ServerResponse } from 'node:http';

/**
 * Takes requests before the listeners of the application, whenever those are added; returns what ends it. A listener of its
 * own would not do: the others are called all the same.
 */
export function intercept(
  server: Server,
  take: (request: IncomingMessage, response: ServerResponse) => boolean,
): () => void {
  const { emit } = server;
  let active = true;
  const intercepting = (event: string, ...values: unknown[]): boolean =>
    (active && event === 'request' && take(...(values as [IncomingMessage, ServerResponse]))) ||
    (Reflect.apply(emit, server, [event, ...values]) as boolean);
  server.emit = intercepting;
  return () => {
    active = false;
    // somebody who has put himself in front of it since then still calls it
    if (server.emit === intercepting) server.emit = emit;
  };
}
