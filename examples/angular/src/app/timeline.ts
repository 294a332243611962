import { computed, signal } from '@angular/core';
import type { LifecycleEvent, LifecycleObserver } from 'rx-runner';
import { toSvg } from 'rx-runner/timeline';

/** The steps in the lives of the runners, as a picture and as text. */
export class Timeline implements LifecycleObserver {
  readonly #events = signal<readonly LifecycleEvent[]>([]);

  /** For an `img`: whatever a message says, nothing of it runs in this page. */
  readonly picture = computed(
    () => `data:image/svg+xml,${encodeURIComponent(toSvg(this.#events(), { title: 'The lives of the runners' }))}`,
  );

  readonly lines = computed(() => {
    const events = this.#events();
    const began = events[0]?.at ?? 0;
    return events.map(({ at, path, type, error }) => {
      const seconds = ((at - began) / 1_000).toFixed(3).padStart(6);
      const message = error instanceof Error ? `: ${error.message}` : '';
      return `${seconds} s  ${path.join('/').padEnd(12)} ${type}${message}`;
    });
  });

  next(event: LifecycleEvent): void {
    this.#events.update((events) => [...events, event].slice(-60));
  }
}
