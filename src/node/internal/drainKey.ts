/** On a request, for every copy of this package: an application may be a CommonJS module, and what runs it none. */
export const drainKey: unique symbol = Symbol.for('rx-runner.drain.1') as typeof drainKey;

/** A request of a server that drains some day. */
export interface Drainable {
  readonly [drainKey]?: AbortController;
}
