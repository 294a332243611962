import { fromEvent, NEVER, take, type Observable } from 'rxjs';
import { runner } from '../index.js';

/**
 * Emits once, when the page is left, and completes: the interrupt of a browser.
 *
 * As a member of a group it stops the group when the user closes the page, reloads it or follows a link out of the
 * application. The emission is what is promised, and with it that each teardown begins, within the event. A browser waits
 * for nothing that takes time: send what must arrive in the synchronous part of a teardown, with `navigator.sendBeacon`.
 *
 * ```
 * pagehide    -----p---
 * pageHide()  -----(p|)
 * ```
 *
 * It emits the event; where `persisted` is true the page has gone to the back/forward cache, and may come back (`pageshow`), with its
 * group stopped. In a group it is ready as soon as it listens. Where there is no window, on a server, it never emits.
 *
 * @example
 * ```ts
 * import { group, runner } from 'rx-runner';
 * import { pageHide } from 'rx-runner/angular';
 * import { NEVER } from 'rxjs';
 *
 * const editor = runner({ run: () => NEVER, teardown: () => void navigator.sendBeacon('/draft', 'what was typed') });
 * group({ pageHide: pageHide(), editor }).subscribe();
 * ```
 * @returns a cold Observable of the event `pagehide`
 * @see https://developer.mozilla.org/docs/Web/API/Window/pagehide_event
 * @public
 */
export function pageHide(): Observable<PageTransitionEvent> {
  return runner({
    name: 'pageHide',
    run: ({ ready }) => {
      ready();
      if (typeof window === 'undefined') return NEVER;
      return fromEvent<PageTransitionEvent>(window, 'pagehide').pipe(take(1));
    },
  });
}
