import { Injectable, signal } from '@angular/core';
import { withResource } from 'rx-runner';
import { Subject, tap } from 'rxjs';
import { close, connect, messages } from './socket';

export interface Price {
  readonly id: number;
  readonly price: number;
}

/** Prices, as the server pushes them through a socket. */
@Injectable({ providedIn: 'root' })
export class Feed {
  readonly prices = new Subject<Price>();
  readonly latest = signal<Price | undefined>(undefined);

  readonly runner = withResource({
    acquire: ({ signal }) => connect('/feed', signal),
    use: (socket) =>
      messages<Price>(socket).pipe(
        tap((price) => {
          this.latest.set(price);
          this.prices.next(price);
        }),
      ),
    release: (socket) => close(socket),
  });
}
