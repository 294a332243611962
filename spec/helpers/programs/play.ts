import { config, Observable, Subscriber, type Observer } from 'rxjs';
import { getEventListeners } from 'node:events';
import { drain, group, start } from '../../../src/index.js';
import { expectNoOpenRunners } from '../../../src/testing/index.js';
import type { Made } from './failures.js';
import { build, type Program } from './programs.js';
import { currentWaiter, openScope } from './waiters.js';
import { drainedBy, within, World } from './World.js';

/** A program that is running. */
interface Playing {
  readonly stop: () => void;
}

/** Plays a program to its end, in virtual time; returns what was wrong. */
export async function play(program: Program): Promise<readonly string[]> {
  const world = new World();
  const restore = install(world);
  try {
    await new Player(world, program).play();
  } finally {
    restore();
  }
  return world.violations;
}

function install(world: World): () => void {
  const giveBack = world.clock.install();
  const { onUnhandledError, onStoppedNotification } = config;
  config.onUnhandledError = (error) => {
    world.failures.told(error, 'unhandled');
  };
  config.onStoppedNotification = (notification) => {
    if (notification.kind === 'E') world.failures.stoppedNotification(notification.error);
  };
  const rejected = (error: unknown): void => {
    world.wrong(`an unhandled rejection: ${String(error)}`);
  };
  process.on('unhandledRejection', rejected);
  return () => {
    giveBack();
    Object.assign(config, { onUnhandledError, onStoppedNotification });
    process.off('unhandledRejection', rejected);
  };
}

class Player {
  readonly #world: World;
  readonly #program: Program;
  #playing: Playing | undefined;
  #stopped = false;
  #ended = false;
  #isSubscribed = false;
  #isFromWithin = false;

  constructor(world: World, program: Program) {
    this.#world = world;
    this.#program = program;
  }

  async play(): Promise<void> {
    const world = this.#world;
    const { stop, by } = this.#program;
    let pokes = 0;
    world.onPoke = () => {
      if (stop.at === 'callback' && ++pokes === stop.count) this.#stop();
    };
    if (stop.at === 'time') setTimeout(() => this.#stop(), stop.after);
    const run = { nobody: byNobody, drain: byDrain, group: byGroup, start: byStart }[by];
    try {
      this.#playing = run(world, build(world, this.#program.tree), this.#observer(), (stopNow) => {
        this.#playing = { stop: stopNow };
      });
    } catch (error: unknown) {
      // what a finalizer throws while a source that has ended is subscribed
      world.failures.told(error, 'uncaught');
    }
    this.#isSubscribed = true;
    if (this.#stopped && by === 'start') this.#stopNow();
    const isIdle = await world.clock.run();
    if (!this.#ended && !this.#stopped) {
      const goesOn = world.lives.some(({ endless, torn }) => endless && torn === 0);
      if (!goesOn && !world.failures.stray)
        world.wrong(isIdle ? 'nothing goes on, and it has not ended' : 'it goes on for ever');
      this.#stop();
      if (!(await world.clock.run())) world.wrong('it goes on for ever after the stop');
    }
    if (!this.#ended && by !== 'nobody') world.wrong('it has not ended');
    this.#checkEnd();
  }

  #stop(): void {
    if (this.#stopped || this.#ended) return;
    const world = this.#world;
    this.#stopped = true;
    const waiter = currentWaiter();
    if (this.#program.by === 'drain') world.root.above = waiter;
    // what is subscribed after the stop is torn down in another call
    const isSubscribing = this.#program.by === 'drain' && !this.#isSubscribed;
    if (isSubscribing || (openScope() && (!waiter || world.shares))) world.unclear = true;
    this.#isFromWithin = !!waiter && this.#program.by !== 'start';
    if (!this.#playing) return;
    this.#stopNow();
  }

  #stopNow(): void {
    const world = this.#world;
    const stop = (): void => {
      try {
        this.#playing?.stop();
      } catch (error: unknown) {
        // whoever unsubscribes without a scope is told of finalizers by RxJS
        world.failures.told(error, 'stop');
      }
    };
    if (this.#program.by === 'nobody' || this.#isFromWithin) stop();
    else world.duringStop(stop);
  }

  #observer(): Observer<unknown> {
    const world = this.#world;
    const end = (): void => {
      if (this.#ended) world.wrong('it has ended twice');
      this.#ended = true;
      if (world.root.state === 'running') world.root.end();
    };
    return {
      next: () => {
        if (this.#stopped && this.#playing) world.wrong('a value after the stop');
        if (this.#ended) world.wrong('a value after the end');
        world.poke('next');
      },
      error: (error: unknown) => {
        world.failures.told(error, 'outcome');
        end();
        world.poke('error');
      },
      complete: () => {
        end();
        world.poke('complete');
      },
    };
  }

  #checkEnd(): void {
    const world = this.#world;
    world.checkEnd();
    for (const { name } of world.pending) world.wrong(`${name} has not settled`);
    for (const { name, torn, expected } of world.lives)
      if (!expected().includes(torn))
        world.wrong(`${name} was torn down ${torn} times, not ${expected().join(' or ')}`);
    for (const { signal } of world.aborts)
      if (getEventListeners(signal, 'abort').length > 0) world.wrong('a listener is left on a signal');
    for (const error of world.failures.foreign) world.wrong(`a foreign error: ${String(error)}`);
    for (const made of world.failures.all()) {
      const wrong = verdict(world, made);
      if (wrong) world.wrong(wrong);
    }
    try {
      expectNoOpenRunners();
    } catch (error: unknown) {
      world.wrong((error as Error).message);
    }
  }
}

/** What is wrong with where a failure was told, if something is. */
function verdict(world: World, made: Made): string | undefined {
  const { kind, told, held, waiters, stoppedNotifications, caughtByRxjs, afterLeave } = made;
  const { message } = made.error;
  const all = [...waiters];
  const around = all.flatMap((each) => each.chain());
  const isKept = around.some(
    ({ graced, tellsFirst, restarts }) => graced || tellsFirst || (restarts && (kind === 'run' || caughtByRxjs)),
  );
  const isLate = kind === 'run' && !afterLeave && !around.some(({ isWork }) => isWork);
  // of what is shared several may hear, or nobody
  if (told.length > 1 && !held.has('shared')) return `${message} was told more than once: ${told.join(', ')}`;
  // a promise that is rejected while its subscriber leaves is heard of after that
  const isHeardLater = around.some(({ leftAt }) => leftAt === made.at);
  if (told.includes('unhandled') && isLate && !held.has('shared') && !isHeardLater && !isKept && !world.unclear)
    return `${message} came before its subscriber left, and is unhandled`;
  if (told.length > 0 || held.size > 0 || isKept) return undefined;
  const isForsaken = isLate && (world.unclear || all.some((each) => each.isForsaken));
  if (stoppedNotifications > 0 && (caughtByRxjs || isForsaken)) return undefined;
  return `${message} was told to nobody${stoppedNotifications > 0 ? ' but onStoppedNotification' : ''}`;
}

type Play = (
  world: World,
  source: Observable<unknown>,
  observer: Observer<unknown>,
  stoppable: (stop: () => void) => void,
) => Playing;

/** Nobody waits. */
const byNobody: Play = (_, source, observer, stoppable) => {
  const subscriber = subscriberOf(observer);
  const stop = (): void => subscriber.unsubscribe();
  stoppable(stop);
  source.subscribe(subscriber);
  return { stop };
};

const byDrain: Play = (world, source, observer, stoppable) => {
  const subscriber = subscriberOf(observer);
  const { error, complete } = observer;
  const stop = (): void => {
    drain(subscriber).subscribe({ error, complete });
  };
  stoppable(stop);
  source.pipe(drainedBy(world.root)).subscribe(subscriber);
  return { stop };
};

/** A member of a group, beside one that ends when it is to stop. */
const byGroup: Play = (world, source, observer, stoppable) => {
  let stopping: Subscriber<never> | undefined;
  const stopper = new Observable<never>((subscriber) => {
    stopping = subscriber;
  });
  const stop = (): void => stopping?.complete();
  stoppable(stop);
  group({ stopper, program: source.pipe(within(world, world.root)) }).subscribe(observer);
  return { stop };
};

const byStart: Play = (world, source, { next, error, complete }) => {
  const run = start(source.pipe(within(world, world.root)), { next });
  void run.done.then(complete, error);
  Object.defineProperty(world.root, 'state', { get: () => (run.closed ? 'ended' : 'running') });
  const stop = (): void => {
    const told = (end: Promise<void>): Promise<unknown> =>
      end.then(
        () => undefined,
        (thrown: unknown) => thrown,
      );
    void Promise.all([told(run.done), told(run.stop())]).then(([one, other]) => {
      if (one !== other) world.wrong('stop() tells something else than done');
    });
  };
  return { stop };
};

function subscriberOf(observer: Observer<unknown>): Subscriber<unknown> {
  // eslint-disable-next-line @typescript-eslint/no-deprecated -- what can be left before it has been subscribed
  return Subscriber.create(observer.next, observer.error, observer.complete);
}
