import { type LifecycleEvent, type LifecycleEventType } from 'rx-runner';

/** What the program knows of itself: the last event of each member, and how often something was done. */
export class ProgramState {
  readonly #members = new Map<string, LifecycleEventType>();
  readonly #counts = { events: 0, requests: 0, polls: 0 };

  follow({ type, path }: LifecycleEvent): void {
    this.#members.set(path.join('/'), type);
    this.count('events');
  }

  count(what: 'events' | 'requests' | 'polls'): void {
    this.#counts[what]++;
  }

  /** What `JSON.stringify` makes of it. */
  toJSON(): object {
    return {
      pid: process.pid,
      uptime: process.uptime(),
      members: Object.fromEntries(this.#members),
      counts: this.#counts,
    };
  }
}
