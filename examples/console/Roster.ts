import { type LifecycleEvent, type LifecycleEventType, type StopError } from 'rx-runner';
import { BehaviorSubject, distinctUntilChanged, filter, mergeMap, ReplaySubject, type Observable } from 'rxjs';

/** How a member is. */
export interface Status {
  readonly name: string;
  /** Whether it can be stopped while the program runs; the others are the console itself. */
  readonly isService: boolean;
  readonly state: 'waiting' | LifecycleEventType;
  /** Since when, in milliseconds. */
  readonly since: number;
  /** The last that it has emitted, or what it failed with. */
  readonly note: string;
}

/** What is known of the members of the program, from their lifecycle events and their values. */
export class Roster {
  readonly #statuses: BehaviorSubject<readonly Status[]>;
  readonly #farewell = new ReplaySubject<string>(Infinity);
  readonly #lastValues = new Map<string, string>();
  #isStopping = false;

  constructor(names: { readonly services: readonly string[]; readonly console: readonly string[] }) {
    const waiting = { state: 'waiting', since: Date.now(), note: '' } as const;
    this.#statuses = new BehaviorSubject<readonly Status[]>([
      ...names.services.map((name) => ({ name, isService: true, ...waiting })),
      ...names.console.map((name) => ({ name, isService: false, ...waiting })),
    ]);
  }

  get statuses(): Observable<readonly Status[]> {
    return this.#statuses;
  }

  get current(): readonly Status[] {
    return this.#statuses.value;
  }

  /** Whether the whole program stops. */
  get isStopping(): boolean {
    return this.#isStopping;
  }

  /** Nothing until the program stops; then why it does, and each step of each member. */
  get farewell(): Observable<string> {
    return this.#farewell;
  }

  find(name: string): Status | undefined {
    return this.current.find((status) => status.name === name);
  }

  /** How one member is: now, and whenever that changes. */
  of(name: string): Observable<Status> {
    return this.#statuses.pipe(
      mergeMap((statuses) => statuses),
      filter((status) => status.name === name),
      distinctUntilChanged((before, { state, since }) => before.state === state && before.since === since),
    );
  }

  /** An event of the program. */
  follow(event: LifecycleEvent): void {
    const [name = '', ...inner] = event.path;
    if (inner.length > 0) return;
    if (event.type === 'stopping') this.#beginFarewell(event.reason);
    // A service lasts as long as the program; how it is its runs tell.
    if (!this.find(name)?.isService) this.followRun(name, event);
  }

  /** An event of a member, or of one run of a service. */
  followRun(name: string, { type, at, error }: Pick<LifecycleEvent, 'type' | 'at' | 'error'>): void {
    const before = this.find(name);
    if (!before) return;
    const note = error === undefined ? before.note : messageOf(error);
    this.#update({ ...before, state: type, since: at, note });
    if (this.#isStopping) this.#farewell.next(`${name}: ${type}`);
  }

  /** A value of a member. */
  hear(name: string, value: unknown): void {
    const note = String(value);
    this.#lastValues.set(name, note);
    const before = this.find(name);
    if (before) this.#update({ ...before, note });
  }

  #beginFarewell({ by = [], cause }: Partial<StopError> = {}): void {
    if (this.#isStopping) return;
    this.#isStopping = true;
    const who = by.join('/');
    // the last that a member has emitted before it ended: which signal, who has quit
    const why = cause === undefined ? this.#lastValues.get(who) : messageOf(cause);
    this.#farewell.next(`the program stops: ${why ?? `${who} has ended`}`);
  }

  #update(status: Status): void {
    this.#statuses.next(this.current.map((before) => (before.name === status.name ? status : before)));
  }
}

function messageOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}
