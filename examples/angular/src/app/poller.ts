import { Injectable, signal } from '@angular/core';
import { runner } from 'rx-runner';
import { exhaustMap, tap, timer } from 'rxjs';

interface Health {
  readonly connections: number;
}

/** Asks the server every half second how it is. */
@Injectable({ providedIn: 'root' })
export class Poller {
  readonly health = signal<Health | undefined>(undefined);

  readonly runner = runner({
    run: ({ signal }) =>
      timer(0, 500).pipe(
        exhaustMap(() => this.#ask(signal)),
        tap((health) => this.health.set(health)),
      ),
  });

  async #ask(signal: AbortSignal): Promise<Health> {
    const response = await fetch('/api/health', { signal });
    if (!response.ok) throw new Error(`the server answered ${response.status}`);
    return (await response.json()) as Health;
  }
}
