import { type LifecycleEvent, type LifecycleEventType } from 'rx-runner';
import { scan, type Observable } from 'rxjs';

/** What is known of the program: the last step of each member, and what there is to draw. */
export interface Story {
  readonly members: Readonly<Record<string, LifecycleEventType>>;
  readonly events: readonly LifecycleEvent[];
}

/** More restarts than these are not kept: a broker may be away for days. */
const mostRestarts = 50;

export function story(lifecycle: Observable<LifecycleEvent>): Observable<Story> {
  return lifecycle.pipe(scan(continued, { members: {}, events: [] } as Story));
}

function continued({ members, events }: Story, event: LifecycleEvent): Story {
  return {
    members: { ...members, [event.path.join('/')]: event.type },
    events: [...withFewRestarts(events), event],
  };
}

function withFewRestarts(events: readonly LifecycleEvent[]): readonly LifecycleEvent[] {
  const restarts = events.filter(({ type }) => type === 'restarting');
  return restarts.length < mostRestarts ? events : events.filter((event) => event !== restarts[0]);
}
