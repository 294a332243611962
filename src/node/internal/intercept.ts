import type { EventEmitter } from 'node:events';

/** What is done for an event; who returns true has taken it, and nobody else hears of it. */
export type Handlers = Readonly<Record<string, (...values: never[]) => unknown>>;

const interceptors = new WeakMap<EventEmitter, Set<Handlers>>();

/**
 * Handles events before the listeners of the application, whenever those are added, and without being one of them: that somebody
 * listens changes what a server does. Returns what ends it. What is put in front of `emit` stays: somebody may have put
 * himself in front of that.
 */
export function intercept(emitter: EventEmitter, handlers: Handlers): () => void {
  const all = interceptors.get(emitter) ?? new Set<Handlers>();
  if (!interceptors.has(emitter)) {
    interceptors.set(emitter, all);
    const { emit } = emitter;
    emitter.emit = (event: string, ...values: unknown[]): boolean =>
      [...all].some((each) => each[event]?.(...(values as never[])) === true) || emit.call(emitter, event, ...values);
  }
  all.add(handlers);
  return () => all.delete(handlers);
}
