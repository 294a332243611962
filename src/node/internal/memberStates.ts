import type { LifecycleEvent, MemberState } from '../../index.js';

/**
 * What `health` answers, as JSON.
 *
 * @public
 */
export interface HealthState {
  /** Whether `/readyz` is 200. */
  readonly ready: boolean;
  /** Who is still stopping. */
  readonly stopping: readonly string[];
  /** Everybody, by the path joined with `/`. */
  readonly members: Readonly<Record<string, MemberState>>;
}

/** A group that gets new members for as long as it runs would else be remembered for ever. */
const mostMembers = 1_000;

/** Gathers what is known of the members of a group, from its events. */
export function memberStates(): readonly [tell: (event: LifecycleEvent) => void, state: () => HealthState] {
  const states = new Map<string, MemberState>();
  const unready = new Set<string>();
  const tell = ({ type, path }: LifecycleEvent): void => {
    // as in a run's report, these change no state: nothing says that what was restarted is ready again
    if (type === 'restarting' || type === 'late') return;
    const name = path.join('/');
    states.set(name, type === 'refused' ? 'notStarted' : type);
    // a nested group's member is that group's affair (it may be off, or an optional one), until it begins to stop
    const isReady = path.length > 1 ? type !== 'stopping' : type === 'ready' || type === 'completed';
    unready[isReady ? 'delete' : 'add'](name);
    if (type === 'completed' && states.size > mostMembers) states.delete(name);
  };
  const state = (): HealthState => ({
    ready: states.size > 0 && !unready.size,
    stopping: [...states.keys()].filter((name) => states.get(name) === 'stopping'),
    members: Object.fromEntries(states),
  });
  return [tell, state];
}
