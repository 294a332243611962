import fc from 'fast-check';
import type { Observable } from 'rxjs';
import { leafSource, type Leaf } from './leaves.js';
import { own, ownBinary, type Settings } from './ownOperators.js';
import { binary, unary } from './rxjsOperators.js';
import type { World } from './World.js';
import type { WorkSpec } from './works.js';

/** A program is a tree: what has no source is a leaf. */
export type Tree =
  | Leaf
  | { readonly operator: string; readonly n: number; readonly sources: readonly Tree[] }
  | { readonly own: string; readonly settings: Settings; readonly sources: readonly Tree[] };

/** When it is stopped: after a time, at the so many-th call of a callback, or when nothing else happens. */
type Stop =
  | { readonly at: 'time'; readonly after: number }
  | { readonly at: 'callback'; readonly count: number }
  | { readonly at: 'end' };

export interface Program {
  readonly tree: Tree;
  /** Who runs it, and waits for it when it is stopped. */
  readonly by: 'nobody' | 'drain' | 'group' | 'start';
  readonly stop: Stop;
}

export function build(world: World, tree: Tree): Observable<unknown> {
  if ('leaf' in tree) return leafSource(world, tree);
  const [source, other] = tree.sources.map((each) => build(world, each));
  if (!source) throw new Error('an operator without a source');
  if ('own' in tree) {
    const { own: name, settings } = tree;
    if (other) return named(ownBinary, name)(source, other, settings, world);
    return named(own, name)(source, settings, world);
  }
  const { operator, n } = tree;
  if (other) return named(binary, operator)(source, other, n, world);
  return named(unary, operator)(source, n, world);
}

function named<F>(operators: Readonly<Record<string, F>>, name: string): F {
  const operator = operators[name];
  if (!operator) throw new Error(`no such operator: ${name}`);
  return operator;
}

/** One of these, each as often as its number says. */
function often<T extends string>(weights: Readonly<Record<T, number>>): fc.Arbitrary<T> {
  const names = Object.keys(weights) as T[];
  return fc.constantFrom(...names.flatMap((name) => Array.from({ length: weights[name] }, () => name)));
}

const work: fc.Arbitrary<WorkSpec> = fc.record({
  does: often({ waits: 6, nothing: 3, promise: 3, runs: 1, throws: 1, fails: 1, rejects: 1, hangs: 1 }),
  after: fc.integer({ min: 1, max: 9 }),
});

const ready = fc.option(fc.nat(5), { nil: undefined });
const acquires = often({ value: 4, observable: 4, promise: 4, nothing: 1, throws: 1, fails: 1, rejects: 1 });

const leaf: fc.Arbitrary<Leaf> = fc.record({
  leaf: often({ observable: 3, runner: 3, promise: 1, resource: 2 }),
  values: fc.nat(3),
  every: fc.nat(3),
  end: often({ complete: 4, never: 4, error: 2, throw: 1 }),
  endsAfter: fc.nat(6),
  teardown: work,
  returned: fc.boolean(),
  ready,
  run: work,
  acquires,
  aborts: often({ clean: 2, later: 1, fails: 1, ignores: 1 }),
});

const settings: fc.Arbitrary<Settings> = fc.record({
  n: fc.nat(9),
  grace: fc.oneof({ weight: 8, arbitrary: fc.constant(undefined) }, { weight: 1, arbitrary: fc.nat(6) }),
  work,
  acquires,
  ready,
  until: fc.constantFrom('first' as const, 'error' as const, 'all' as const),
  errors: often({ all: 3, first: 1 }),
  concurrency: fc.option(fc.integer({ min: 1, max: 2 }), { nil: undefined }),
  needs: fc.boolean(),
  startWithin: fc.oneof({ weight: 6, arbitrary: fc.constant(undefined) }, { weight: 1, arbitrary: fc.nat(6) }),
  on: fc.constantFrom('error' as const, 'completion' as const, 'both' as const),
  throws: fc.nat(7).map((n) => n === 7),
});

const n = fc.nat(9);
const { tree } = fc.letrec<{ tree: Tree }>((tie) => {
  const one = fc.tuple(tie('tree'));
  const two = fc.tuple(tie('tree'), tie('tree'));
  return {
    tree: fc.oneof(
      { maxDepth: 5, depthSize: 'medium', withCrossShrink: true },
      { weight: 2, arbitrary: leaf },
      { weight: 3, arbitrary: fc.record({ operator: fc.constantFrom(...Object.keys(unary)), n, sources: one }) },
      { weight: 2, arbitrary: fc.record({ operator: fc.constantFrom(...Object.keys(binary)), n, sources: two }) },
      { weight: 3, arbitrary: fc.record({ own: fc.constantFrom(...Object.keys(own)), settings, sources: one }) },
      { weight: 3, arbitrary: fc.record({ own: fc.constantFrom(...Object.keys(ownBinary)), settings, sources: two }) },
    ),
  };
});

const stop: fc.Arbitrary<Stop> = fc.oneof(
  fc.record({ at: fc.constant('time' as const), after: fc.nat(25) }),
  fc.record({ at: fc.constant('callback' as const), count: fc.integer({ min: 1, max: 20 }) }),
  fc.record({ at: fc.constant('end' as const) }),
);

export const programs: fc.Arbitrary<Program> = fc.record({
  tree,
  by: often({ nobody: 2, drain: 3, group: 3, start: 4 }),
  stop,
});
