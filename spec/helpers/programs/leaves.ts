import { Observable, tap } from 'rxjs';
import {
  awaitTeardown,
  runner,
  shareResource,
  withResource,
  type RunContext,
  type RunResult,
} from '../../../src/index.js';
import { currentWaiter, type Waiter } from './waiters.js';
import { later, workOf, type WorkSpec } from './works.js';
import { within, type World } from './World.js';

type End = 'complete' | 'error' | 'throw' | 'never';

/** A source without another one. */
export interface Leaf {
  readonly leaf: 'observable' | 'runner' | 'promise' | 'resource';
  readonly values: number;
  /** Milliseconds between them; 0: at once. */
  readonly every: number;
  readonly end: End;
  readonly endsAfter: number;
  readonly teardown: WorkSpec;
  /** Whether the teardown is returned at the end of the subscription, or added at its beginning. */
  readonly returned: boolean;
  /** When it says that it is ready; undefined: never. */
  readonly ready: number | undefined;
  readonly run: WorkSpec;
  readonly acquires: 'value' | 'observable' | 'promise' | 'nothing' | 'throws' | 'fails' | 'rejects';
  readonly aborts: 'clean' | 'later' | 'fails' | 'ignores';
}

const mostLives = 150;

export function leafSource(world: World, leaf: Leaf): Observable<unknown> {
  if (leaf.leaf === 'observable') return plain(world, leaf, leaf.teardown);
  if (leaf.leaf === 'resource') return resource(world, leaf, () => plain(world, leaf, leaf.run));
  return running(world, leaf, (context, waiter) =>
    leaf.leaf === 'promise' ? promised(world, leaf, context, waiter) : plain(world, leaf, leaf.run),
  );
}

/** Written by hand: values and an end in virtual time, and a teardown that is awaited. */
function plain(world: World, leaf: Leaf, teardown: WorkSpec): Observable<unknown> {
  return new Observable((subscriber) => {
    const isReturned = leaf.returned && leaf.end !== 'throw';
    let wasSubscribed = false;
    // what a finalizer downstream throws comes out of the notification: then there is no teardown to return
    const life = world.live('observable', () => (wasSubscribed || !isReturned ? [1] : [0]));
    const isOne = world.lives.length > mostLives;
    const timers: ReturnType<typeof setTimeout>[] = [];
    let subscribing = true;
    const tearDown = (): void => {
      life.torn++;
      timers.forEach(clearTimeout);
      if (teardown.does === 'nothing') world.poke('teardown');
      else if (teardown.does === 'throws') {
        world.poke('teardown');
        throw world.failures.make('teardown', 'finalizer', currentWaiter());
      } else awaitTeardown(workOf(world, teardown, 'observable'));
    };
    const fail = (): Error => world.failures.make('run', 'observable');
    const step = (left: number): void => {
      if (left > 0) {
        subscriber.next(left);
        after(leaf.every, () => step(left - 1));
      } else if (leaf.end !== 'never' || isOne) after(leaf.endsAfter, end);
      else life.endless = true;
    };
    const end = (): void => {
      if (leaf.end === 'throw' && subscribing) throw fail();
      if (leaf.end === 'complete' || leaf.end === 'never') subscriber.complete();
      else if (!subscriber.closed) subscriber.error(fail());
    };
    const after = (milliseconds: number, call: () => void): void => {
      if (subscriber.closed) return;
      if (milliseconds === 0) call();
      else timers.push(setTimeout(call, milliseconds));
    };
    if (!isReturned) subscriber.add(tearDown);
    world.poke('subscribe');
    step(isOne ? 0 : leaf.values);
    subscribing = false;
    wasSubscribed = true;
    return isReturned ? tearDown : undefined;
  });
}

/** A runner around an output; its teardown is called once, if it was stopped before the output had ended. */
export function running(
  world: World,
  leaf: Pick<Leaf, 'teardown' | 'ready'>,
  output: (context: RunContext, waiter: Waiter) => RunResult,
): Observable<unknown> {
  return world.waiting('runner', (waiter) => {
    let ended: { readonly at: number } | undefined;
    const end = (): void => {
      if (waiter.state === 'running') ended ??= { at: world.clock.now };
    };
    let ran = false;
    let stoppedAt: number | undefined;
    const life = world.live('runner', () => {
      if (!ran) return [0];
      if (!ended) return [1];
      return ended.at === stoppedAt ? [0, 1] : [0];
    });
    return runner({
      name: 'r',
      run(context) {
        ran = true;
        waiter.adopt();
        world.poke('run');
        if (leaf.ready !== undefined) setTimeout(context.ready, leaf.ready);
        let result: RunResult;
        try {
          result = output(context, waiter);
        } catch (error: unknown) {
          end();
          throw error;
        }
        if (result instanceof Observable) return result.pipe(within(world, waiter), tap({ error: end, complete: end }));
        if (result) (result as PromiseLike<unknown>).then(end, end);
        else end();
        return result;
      },
      teardown(context) {
        life.torn++;
        stoppedAt = world.clock.now;
        return workOf(world, leaf.teardown, 'runner', waiter)(context);
      },
    });
  });
}

/** The promise of a run, and what it does when it is told to stop. */
function promised(world: World, leaf: Leaf, { signal }: RunContext, waiter: Waiter): Promise<unknown> {
  const work = world.begin('promise', waiter, undefined, false);
  const life = world.live('promise', () => [0]);
  const isEndless = leaf.end === 'never' && world.lives.length <= mostLives;
  life.endless = isEndless;
  const isStopped = leaf.aborts !== 'ignores' || isEndless;
  return new Promise((resolve, reject) => {
    let over = false;
    const end = (fails: boolean, result: unknown): void => {
      if (over) return;
      over = true;
      life.endless = false;
      world.settle(work);
      if (fails) reject(world.failures.make('run', 'promise', waiter));
      else if (signal.aborted && isStopped) reject(signal.reason as Error);
      else resolve(result);
    };
    if (!isEndless)
      setTimeout(() => {
        end(leaf.end === 'error' || leaf.end === 'throw', leaf.values);
      }, leaf.endsAfter);
    const stop = (): void => {
      if (leaf.aborts === 'later') setTimeout(end, leaf.endsAfter, false);
      else end(leaf.aborts === 'fails', undefined);
    };
    if (isStopped && signal.aborted) stop();
    else if (isStopped) signal.addEventListener('abort', stop, { once: true });
  });
}

/** Released once for each time that it was acquired, when its use has settled. */
export function resource(
  world: World,
  leaf: Pick<Leaf, 'acquires' | 'endsAfter' | 'teardown' | 'ready'>,
  use: () => Observable<unknown>,
): Observable<unknown> {
  return world.waiting('resource', (waiter) => {
    let acquired = 0;
    let released = 0;
    const using = waiter.part('use');
    world.atEnd(() => {
      if (acquired !== released) world.wrong(`acquired ${acquired} times, released ${released} times`);
    });
    return withResource({
      name: 'w',
      acquire() {
        const acquiring = waiter.part('acquire');
        acquiring.isUncut = true;
        acquiring.adopt();
        world.poke('acquire');
        const fails = (): Error => world.failures.make('run', 'acquire', waiter);
        const acquire = (): string => {
          acquired++;
          return 'resource';
        };
        return acquisition(leaf, acquire, fails);
      },
      use(_, { ready }) {
        waiter.adoptStranger();
        if (waiter.state !== 'running') world.wrong('used after the stop');
        world.poke('use');
        if (leaf.ready !== undefined) setTimeout(ready, leaf.ready);
        return use().pipe(within(world, using));
      },
      release(_, context) {
        released++;
        const [early] = world.pendingOf(using);
        if (early) world.wrong(`released before ${early.name} had settled`);
        return workOf(world, leaf.teardown, 'release', waiter)(context);
      },
    });
  });
}

/** The same for one that several use: opened by the first, let go by the last, and never two alive. */
export function sharedResource(
  world: World,
  leaf: Pick<Leaf, 'acquires' | 'endsAfter' | 'teardown'>,
): (use: () => Observable<unknown>) => Observable<unknown> {
  let alive = 0;
  const users = new Set<Waiter>();
  world.shares = true;
  world.atEnd(() => {
    if (alive > 0) world.wrong('a shared resource was not released');
  });
  const shared = shareResource({
    name: 's',
    acquire() {
      world.poke('acquire');
      const acquire = (): string => {
        if (++alive > 1) world.wrong('two shared resources are alive');
        return 'resource';
      };
      return acquisition(leaf, acquire, () => toldToAll(world, world.failures.make('run', 'acquire')));
    },
    release() {
      for (const user of users)
        for (const { name } of world.pendingOf(user)) world.wrong(`shared, released before ${name} had settled`);
      users.clear();
      world.poke('release');
      return later(leaf.teardown.after, () => {
        alive--;
        if (leaf.teardown.does === 'rejects') throw toldToAll(world, world.failures.make('teardown', 'release'));
      });
    },
  });
  return (use) =>
    world.waiting('shared', (waiter) =>
      shared.use(() => {
        waiter.adoptStranger();
        const using = waiter.part('use');
        users.add(using);
        world.poke('use');
        return use().pipe(within(world, using));
      }),
    );
}

/** Each user of what is shared may hear of it. */
function toldToAll(world: World, error: Error): Error {
  world.failures.holds(error, 'shared');
  return error;
}

function acquisition(
  { acquires, endsAfter }: Pick<Leaf, 'acquires' | 'endsAfter'>,
  acquire: () => string,
  fails: () => Error,
): Observable<string> | Promise<string> | string {
  if (acquires === 'value') return acquire();
  if (acquires === 'throws') throw fails();
  if (acquires === 'promise') return later(endsAfter, acquire);
  if (acquires === 'rejects')
    return later(endsAfter, () => {
      throw fails();
    });
  return new Observable((subscriber) => {
    const timeout = setTimeout(() => {
      if (acquires === 'fails') subscriber.error(fails());
      else {
        if (acquires === 'observable') subscriber.next(acquire());
        subscriber.complete();
      }
    }, endsAfter);
    return () => clearTimeout(timeout);
  });
}
