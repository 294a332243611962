import { check } from './check.js';

/** Which members each member needs. */
export type Needs = Readonly<Record<string, readonly string[] | undefined>>;

/** What is known of a member beforehand. */
interface Link {
  readonly name: string;
  readonly needed: readonly string[];
  readonly neededBy: Link[];
  /** Of how many that it needs the place is not known yet. */
  open: number;
  /** The longest chain that leads to it. */
  chain: number;
  /** The one before it in that chain. */
  before: Link | undefined;
}

/** Throws for names that are no members', for a cycle, and for a chain that `concurrency` has no room for. */
export function checkNeeds(names: readonly string[], needs: Needs, concurrency: number): void {
  checkNames(new Set(names), needs);
  // not by the key itself: a member may be called as what every object has
  const lists = new Map(Object.entries(needs));
  const links = new Map(names.map((name) => [name, newLink(name, lists.get(name))]));
  for (const link of links.values()) for (const each of link.needed) links.get(each)?.neededBy.push(link);

  const placed = inOrder([...links.values()]);
  const inCycle = [...links.values()].find(({ open }) => open > 0);
  check(!inCycle, 'group', "'needs'", 'without a cycle', inCycle && shown(cycleFrom(inCycle, links)));

  let last = placed[0];
  for (const link of placed) if (link.chain > (last?.chain ?? 0)) last = link;
  const room = `at least as long as the longest chain of needs (${shown(chainTo(last))})`;
  check((last?.chain ?? 0) <= concurrency, 'group', "'concurrency'", room, concurrency);
}

function checkNames(known: ReadonlySet<string>, needs: Needs): void {
  const isRecord = typeof needs === 'object' && (needs as unknown) !== null && !Array.isArray(needs);
  check(isRecord, 'group', "'needs'", 'a record of lists of names', needs);
  const expected = `names of members (${[...known].join(', ')})`;
  for (const [name, needed] of Object.entries(needs)) {
    check(known.has(name), 'group', "'needs'", expected, name);
    check(needed === undefined || Array.isArray(needed), 'group', `'needs.${name}'`, `a list of ${expected}`, needed);
    for (const each of needed ?? []) check(known.has(each), 'group', `'needs.${name}'`, expected, each);
  }
}

function newLink(name: string, list: readonly string[] | undefined): Link {
  const needed = [...new Set(list)];
  return { name, needed, neededBy: [], open: needed.length, chain: 1, before: undefined };
}

/** Those that are in no cycle, and that no cycle leads to, each after all that it needs. */
function inOrder(links: readonly Link[]): readonly Link[] {
  const placed = links.filter(({ open }) => open === 0);
  // it grows while it is gone through: no recursion, a chain may be longer than the call stack
  for (const link of placed) {
    for (const next of link.neededBy) {
      if (link.chain >= next.chain) {
        next.chain = link.chain + 1;
        next.before = link;
      }
      if (--next.open === 0) placed.push(next);
    }
  }
  return placed;
}

/** From one that could not be placed, by needs that could not be, to where it comes round again. */
function cycleFrom(start: Link, links: ReadonlyMap<string, Link>): readonly string[] {
  const passed = new Set<string>();
  let link: Link | undefined = start;
  while (link && !passed.has(link.name)) {
    passed.add(link.name);
    link = link.needed.map((name) => links.get(name)).find((each) => each && each.open > 0);
  }
  const names = [...passed];
  const again = link?.name ?? '';
  return [...names.slice(names.indexOf(again)), again];
}

function chainTo(last: Link | undefined): readonly string[] {
  const names: string[] = [];
  for (let link = last; link; link = link.before) names.push(link.name);
  return names;
}

function shown(names: readonly string[]): string {
  return names.join(' needs ');
}
