import { Injectable } from '@angular/core';
import { runner } from 'rx-runner';
import { Subject, take } from 'rxjs';

/** What the buttons do. */
@Injectable({ providedIn: 'root' })
export class Control {
  readonly #pressed = new Subject<string>();

  /** A member that ends when the button is pressed, and so stops the group. */
  readonly interrupt = runner({
    run: ({ ready }) => {
      ready();
      return this.#pressed.pipe(take(1));
    },
  });

  press(): void {
    this.#pressed.next('interrupt');
  }

  /** Makes the server answer the next poll with an error. */
  async breakThePoller(): Promise<void> {
    await fetch('/api/break', { method: 'POST' });
  }
}
