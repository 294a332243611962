import { inject, Injectable, signal } from '@angular/core';
import { runner } from 'rx-runner';
import { concatMap, interval, merge, ignoreElements, tap } from 'rxjs';
import { Feed, type Price } from './feed';

/** Keeps what the feed brings, and writes it to the server: every two seconds, and what is left when it is stopped. */
@Injectable({ providedIn: 'root' })
export class Cache {
  readonly #feed = inject(Feed);
  #unwritten: Price[] = [];
  readonly unwritten = signal(0);
  readonly written = signal(0);

  readonly runner = runner({
    run: ({ ready }) => {
      ready();
      return merge(
        this.#feed.prices.pipe(tap((price) => this.#keep(price))),
        interval(2_000).pipe(concatMap(() => this.#write())),
      ).pipe(ignoreElements());
    },
    // a page that is left waits for nothing: then only a beacon arrives
    teardown: ({ reason }) => (reason.by?.[0] === 'pageHide' ? this.#beacon() : this.#write()),
  });

  #keep(price: Price): void {
    this.#unwritten.push(price);
    this.unwritten.set(this.#unwritten.length);
  }

  #take(): string {
    const prices = this.#unwritten;
    this.#unwritten = [];
    this.unwritten.set(0);
    this.written.update((count) => count + prices.length);
    return JSON.stringify(prices);
  }

  async #write(): Promise<void> {
    const response = await fetch('/api/cache', { method: 'POST', body: this.#take() });
    if (!response.ok) throw new Error(`the server answered ${response.status}`);
  }

  #beacon(): void {
    navigator.sendBeacon('/api/cache?beacon', this.#take());
  }
}
