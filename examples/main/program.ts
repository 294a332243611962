import { group, type LifecycleObserver } from 'rx-runner';
import type { Observable } from 'rxjs';

interface Members {
  readonly heartbeat: Observable<unknown>;
  readonly http: Observable<unknown>;
  readonly worker: Observable<unknown>;
  readonly interrupt: Observable<unknown>;
}

/** What runs together, and how long its teardowns may take; whoever draws it gives it members of his own. */
export function program(
  { heartbeat, http, worker, interrupt }: Members,
  grace: number,
  lifecycle: LifecycleObserver,
): Observable<unknown> {
  return group({ heartbeat, http, worker, interrupt }, { grace, lifecycle });
}
