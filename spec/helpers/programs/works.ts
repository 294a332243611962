import { finalize, ignoreElements, Observable, takeUntil, tap, timer, type MonoTypeOperatorFunction } from 'rxjs';
import { runner, type TeardownContext, type TeardownResult } from '../../../src/index.js';
import { currentWaiter, type Waiter } from './waiters.js';
import { drainedBy, within, type World } from './World.js';

/** What a teardown does. `hangs`: longer than any grace period, unless it is told that this is over. */
export interface WorkSpec {
  readonly does: 'nothing' | 'waits' | 'promise' | 'runs' | 'throws' | 'fails' | 'rejects' | 'hangs';
  readonly after: number;
}

const hangsFor = 3_000;

/** Does the work of a teardown that `waiter` waits for. */
export function workOf(world: World, spec: WorkSpec, name: string, of?: Waiter) {
  return (context?: TeardownContext): TeardownResult => {
    of?.adoptStranger();
    const waiter = of ?? currentWaiter();
    const { does, after } = spec;
    world.poke('teardown');
    const fails = (): Error => world.failures.make('teardown', name, waiter);
    if (does === 'nothing') return undefined;
    if (does === 'throws') throw fails();
    const work = world.begin(`${name} ${does}`, waiter, context);
    const settles = settling(() => {
      world.settle(work);
    });
    const waits: Observable<unknown> = timer(does === 'hangs' ? hangsFor : after).pipe(ignoreElements());
    if (does === 'waits') return waits.pipe(settles);
    if (does === 'hangs') return (context ? waits.pipe(takeUntil(aborted(context.signal))) : waits).pipe(settles);
    if (does === 'fails')
      return waits.pipe(
        tap({
          complete: () => {
            world.settle(work);
            throw fails();
          },
        }),
        settles,
      );
    if (does === 'runs') return runningWork(world, waits.pipe(settles), name, waiter);
    return later(after, () => {
      world.settle(work);
      if (does === 'rejects') throw fails();
    });
  };
}

/** A runner that does the work, and that has a teardown of its own where it is told that the grace period is over. */
function runningWork(world: World, work: Observable<unknown>, name: string, of?: Waiter): Observable<unknown> {
  const running = world.waiting(`${name} runner`, (waiter) =>
    runner({
      run: () => work.pipe(within(world, waiter)),
      teardown: (context) => workOf(world, { does: 'waits', after: 1 }, `${name} teardown`, waiter)(context),
    }),
  );
  if (!of) return running;
  const part = of.part('work');
  part.isWork = true;
  return running.pipe(drainedBy(part));
}

/** A promise in virtual time. */
export async function later<T>(after: number, result: () => T): Promise<T> {
  await new Promise((resolve) => {
    setTimeout(resolve, after);
  });
  return result();
}

function aborted(signal: AbortSignal): Observable<unknown> {
  if (signal.aborted) return timer(0);
  return new Observable((subscriber) => {
    const listener = (): void => {
      subscriber.next(signal.reason);
    };
    signal.addEventListener('abort', listener);
    return () => {
      signal.removeEventListener('abort', listener);
    };
  });
}

/** Calls back before the end is passed on, or when it is left. */
function settling<T>(settled: () => void): MonoTypeOperatorFunction<T> {
  return (source) => source.pipe(tap({ error: settled, complete: settled }), finalize(settled));
}
