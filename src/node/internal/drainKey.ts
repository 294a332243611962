import type { IncomingMessage } from 'node:http';

/** How a connection is asked for the signal of one of its requests. */
export type SignalOf = (request: IncomingMessage) => AbortSignal;

/** On the socket, for every copy of this package: an application may be a CommonJS module, and what runs it none. */
export const drainKey: unique symbol = Symbol.for('rx-runner.drain.1') as typeof drainKey;
