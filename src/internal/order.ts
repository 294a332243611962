import type { Member } from './member.js';

/** Which members each member needs. */
export type Needs = Readonly<Record<string, readonly string[] | undefined>>;

/** A member's place in the order. */
export interface Place {
  readonly name: string;
  readonly needs: Place[];
  readonly dependents: Place[];
  /** How many that it needs are not ready. */
  unmet: number;
  /** How many dependents hold it back from its stop: they, or what depends on them, have not settled. */
  holding: number;
  member?: Member;
  /** When it came, or was started. */
  turn: number;
  /** What it needs has ended without having been ready. */
  refused?: boolean;
  started?: boolean;
  settled?: boolean;
  /** It completed before all its dependents had started: it was there to prepare something for them. */
  prepared?: boolean;
}

/** The places of all members, by their names. */
export function placesOf(names: readonly string[], needs: Needs): ReadonlyMap<unknown, Place> {
  const places = new Map<unknown, Place>();
  for (const name of names) places.set(name, { name, needs: [], dependents: [], unmet: 0, holding: 0, turn: 0 });
  for (const [name, needed] of Object.entries(needs))
    for (const each of new Set(needed)) connect(places.get(name), places.get(each));
  return places;
}

function connect(place: Place | undefined, need: Place | undefined): void {
  if (!place || !need) return;
  place.needs.push(need);
  place.unmet++;
  need.dependents.push(place);
  need.holding++;
}

/** Who may start, and who may be stopped: members start when those that they need are ready, and stop before they do. */
export class Order {
  readonly #places: ReadonlyMap<unknown, Place>;
  #isStopping = false;
  #turn = 0;

  constructor(names: readonly string[], needs: Needs) {
    this.#places = placesOf(names, needs);
  }

  /** Takes a member in; whether it may start: later, if neither now nor never. */
  add(member: Member): 'now' | 'later' | 'never' {
    const place = this.#placeOf(member);
    place.member = member;
    place.turn = this.#turn++;
    return place.refused ? 'never' : place.unmet ? 'later' : 'now';
  }

  started(member: Member): void {
    const place = this.#placeOf(member);
    place.started = true;
    place.turn = this.#turn++;
  }

  /** It is ready; who may start now. */
  ready(member: Member): readonly Member[] {
    return this.#placeOf(member).dependents.flatMap((dependent) =>
      --dependent.unmet === 0 && dependent.member ? [dependent.member] : [],
    );
  }

  /** It completes: whether it was there to prepare something for others that have yet to start. */
  completed(member: Member): void {
    const place = this.#placeOf(member);
    place.prepared = place.dependents.some(({ started }) => !started);
  }

  isPreparation(member: Member): boolean {
    return !!this.#placeOf(member).prepared;
  }

  /** It will never be ready; who waits for it in vain. */
  lost(member: Member): readonly Member[] {
    const { dependents } = this.#placeOf(member);
    for (const dependent of dependents) dependent.refused = true;
    return dependents.flatMap(({ member: waiting, started }) => (waiting && !started ? [waiting] : []));
  }

  /** All are to stop; who may do so now, in the order in which they came, and in which they were started. */
  stop(): readonly Member[] {
    const places = [...this.#places.values()];
    // whose turn to be added has not come will never start, and holds nothing back
    for (const place of places) if (!place.member) this.#settle(place);
    this.#isStopping = true;
    return places
      .filter(({ settled, started, holding }) => !settled && !(started && holding))
      .sort((one, other) => one.turn - other.turn)
      .flatMap(({ member }) => member ?? []);
  }

  /** It has settled; who may stop now. */
  settled(member: Member): readonly Member[] {
    return this.#settle(this.#placeOf(member));
  }

  /** Those that it needed are needed by one less; without recursion, the chain may be longer than the call stack. */
  #settle(settled: Place): readonly Member[] {
    const stoppable: Member[] = [];
    settled.settled = true;
    const released = settled.holding === 0 ? [settled] : [];
    for (const place of released) {
      for (const need of place.needs) {
        if (--need.holding > 0) continue;
        if (need.settled) released.push(need);
        else if (need.member && this.#isStopping) stoppable.push(need.member);
      }
    }
    return stoppable;
  }

  #placeOf({ label }: Member): Place {
    const place = this.#places.get(label);
    if (!place) throw new Error('unreachable');
    return place;
  }
}
