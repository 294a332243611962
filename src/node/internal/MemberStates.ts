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
const mostMembers = 1_000;

/** What is known of the members of a group, from its events. */
export class MemberStates {
  readonly #members = new Map<string, Member>();

  tell({ type, path }: LifecycleEvent): void {
    // as in a run's report, these change no state: nothing says that what was restarted is ready again
    if (type === 'restarting' || type === 'late') return;
    const name = path.join('/');
    this.#members.set(name, { state: type === 'refused' ? 'notStarted' : type, nested: path.length > 1 });
    if (this.#members.size > mostMembers) this.#forgetOne();
  }

  toJSON(): HealthState {
    const all = [...this.#members];
    return {
      ready: all.length > 0 && all.every(([, member]) => isReady(member)),
      stopping: all.flatMap(([name, { state }]) => (state === 'stopping' ? [name] : [])),
      members: Object.fromEntries(all.map(([name, { state }]) => [name, state])),
    };
  }

  #forgetOne(): void {
    for (const [name, { state }] of this.#members) {
      if (state === 'completed') {
        this.#members.delete(name);
        return;
      }
    }
  }
}

/** A nested group's member is that group's affair (it may be off, or an optional one), until it begins to stop. */
function isReady({ state, nested }: Member): boolean {
  return nested ? state !== 'stopping' : state === 'ready' || state === 'completed';
}
