import type { Observable } from 'rxjs';
import { abortable } from './abortable.js';
import { acquisition } from './acquisition.js';
import { enclosingScope, within, type ScopeOwner, type TeardownScope } from './ambient.js';

/** How a resource that is shared is opened: the signal is of none of those who use it, but of them all. */
export type SharedAcquire<A> = (context: { readonly signal: AbortSignal }) => Observable<A> | PromiseLike<A> | A;

/** Somebody who wants to use the resource. */
export interface User<A> {
  /** Of its run. */
  readonly scope: TeardownScope;
  /** Why it was told to stop. */
  readonly reason: unknown;
  granted(resource: A): void;
  refused(error: unknown): void;
  /** It goes, as the last of all, while the resource is being opened: it waits for that. */
  waitsForOpening(): void;
  /** What it waited for is over; it lets go next. */
  openedInVain(): void;
}

/** One life of the resource: from its opening until it has been let go of. */
interface Tenure<A> {
  readonly users: Set<User<A>>;
  acquired?: { readonly resource: A };
  state: 'opening' | 'open' | 'failed';
  /** Who has gone last, and lets go. */
  last?: User<A>;
  abort(reason: unknown): void;
}

/** Who has a resource open, and who waits until it has been let go of. Never two lives at once. */
export class Sharing<A> {
  readonly #acquire: SharedAcquire<A>;
  #tenure: Tenure<A> | undefined;
  readonly #waiting = new Set<User<A>>();

  constructor(acquire: SharedAcquire<A>) {
    this.#acquire = acquire;
  }

  /** Opens the resource, or joins those who have it open, or waits for the end of its release. */
  join(user: User<A>): void {
    const tenure = this.#tenure;
    if (!tenure) this.#open([user]);
    else if (tenure.last || tenure.state === 'failed') this.#waiting.add(user);
    else {
      tenure.users.add(user);
      if (tenure.state === 'open') grant(tenure, user);
    }
  }

  /** Somebody goes who has not been granted it yet. */
  leave(user: User<A>): void {
    const tenure = this.#tenure;
    if (this.#waiting.delete(user) || !tenure?.users.delete(user) || tenure.users.size > 0) return;
    tenure.last = user;
    if (tenure.state !== 'opening') return;
    user.waitsForOpening();
    tenure.abort(user.reason);
  }

  /** Whether there may be something to let go of already. */
  get isAcquired(): boolean {
    return !!this.#tenure?.acquired;
  }

  /** Somebody has settled; returns what is to be released, if it was the last one. */
  letGo(user: User<A>): { readonly resource: A } | undefined {
    const tenure = this.#tenure;
    if (tenure?.users.delete(user) && tenure.users.size === 0) tenure.last = user;
    return tenure?.last === user ? tenure.acquired : undefined;
  }

  /** The release of this one has settled, if it was the one who released. */
  released(user: User<A>): void {
    if (this.#tenure?.last === user) this.#end();
  }

  #open(users: readonly User<A>[]): void {
    const { context, abort } = abortable({});
    const tenure: Tenure<A> = { users: new Set(users), state: 'opening', abort };
    this.#tenure = tenure;
    // when the last one is stopped from within, it is who waits; but the way from one that was subscribed there leads to here
    const owner: ScopeOwner = {
      waiter: undefined,
      get home() {
        const scopes = tenure.state === 'opening' ? Array.from(tenure.users, ({ scope }) => scope) : [];
        return scopes.find((scope) => within(scope, () => enclosingScope(owner, undefined)));
      },
    };
    acquisition(
      'shareResource',
      () => within(undefined, () => this.#acquire(context)),
      context,
      {
        next(resource) {
          tenure.acquired = { resource };
        },
        error: (error: unknown) => {
          this.#refuse(tenure, error);
        },
        complete() {
          tenure.state = 'open';
          tenure.last?.openedInVain();
          for (const user of [...tenure.users]) grant(tenure, user);
        },
      },
      owner,
    );
  }

  #refuse(tenure: Tenure<A>, error: unknown): void {
    const { users, last, acquired } = tenure;
    tenure.state = 'failed';
    // who is refused may try again at once; what was opened all the same the last of them lets go of before
    if (!acquired) this.#tenure = undefined;
    for (const user of last ? [last] : [...users]) user.refused(error);
    if (!acquired) this.#admit();
  }

  #end(): void {
    this.#tenure = undefined;
    this.#admit();
  }

  /** All who wait come at once. */
  #admit(): void {
    const users = [...this.#waiting];
    this.#waiting.clear();
    if (this.#tenure) for (const user of users) this.join(user);
    else if (users.length > 0) this.#open(users);
  }
}

/** One that has gone meanwhile is not granted it any more. */
function grant<A>({ users, acquired }: Tenure<A>, user: User<A>): void {
  if (acquired && users.has(user)) user.granted(acquired.resource);
}
