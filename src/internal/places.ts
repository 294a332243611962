import type { Subscription } from 'rxjs';
import type { Child } from './child.js';

/** Which members each member needs. */
export type Needs = Readonly<Record<string, readonly string[] | undefined>>;

/** A member's place in the order. */
export interface Place<T = unknown> {
  readonly name: string;
  readonly needs: Place<T>[];
  readonly dependents: Place<T>[];
  /** How many that it needs are not ready. */
  unmet: number;
  /** How many dependents hold it back from its stop: they, or what depends on them, have not settled. */
  holding: number;
  member?: Child<T>;
  /** What it needs has ended without having been ready. */
  refused?: boolean;
  started?: boolean;
  settled?: boolean;
  /** It completed before all its dependents had started: it was there to prepare something for them. */
  prepared?: boolean;
  timeLeft?: Subscription;
}

/** The places of all members, by their names. */
export function placesOf<T>(names: readonly string[], needs: Needs): ReadonlyMap<unknown, Place<T>> {
  const places = new Map<unknown, Place<T>>();
  for (const name of names) places.set(name, { name, needs: [], dependents: [], unmet: 0, holding: 0 });
  for (const [name, needed] of Object.entries(needs))
    for (const each of new Set(needed)) connect(places.get(name), places.get(each));
  return places;
}

function connect<T>(place: Place<T> | undefined, need: Place<T> | undefined): void {
  if (!place || !need) return;
  place.needs.push(need);
  place.unmet++;
  need.dependents.push(place);
  need.holding++;
}
