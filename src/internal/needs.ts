import { check } from './check.js';
import { placesOf, type Needs, type Place } from './order.js';

/** Throws for names that are no members', for a cycle, and for a chain that `concurrency` has no room for. */
export function checkNeeds(names: readonly string[], needs: Needs, concurrency: number): void {
  checkNames(names, needs);
  const places = [...placesOf(names, needs).values()];
  const chains = chainsOf(places);
  const inCycle = places.find(({ unmet }) => unmet > 0);
  check(!inCycle, 'group', "'needs'", 'without a cycle', inCycle && shown(cycleFrom(inCycle)));

  let longest: Chain = { length: 0 };
  for (const chain of chains) if (chain.length > longest.length) longest = chain;
  const room = `at least as long as the longest chain of needs (${shown(namesOf(longest))})`;
  check(longest.length <= concurrency, 'group', "'concurrency'", room, concurrency);
}

function checkNames(names: readonly string[], needs: Needs): void {
  const known = new Set(names);
  const isRecord = typeof needs === 'object' && !!(needs as unknown) && !Array.isArray(needs);
  check(isRecord, 'group', "'needs'", 'a record of lists of names', needs);
  const expected = `names of members (${names.join(', ')})`;
  for (const [name, needed] of Object.entries(needs)) {
    check(known.has(name), 'group', "'needs'", expected, name);
    check(needed === undefined || Array.isArray(needed), 'group', `'needs.${name}'`, `a list of ${expected}`, needed);
    for (const each of needed ?? []) check(known.has(each), 'group', `'needs.${name}'`, expected, each);
  }
}

/** What one member needs, and what that needs in turn: the longest way. */
interface Chain {
  readonly length: number;
  readonly place?: Place;
  readonly needs?: Chain;
}

/** The chains of those that are in no cycle, and that no cycle leads to: the shorter ones first. */
function chainsOf(places: readonly Place[]): readonly Chain[] {
  const chains: Chain[] = places.filter(({ unmet }) => unmet === 0).map((place) => ({ length: 1, place }));
  // it grows while it is gone through: no recursion, a chain may be longer than the call stack
  for (const needs of chains)
    for (const place of needs.place?.dependents ?? [])
      if (--place.unmet === 0) chains.push({ length: needs.length + 1, place, needs });
  return chains;
}

/** From one that could not be placed, by needs that could not be, to where it comes round again. */
function cycleFrom(start: Place): readonly string[] {
  const passed = new Set<string>();
  let place: Place | undefined = start;
  while (place && !passed.has(place.name)) {
    passed.add(place.name);
    place = place.needs.find(({ unmet }) => unmet > 0);
  }
  const names = [...passed];
  const again = place?.name ?? '';
  return [...names.slice(names.indexOf(again)), again];
}

function namesOf(chain: Chain): readonly string[] {
  const names: string[] = [];
  for (let each: Chain | undefined = chain; each?.place; each = each.needs) names.push(each.place.name);
  return names;
}

function shown(names: readonly string[]): string {
  return names.join(' needs ');
}
