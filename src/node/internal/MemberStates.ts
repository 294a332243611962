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

interface Member {
  readonly state: MemberState;
  readonly nested: boolean;
}

/** A group that gets new members for as long as it runs would else be remembered for ever. */
const mostCompleted = 100;

/** What is known of the members of a group, from its events. */
export class MemberStates {
  readonly #members = new Map<string, Member>();
  readonly #completed = new Set<string>();

  tell({ type, path }: LifecycleEvent): void {
    // as in a run's report, these change no state: nothing says that what was restarted is ready again
    if (type === 'restarting' || type === 'late') return;
    const name = path.join('/');
    this.#members.set(name, { state: type === 'refused' ? 'notStarted' : type, nested: path.length > 1 });
    this.#completed.delete(name);
    if (type === 'completed') this.#forgetFirst(this.#completed.add(name));
  }

  toJSON(): HealthState {
    const all = [...this.#members];
    return {
      ready: all.length > 0 && all.every(([, member]) => isReady(member)),
      stopping: all.flatMap(([name, { state }]) => (state === 'stopping' ? [name] : [])),
      members: Object.fromEntries(all.map(([name, { state }]) => [name, state])),
    };
  }

  #forgetFirst(completed: Set<string>): void {
    if (completed.size <= mostCompleted) return;
    const [first = ''] = completed;
    completed.delete(first);
    this.#members.delete(first);
  }
}

/** A nested group's member is that group's affair (it may be off, or an optional one), until it begins to stop. */
function isReady({ state, nested }: Member): boolean {
  return nested ? state !== 'stopping' : state === 'ready' || state === 'completed';
}
