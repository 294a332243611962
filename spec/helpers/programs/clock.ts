type Callback = (...args: unknown[]) => void;

interface Timer {
  readonly id: number;
  at: number;
  readonly every: number | undefined;
  readonly callback: () => void;
}

const names = ['setTimeout', 'setInterval', 'clearTimeout', 'clearInterval'] as const;
const { setImmediate: turn } = globalThis;

/**
 * The timers and the date of the host, in virtual time. Unlike a `TestScheduler` it moves promises too: after each timer
 * everything that has settled is heard before the next one fires.
 */
export class VirtualClock {
  now = 0;
  readonly #timers = new Map<number, Timer>();
  readonly #uncaught: (error: unknown) => void;
  #lastId = 0;

  /** `uncaught` is told of what a timer throws. */
  constructor(uncaught: (error: unknown) => void) {
    this.#uncaught = uncaught;
  }

  /** Takes the place of the host's timers; returns what gives it back. */
  install(): () => void {
    const before = names.map((name) => [name, globalThis[name]] as const);
    const { now } = Date;
    const add =
      (every: boolean) =>
      (callback: Callback, after?: number, ...args: unknown[]) => {
        const period = Math.max(0, after ?? 0);
        const id = ++this.#lastId;
        const call = (): void => {
          callback(...args);
        };
        this.#timers.set(id, { id, at: this.now + period, every: every ? period : undefined, callback: call });
        return id;
      };
    const remove = (id: number): void => {
      this.#timers.delete(id);
    };
    const virtual = {
      setTimeout: add(false),
      setInterval: add(true),
      clearTimeout: remove,
      clearInterval: remove,
    };
    Object.assign(globalThis, virtual);
    Date.now = () => this.now;
    return () => {
      Object.assign(globalThis, Object.fromEntries(before));
      Date.now = now;
    };
  }

  /** Fires every timer in its order, until none is left; returns whether that came to an end. */
  async run(limit = 20_000): Promise<boolean> {
    await settled();
    for (let count = 0; count < limit; count++) {
      const timer = this.#next();
      if (!timer) return true;
      this.#fire(timer);
      await settled();
    }
    return false;
  }

  #next(): Timer | undefined {
    let next: Timer | undefined;
    // those of one moment fire in the order in which they were set
    for (const timer of this.#timers.values()) if (!next || timer.at < next.at) next = timer;
    return next;
  }

  #fire(timer: Timer): void {
    const { id, at, every, callback } = timer;
    this.now = Math.max(this.now, at);
    this.#timers.delete(id);
    if (every !== undefined) {
      timer.at = this.now + Math.max(1, every);
      this.#timers.set(id, timer);
    }
    try {
      callback();
    } catch (error: unknown) {
      this.#uncaught(error);
    }
  }
}

/** Every promise that has settled is heard. */
function settled(): Promise<void> {
  return new Promise((resolve) => {
    turn(resolve);
  });
}
