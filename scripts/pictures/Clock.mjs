import { syncBuiltinESMExports } from 'node:module';
import { setImmediate as turn } from 'node:timers/promises';
import timersPromises from 'node:timers/promises';

/** Virtual time in place of the timers of this process, those of promises included. */
export class Clock {
  #now = 0;
  #timers = new Set();
  #real = new Map();

  install() {
    const set =
      (period) =>
      (callback, ms, ...args) =>
        this.#add(() => callback(...args), ms, period);
    const clear = (timer) => this.#timers.delete(timer);
    const fakes = { setTimeout: set(false), setInterval: set(true), clearTimeout: clear, clearInterval: clear };
    for (const [name, fake] of Object.entries(fakes)) this.#replace(globalThis, name, fake);
    this.#replace(Date, 'now', () => this.#now);
    this.#replace(timersPromises, 'setTimeout', (ms, value, { signal } = {}) => this.#promise(ms, value, signal));
    // else `import { setTimeout }` is the one from before
    syncBuiltinESMExports();
  }

  uninstall() {
    for (const [object, names] of this.#real) Object.assign(object, names);
    syncBuiltinESMExports();
  }

  /** Moves time on, timer by timer; between two of them promises have their say. */
  async advance(ms) {
    const end = this.#now + ms;
    await turn();
    for (let timer = this.#next(end); timer; timer = this.#next(end)) {
      this.#now = timer.at;
      if (timer.every) timer.at += timer.every;
      else this.#timers.delete(timer);
      timer.callback();
      await turn();
    }
    this.#now = end;
  }

  #next(end) {
    const due = Array.from(this.#timers).filter(({ at }) => at <= end);
    return due.sort((a, b) => a.at - b.at)[0];
  }

  #add(callback, ms = 0, period = false) {
    const timer = {
      callback,
      at: this.#now + ms,
      every: period && Math.max(ms, 1),
      ref: () => timer,
      unref: () => timer,
    };
    this.#timers.add(timer);
    return timer;
  }

  #promise(ms, value, signal) {
    return new Promise((resolve, reject) => {
      const timer = this.#add(() => resolve(value), ms);
      signal?.addEventListener('abort', () => {
        this.#timers.delete(timer);
        reject(signal.reason);
      });
    });
  }

  #replace(object, name, fake) {
    this.#real.set(object, { ...this.#real.get(object), [name]: object[name] });
    object[name] = fake;
  }
}
