import { concatMap, defer, finalize, from, map, merge, tap, timer, type Observable, type Subscription } from 'rxjs';
import {
  awaitTeardown,
  drain,
  exclusive,
  finalizeAsync,
  group,
  named,
  restart,
  runGroup,
  runWhile,
  settle,
  stopWhen,
  switchRun,
  type GroupOptions,
  type LifecycleObserver,
  type RecordOptions,
} from '../../../src/index.js';
import { resource, running, sharedResource, type Leaf } from './leaves.js';
import { held } from './rxjsOperators.js';
import { type Waiter } from './waiters.js';
import { workOf, type WorkSpec } from './works.js';
import { drainedBy, within, type World } from './World.js';

type Source = Observable<unknown>;

/** What our operators are told beside their sources. */
export interface Settings {
  readonly n: number;
  /** 0 does not wait; undefined: no limit. */
  readonly grace: number | undefined;
  readonly work: WorkSpec;
  readonly acquires: Leaf['acquires'];
  readonly ready: number | undefined;
  readonly until: 'first' | 'error' | 'all' | readonly 'a'[];
  readonly errors: 'all' | 'first';
  readonly concurrency: number | undefined;
  readonly needs: boolean;
  readonly startWithin: number | undefined;
  readonly on: 'error' | 'completion' | 'both';
  readonly throws: boolean;
}

export type Own = (source: Source, settings: Settings, world: World) => Source;
export type OwnBinary = (source: Source, other: Source, settings: Settings, world: World) => Source;

function graceOf({ grace }: Settings): { readonly grace?: number } {
  return grace === undefined ? {} : { grace };
}

/** A waiter, with the options that it is given. */
function waits(world: World, name: string, settings: Settings, make: (waiter: Waiter) => Source): Source {
  return world.waiting(name, make, settings.grace);
}

/** Runs one after another: each when what the one before has to be waited for has settled. */
function serial(world: World, waiter: Waiter, source: () => Source): () => Source {
  let before: Waiter | undefined;
  let count = 0;
  return () => {
    const [early] = before ? world.pendingOf(before) : [];
    if (early) world.wrong(`${waiter.name} ran anew before ${early.name} had settled`);
    before = waiter.part(`run ${count++}`);
    return source().pipe(within(world, before));
  };
}

export const own: Readonly<Record<string, Own>> = {
  settle: (source, settings, world) =>
    waits(world, 'settle', settings, (waiter) => source.pipe(within(world, waiter), settle(graceOf(settings)))),
  finalizeAsync: (source, { work }, world) =>
    world.waiting('finalizeAsync', (waiter) => {
      const upstream = waiter.part('source');
      let calls = 0;
      world.atEnd(() => {
        if (calls !== 1) world.wrong(`finalizeAsync called back ${calls} times`);
      });
      return source.pipe(
        within(world, upstream),
        finalizeAsync((_, context) => {
          calls++;
          const [early] = world.pendingOf(upstream);
          if (early) world.wrong(`finalizeAsync called back before ${early.name} had settled`);
          return workOf(world, work, 'finalizeAsync', waiter)(context);
        }),
      );
    }),
  tearingDown: (source, { work }, world) =>
    source.pipe(
      finalize(() => {
        if (work.does === 'throws') awaitTeardown(workOf(world, { ...work, does: 'fails' }, 'tearingDown'));
        else awaitTeardown(workOf(world, work, 'tearingDown'));
      }),
    ),
  restart: (source, settings, world) =>
    waits(world, 'restart', settings, (waiter) => {
      waiter.restarts = settings.on !== 'completion';
      const run = serial(world, waiter, () => source.pipe(held(world, 'restart')));
      return defer(run).pipe(
        restart({
          ...graceOf(settings),
          on: settings.on,
          limit: 1 + (settings.n % 2),
          delay: (_, error) => {
            if (settings.throws) throw world.failures.make('run', 'delay');
            if (error) world.failures.holds(error, 'restart');
            world.poke('delay');
            return settings.n % 3 ? settings.n : 0;
          },
        }),
      );
    }),
  runWhile: (source, settings, world) =>
    waits(world, 'runWhile', settings, (waiter) => {
      const condition = from([true, false, settings.n % 2 > 0]).pipe(
        concatMap((wanted, index) => timer(index * settings.n).pipe(map(() => wanted))),
      );
      return defer(serial(world, waiter, () => source)).pipe(runWhile(condition, graceOf(settings)));
    }),
  exclusive: (source, _, world) =>
    world.waiting('exclusive', (waiter) => source.pipe(within(world, waiter), exclusive())),
  exclusiveTwice: (source, { n, needs: wait }, world) => {
    // with `wait` they come one after another, in the order of their subscription
    let coming: Waiter[] = [];
    let before: Waiter | undefined;
    const run = defer(() => {
      const [early] = before ? world.pendingOf(before) : [];
      if (early) world.wrong(`exclusive ran before ${early.name} had settled`);
      coming = coming.filter(({ state }) => state === 'running');
      const next = wait ? coming.shift() : coming.pop();
      before = next?.part('run');
      return before ? source.pipe(within(world, before)) : source;
    }).pipe(exclusive({ wait }));
    const once = world.waiting('exclusive', (waiter) => {
      coming.push(waiter);
      return run;
    });
    return merge(once, timer(n).pipe(concatMap(() => once)));
  },
  named: (source) => source.pipe(named('named')),
  runner: (source, { work, ready }, world) => running(world, { teardown: work, ready }, () => source),
  resource: (source, { work, ready, acquires, n }, world) =>
    resource(world, { teardown: work, ready, acquires, endsAfter: n }, () => source),
};

export const ownBinary: Readonly<Record<string, OwnBinary>> = {
  shared: (source, other, { n, acquires, work }, world) => {
    const shared = sharedResource(world, { acquires, endsAfter: n, teardown: work });
    return merge(
      shared(() => source),
      timer(n).pipe(concatMap(() => shared(() => other))),
    );
  },
  stopWhen: (source, other, settings, world) =>
    waits(world, 'stopWhen', settings, (waiter) =>
      source.pipe(within(world, waiter), stopWhen(other.pipe(within(world, waiter)), graceOf(settings))),
    ),
  stopWhenAborted: (source, other, settings, world) =>
    defer(() => {
      const controller = new AbortController();
      world.aborts.push(controller);
      const stopped = waits(world, 'stopWhen', settings, (waiter) =>
        source.pipe(within(world, waiter), stopWhen(controller.signal, graceOf(settings))),
      );
      return merge(stopped, other.pipe(tap({ complete: () => controller.abort() })));
    }),
  switchRun: (source, other, settings, world) =>
    waits(world, 'switchRun', settings, (waiter) => {
      const run = serial(world, waiter, () => other);
      return source.pipe(
        within(world, waiter),
        switchRun(() => {
          world.poke('project');
          return defer(run);
        }, graceOf(settings)),
      );
    }),
  sidecar: (source, other, _, world) =>
    world.waiting('sidecar', (waiter) => {
      const drained = waiter.part('side');
      drained.isWork = true;
      let side: Subscription | undefined;
      const both = defer(() => {
        side = other.pipe(drainedBy(drained)).subscribe({
          error: (error: unknown) => {
            world.failures.told(error, 'side');
          },
        });
        return source;
      });
      return both.pipe(
        within(world, waiter),
        finalizeAsync(() => side && drain(side)),
      );
    }),
  group: (source, other, settings, world) =>
    grouped(world, settings, (waiter, options) =>
      group([member(world, source, waiter, '0'), member(world, other, waiter, '1')], options),
    ),
  record: (source, other, settings, world) =>
    grouped(world, settings.n === 5 ? { ...settings, until: ['a'] } : settings, (waiter, options) => {
      const members = { a: member(world, source, waiter, 'a'), b: member(world, other, waiter, 'b') };
      return group(members, { ...options, ...orderOf(settings) });
    }),
  runGroup: (source, other, settings, world) =>
    grouped(world, settings, (waiter, options) =>
      from([source, other, source]).pipe(
        concatMap((each, index) => timer(index * settings.n).pipe(map(() => each))),
        within(world, waiter),
        map((each, index) => member(world, each, waiter, String(index))),
        runGroup(options),
      ),
    ),
  runGroupOf: (source, other, settings, world) =>
    grouped(world, settings, (waiter, options) =>
      source.pipe(
        within(world, waiter),
        map((_, index) => {
          world.poke('project');
          return member(world, other, waiter, String(index));
        }),
        runGroup(options),
      ),
    ),
};

function orderOf({ needs, startWithin }: Settings): RecordOptions<'a' | 'b'> {
  return { ...(needs && { needs: { b: ['a'] } }), ...(startWithin !== undefined && { startWithin }) };
}

function member(world: World, source: Source, waiter: Waiter, name: string): Source {
  return source.pipe(within(world, waiter.part(name)));
}

/** A group that is watched: from the first member that is told to stop on, no value comes. */
function grouped(
  world: World,
  settings: Settings,
  make: (waiter: Waiter, options: GroupOptions<'a' | 'b'>) => Source,
): Source {
  return waits(world, 'group', settings, (waiter) => {
    waiter.tellsFirst = settings.errors === 'first';
    let stopping = false;
    const lifecycle: LifecycleObserver = {
      next({ type, path }) {
        world.poke('lifecycle');
        if (type === 'stopping' && path.length === 1) stopping = true;
        if (settings.throws && type === 'ready') throw world.failures.make('observer', 'lifecycle');
      },
    };
    const { until, errors, concurrency } = settings;
    const controller = new AbortController();
    world.aborts.push(controller);
    if (settings.n > 7) setTimeout(() => controller.abort(), settings.n);
    const options: GroupOptions<'a' | 'b'> = {
      ...graceOf(settings),
      ...(concurrency !== undefined && !settings.needs && { concurrency }),
      until,
      errors,
      lifecycle,
      signal: controller.signal,
    };
    return make(waiter, options).pipe(
      tap(() => {
        if (stopping) world.wrong('a value came from a group that was stopping');
      }),
    );
  });
}
