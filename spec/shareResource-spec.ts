import { afterEach, describe, expect, it, jest } from '@jest/globals';
import { getEventListeners } from 'node:events';
import {
  concat,
  concatMap,
  config,
  defer,
  EMPTY,
  finalize,
  fromEvent,
  map,
  merge,
  mergeMap,
  NEVER,
  Observable,
  of,
  repeat,
  retry,
  Subject,
  Subscription,
  take,
  takeUntil,
  tap,
  throwError,
  timer,
} from 'rxjs';
import * as entry from '../src/index.js';
import {
  drain,
  exclusive,
  GraceExceededError,
  group,
  restart,
  RunGroupError,
  runner,
  runWhile,
  settle,
  shareResource,
  start,
  StopError,
  stopWhen,
  switchRun,
  type LifecycleEvent,
  type RunContext,
  type RunResult,
  type SharedResourceDefinition,
  type TeardownContext,
} from '../src/index.js';
import { itBehavesLikeAnOperator } from './helpers/battery.js';
import { asInterop } from './helpers/interop.js';
import { expectLeftRunning } from './helpers/leftRunning.js';
import { run } from './helpers/marbles.js';
import { failures, tearingDown } from './helpers/teardowns.js';
import { afterReports, unhandled } from './helpers/unhandled.js';

function released(): jest.Mock<SharedResourceDefinition<unknown>['release']> {
  return jest.fn<SharedResourceDefinition<unknown>['release']>();
}

/** A resource whose life is written down; it is numbered by its openings. */
function logged(parts: Partial<SharedResourceDefinition<string>> = {}) {
  const log: string[] = [];
  let opened = 0;
  const database = shareResource<string>({
    acquire: (context) => {
      log.push('acquire');
      return parts.acquire ? parts.acquire(context) : `db${++opened}`;
    },
    release: (resource, context) => {
      log.push(`release ${resource}`);
      return parts.release?.(resource, context);
    },
  });
  /** Uses it for ever, and says so. */
  const user = (name: string): Observable<never> =>
    database.use((resource) => {
      log.push(`${name} uses ${resource}`);
      return NEVER.pipe(finalize(() => log.push(`${name} leaves`)));
    });
  return { database, log, user };
}

/** What is opened when the spec says so. */
function gate() {
  const openings: Subject<string>[] = [];
  const acquire = (): Observable<string> => {
    const opening = new Subject<string>();
    openings.push(opening);
    return opening;
  };
  return { acquire, open: (resource = 'db') => openings.at(-1)?.next(resource), openings };
}

describe('shareResource', () => {
  const sad = new Error('sad');

  afterEach(() => {
    config.onUnhandledError = null;
    config.onStoppedNotification = null;
  });

  // it never ends: a value that comes with a completion would be one more notification after `take(1)`
  const opened = new Observable<string>((subscriber) => {
    subscriber.next('db');
  });
  itBehavesLikeAnOperator(
    'of what project returns',
    () => (source) => shareResource({ acquire: () => opened, release: () => undefined }).use(() => source),
  );

  it('should open it for the first, and release it when the last has settled', () => {
    run(({ cold, expectObservable, expectSubscriptions }) => {
      const e1 = cold('    --r         ');
      const e1subs = '     ^-!         ';
      const e2 = cold('      a-a-|     ');
      const e2subs = '     --^---!     ';
      const e3 = cold('      -b-b-b-|  ');
      const e3subs = '     --^------!  ';
      const e4 = cold('             --|');
      const e4subs = '     ---------^-!';
      const expected1 = '  --a-a-|     ';
      const expected2 = '  ---b-b-b---|';
      const database = shareResource({ acquire: () => e1, release: () => e4 });

      expectObservable(database.use(() => e2)).toBe(expected1);
      expectObservable(database.use(() => e3)).toBe(expected2);
      expectSubscriptions(e1.subscriptions).toBe(e1subs);
      expectSubscriptions(e2.subscriptions).toBe(e2subs);
      expectSubscriptions(e3.subscriptions).toBe(e3subs);
      expectSubscriptions(e4.subscriptions).toBe(e4subs);
    });
  });

  it('should have who comes while it is being released wait, and open it anew', () => {
    run(({ cold, expectObservable, expectSubscriptions }) => {
      const e1 = cold('   --r                ');
      const e1subs = ['   ^-!                ', '--------^-!         '];
      const e2 = cold('     a-|              ');
      const e2subs = ['   --^-!              ', '----------^-!       ', '----------^-!'];
      const e3 = cold('       ----|          ');
      const e3subs = ['   ----^---!          ', '------------^---!   '];
      const first = '     --a-----|          ';
      const come2 = '     -----^             ';
      const second = '    ----------a-|      ';
      const come3 = '     ------^            ';
      const third = '     ----------a-----|  ';
      const database = shareResource({ acquire: () => e1, release: () => e3 });

      expectObservable(database.use(() => e2)).toBe(first);
      expectObservable(
        database.use(() => e2),
        come2,
      ).toBe(second);
      expectObservable(
        database.use(() => e2),
        come3,
      ).toBe(third);
      expectSubscriptions(e1.subscriptions).toBe(e1subs);
      expectSubscriptions(e2.subscriptions).toBe(e2subs);
      expectSubscriptions(e3.subscriptions).toBe(e3subs);
    });
  });

  it('should hand the same resource to those who join while it is being opened, and while it is open', () => {
    const { acquire, open } = gate();
    const { user, log } = logged({ acquire });

    const subscriptions = [user('a').subscribe(), user('b').subscribe()];
    expect(log).toStrictEqual(['acquire']);
    open('db');
    subscriptions.push(user('c').subscribe());
    for (const subscription of subscriptions) subscription.unsubscribe();

    expect(log).toStrictEqual([
      'acquire',
      'a uses db',
      'b uses db',
      'c uses db',
      'a leaves',
      'b leaves',
      'c leaves',
      'release db',
    ]);
  });

  it('should be opened by nobody who has left while it was being released', () => {
    run(({ cold, hot, expectObservable, expectSubscriptions }) => {
      const e1 = cold('   (r|)     ');
      const e1subs = '    (^!)     ';
      const e2 = cold('   a-|      ');
      const e3 = cold('     ----|  ');
      const e3subs = '    --^---!  ';
      const first = '     a-----|  ';
      const unsub2 = '    ---^-!   ';
      const stop3 = hot(' -----x   ');
      const third = '     -----|   ';
      const database = shareResource({ acquire: () => e1, release: () => e3 });
      const project = jest.fn(() => e2);

      expectObservable(database.use(() => e2)).toBe(first);
      expectObservable(database.use(project), unsub2).toBe('');
      expectObservable(database.use(project).pipe(stopWhen(stop3)), '---^').toBe(third);
      expectSubscriptions(e1.subscriptions).toBe(e1subs);
      expectSubscriptions(e3.subscriptions).toBe(e3subs);
    });
  });

  it('should hold back the error of the last one until it has been released', () => {
    run(({ cold, expectObservable, expectSubscriptions }) => {
      const e2 = cold('  -#      ', undefined, sad);
      const e3 = cold('  ---#    ', undefined, sad);
      const e4 = cold('     ---| ');
      const e4subs = '   ---^--!';
      const first = '    -#     ';
      const second = '   ------#';
      const database = shareResource({ acquire: () => 'db', release: () => e4 });

      expectObservable(database.use(() => e2)).toBe(first, undefined, sad);
      expectObservable(database.use(() => e3)).toBe(second, undefined, sad);
      expectSubscriptions(e4.subscriptions).toBe(e4subs);
    });
  });

  it('should release it for each round, and be opened for the next', () => {
    const { database, log } = logged();

    const values: unknown[] = [];
    database
      .use((resource) => of(resource))
      .pipe(repeat(2))
      .subscribe((value) => values.push(value));

    expect(log).toStrictEqual(['acquire', 'release db1', 'acquire', 'release db2']);
    expect(values).toStrictEqual(['db1', 'db2']);
  });

  it('should be opened a thousand times in turn without recursion', () => {
    const { database, log } = logged();
    let values = 0;

    database
      .use((resource) => of(resource))
      .pipe(repeat(1000))
      .subscribe(() => values++);

    expect(values).toBe(1000);
    expect(log).toHaveLength(2000);
  });

  it('should be used by ten thousand at once', () => {
    const { acquire, open } = gate();
    const { database, log } = logged({ acquire });
    const seen = jest.fn();

    const use = database.use((resource) => of(resource));
    for (let count = 0; count < 10_000; count++) use.subscribe(seen);
    open();

    expect(seen).toHaveBeenCalledTimes(10_000);
    expect(log).toStrictEqual(['acquire', 'release db']);
  });

  it('should do nothing before it is subscribed to, and call project for each subscription', () => {
    const { database, log } = logged();
    const project = jest.fn((_: string) => NEVER);

    const use = database.use(project);
    expect(log).toStrictEqual([]);
    const subscriptions = [use.subscribe(), use.subscribe()];

    expect(project.mock.calls.map(([resource]) => resource)).toStrictEqual(['db1', 'db1']);
    for (const subscription of subscriptions) subscription.unsubscribe();
    expect(log).toStrictEqual(['acquire', 'release db1']);
  });

  it('should share nothing with another object of the same definition', () => {
    const definition = { acquire: jest.fn(() => 'db'), release: released() };
    const [one, other] = [shareResource(definition), shareResource(definition)];

    const subscription = merge(
      one.use(() => NEVER),
      other.use(() => NEVER),
    ).subscribe();
    subscription.unsubscribe();

    expect(definition.acquire).toHaveBeenCalledTimes(2);
    expect(definition.release).toHaveBeenCalledTimes(2);
  });

  it('should finalize what project returned, release, notify, and then finalize the sink', () => {
    const { database, log } = logged();

    database
      .use(() => of('a').pipe(finalize(() => log.push('project'))))
      .pipe(finalize(() => log.push('sink')))
      .subscribe({ complete: () => log.push('complete') });

    expect(log).toStrictEqual(['acquire', 'project', 'release db1', 'complete', 'sink']);
  });

  it('should keep this in an instance of a class', () => {
    class Pool implements SharedResourceDefinition<string> {
      readonly name = 'pool';
      readonly log: string[] = [];

      acquire(): string {
        return this.name;
      }

      release(resource: string): void {
        this.log.push(`released ${resource}`);
      }
    }
    const pool = new Pool();

    shareResource(pool)
      .use((resource) => {
        pool.log.push(`used ${resource}`);
      })
      .subscribe();

    expect(pool.log).toStrictEqual(['used pool', 'released pool']);
  });

  it('should be used twice by one who nests its uses', () => {
    const { database, log, user } = logged();

    const subscription = database
      .use((resource) => {
        log.push(`outer uses ${resource}`);
        return user('inner').pipe(finalize(() => log.push('outer leaves')));
      })
      .subscribe();
    subscription.unsubscribe();

    expect(log).toStrictEqual([
      'acquire',
      'outer uses db1',
      'inner uses db1',
      'inner leaves',
      'outer leaves',
      'release db1',
    ]);
  });

  it('should release two in the reverse order when they are nested', () => {
    const [outer, inner] = [logged(), logged()];
    const log: string[] = [];
    const both = outer.database.use(() => inner.user('both').pipe(tearingDown(() => void log.push(...inner.log))));

    both.pipe(stopWhen(of(1))).subscribe();
    const subscription = both.subscribe();
    expect([outer.log, inner.log]).toStrictEqual([['acquire'], ['acquire', 'both uses db1']]);
    subscription.unsubscribe();

    expect(log).toStrictEqual(['acquire', 'both uses db1', 'both leaves', 'release db1']);
    expect(outer.log).toStrictEqual(['acquire', 'release db1']);
  });

  describe('acquire', () => {
    it.each([
      ['a value', () => 'db'],
      ['an Observable', () => of('db', 'ignored')],
      ['a promise', () => Promise.resolve('db')],
      ['a thenable', () => ({ then: (onFulfilled: (value: string) => void) => onFulfilled('db') })],
    ])('should take %s', async (_, acquire) => {
      const seen: unknown[] = [];
      const database = shareResource<unknown>({
        acquire,
        release: (resource) => {
          seen.push(`released ${String(resource)}`);
        },
      });

      await start(
        database.use((resource) => of(resource)),
        (value) => seen.push(value),
      ).done;

      expect(seen).toStrictEqual(['db', 'released db']);
    });

    it.each([
      ['an array', ['db']],
      ['undefined', undefined],
      ['null', null],
      ['a function', () => 'db'],
    ])('should take %s as the resource itself', (_, resource) => {
      const seen: unknown[] = [];
      const database = shareResource({
        acquire: () => resource,
        release: (released) => {
          seen.push(released);
        },
      });

      database
        .use((used) => {
          seen.push(used);
        })
        .subscribe();

      expect(seen).toStrictEqual([resource, resource]);
    });

    it('should fail all who wait for it, and be tried again by the next', () => {
      run(({ cold, hot, expectObservable, expectSubscriptions }) => {
        const e1 = cold('   --#           ', undefined, sad);
        const e1subs = '    ^-!           ';
        const e2 = cold('        --r      ');
        const e2subs = '    -----^-!      ';
        const e3 = cold('          a-|    ');
        const e3subs = '    -------^-!    ';
        const first = '     --#           ';
        const second = hot('-x            ');
        const come = ' -----^        ';
        const expected = '  -------a-|    ';
        const release = released();
        const attempts = [e1, e2];
        const database = shareResource({ acquire: () => attempts.shift() ?? NEVER, release });
        const use = database.use(() => e3);

        expectObservable(use).toBe(first, undefined, sad);
        expectObservable(second.pipe(mergeMap(() => use))).toBe(first, undefined, sad);
        expectObservable(use.pipe(tap({ complete: () => expect(release).toHaveBeenCalledTimes(1) })), come).toBe(
          expected,
        );
        expectSubscriptions(e1.subscriptions).toBe(e1subs);
        expectSubscriptions(e2.subscriptions).toBe(e2subs);
        expectSubscriptions(e3.subscriptions).toBe(e3subs);
      });
    });

    it('should err when it throws, with nothing used or released', () => {
      const project = jest.fn(() => NEVER);
      const release = released();
      const errors: unknown[] = [];
      const database = shareResource({
        acquire: (): string => {
          throw sad;
        },
        release,
      });

      const use = database.use(project);
      use.subscribe({ error: (error: unknown) => errors.push(error) });
      use.subscribe({ error: (error: unknown) => errors.push(error) });

      expect(errors).toStrictEqual([sad, sad]);
      expect(project).not.toHaveBeenCalled();
      expect(release).not.toHaveBeenCalled();
    });

    it('should err when its promise rejects, for all who wait', async () => {
      const acquire = jest.fn(() => Promise.reject<string>(sad));
      const database = shareResource({ acquire, release: () => undefined });
      const use = database.use(() => NEVER);

      const outcomes = await Promise.allSettled([start(use).done, start(use).done]);

      expect(outcomes).toStrictEqual([
        { status: 'rejected', reason: sad },
        { status: 'rejected', reason: sad },
      ]);
      expect(acquire).toHaveBeenCalledTimes(1);
    });

    it('should err when it completes without a resource', () => {
      const errors: unknown[] = [];

      shareResource({ acquire: () => EMPTY as Observable<string>, release: () => undefined })
        .use(() => NEVER)
        .subscribe({ error: (error: unknown) => errors.push(error) });

      expect(errors).toStrictEqual([expect.any(TypeError)]);
      expect(String(errors[0])).toContain("shareResource: 'acquire'");
    });

    it('should not be cut off when one of several is stopped, which ends at once', () => {
      run(({ cold, expectObservable, expectSubscriptions }) => {
        const e1 = cold('  ----r     ');
        const e1subs = '   ^---!     ';
        const e2 = cold('      a-|   ');
        const e2subs = '   ----^-!   ';
        const e3 = cold('        --| ');
        const e3subs = '   ------^-! ';
        const stop = '     --x       ';
        const first = '    --|       ';
        const second = '   ----a---| ';
        const aborted = jest.fn();
        const database = shareResource({
          acquire: ({ signal }) => {
            signal.addEventListener('abort', aborted);
            return e1;
          },
          release: () => e3,
        });
        const neverUsed = jest.fn(() => NEVER);

        expectObservable(database.use(neverUsed).pipe(stopWhen(cold(stop)))).toBe(first);
        expectObservable(
          database
            .use(() => e2)
            .pipe(
              tap({
                complete: () => {
                  expect(neverUsed).not.toHaveBeenCalled();
                  expect(aborted).not.toHaveBeenCalled();
                },
              }),
            ),
        ).toBe(second);
        expectSubscriptions(e1.subscriptions).toBe(e1subs);
        expectSubscriptions(e2.subscriptions).toBe(e2subs);
        expectSubscriptions(e3.subscriptions).toBe(e3subs);
      });
    });

    it('should be waited for by the last who is stopped, which aborts its signal, and releases what it opens', () => {
      run(({ cold, expectObservable, expectSubscriptions }) => {
        const e1 = cold('  -----r---| ');
        const e1subs = '   ^----!     ';
        const e3 = cold('       ---|  ');
        const e3subs = '   -----^--!  ';
        const first = '    --|        ';
        const second = '   --------|  ';
        const project = jest.fn(() => NEVER);
        const signals: unknown[] = [];
        const database = shareResource({
          acquire: ({ signal }) => {
            signal.addEventListener('abort', () => signals.push(signal.reason));
            return e1;
          },
          release: (resource, { reason, signal }) => {
            expect(resource).toBe('r');
            expect(signals).toStrictEqual([reason]);
            expect(signal.aborted).toBe(false);
            expect(project).not.toHaveBeenCalled();
            return e3;
          },
        });

        expectObservable(database.use(project).pipe(stopWhen(cold('--x')))).toBe(first);
        expectObservable(database.use(project).pipe(stopWhen(cold('---x')))).toBe(second);
        expectSubscriptions(e1.subscriptions).toBe(e1subs);
        expectSubscriptions(e3.subscriptions).toBe(e3subs);
      });
    });

    it('should have who comes after that wait, and open it anew', () => {
      run(({ cold, expectObservable, expectSubscriptions }) => {
        const e1 = cold('   ----r            ');
        const e1subs = ['   ^---!            ', '------^---!      '];
        const e2 = cold('             a-|    ');
        const e2subs = '    ----------^-!    ';
        const e3 = cold('       --|          ');
        const e3subs = ['   ----^-!          ', '------------^-!  '];
        const unsub = '     --!              ';
        const come = '  ---^             ';
        const expected = '  ----------a---|  ';
        const database = shareResource({ acquire: () => e1, release: () => e3 });

        expectObservable(
          database.use(() => NEVER),
          unsub,
        ).toBe('');
        expectObservable(
          database.use(() => e2),
          come,
        ).toBe(expected);
        expectSubscriptions(e1.subscriptions).toBe(e1subs);
        expectSubscriptions(e2.subscriptions).toBe(e2subs);
        expectSubscriptions(e3.subscriptions).toBe(e3subs);
      });
    });

    it('should let who comes after that try, though it has failed', () => {
      run(({ cold, expectObservable, expectSubscriptions }) => {
        const e1 = cold('   ----#       ', undefined, sad);
        const e1subs = '    ^---!       ';
        const e2 = cold('       --r     ');
        const e2subs = '    ----^-!     ';
        const e3 = cold('         a|    ');
        const stopped = '   ----(x|)    ';
        const come = '  ---^        ';
        const expected = '  ------a|    ';
        const attempts = [e1, e2];
        const database = shareResource({ acquire: () => attempts.shift() ?? NEVER, release: () => undefined });

        const first = database.use(() => NEVER).pipe(stopWhen(cold('--x')), failures);
        expectObservable(first).toBe(stopped, { x: sad });
        expectObservable(
          database.use(() => e3),
          come,
        ).toBe(expected);
        expectSubscriptions(e1.subscriptions).toBe(e1subs);
        expectSubscriptions(e2.subscriptions).toBe(e2subs);
      });
    });

    it('should be a failure of the run of the last one what it fails with after the stop', async () => {
      const acquire = ({ signal }: Pick<RunContext, 'signal'>): Promise<string> =>
        new Promise((_, reject) => {
          signal.addEventListener('abort', () => reject(sad), { once: true });
        });
      const database = shareResource({ acquire, release: () => undefined });
      const use = database.use(() => NEVER);

      const outcome = start(group({ first: use, last: use })).stop();

      await expect(outcome).rejects.toMatchObject({ failures: [{ path: ['last'], phase: 'run', error: sad }] });
    });

    it('should have stopped cleanly when it rejects with the reason of the signal', async () => {
      const acquire = ({ signal }: Pick<RunContext, 'signal'>): Promise<string> =>
        new Promise((_, reject) => {
          signal.addEventListener('abort', () => reject(signal.reason as Error), { once: true });
        });
      const release = released();
      const use = shareResource({ acquire, release }).use(() => NEVER);

      await expect(start(group([use, use])).stop()).resolves.toBeUndefined();
      expect(release).not.toHaveBeenCalled();
    });

    it('should have stopped cleanly when it completes without a resource, because the signal has aborted', async () => {
      const release = released();
      const use = shareResource({
        acquire: ({ signal }) => NEVER.pipe(takeUntil(fromEvent(signal, 'abort'))) as Observable<string>,
        release,
      }).use(() => NEVER);

      await expect(start(use).stop()).resolves.toBeUndefined();
      expect(release).not.toHaveBeenCalled();
    });

    it('should be waited for when it is a promise, and release what it opened', async () => {
      let resolve!: (resource: string) => void;
      const { user, log } = logged({ acquire: () => new Promise((opened) => (resolve = opened)) });
      const running = start(user('a'));

      const stopped = running.stop();
      await afterReports();
      expect(running.closed).toBe(false);
      resolve('db');
      await stopped;

      expect(log).toStrictEqual(['acquire', 'release db']);
    });

    it('should wait for the teardown of an Observable that has opened the resource, before it is used', () => {
      run(({ cold, expectObservable, expectSubscriptions }) => {
        const e1 = cold('  --r        ');
        const e1subs = '   ^-!        ';
        const e2 = cold('    ---|     ');
        const e2subs = '   --^--!     ';
        const e3 = cold('       --a-| ');
        const e3subs = '   -----^---! ';
        const expected = ' -------a-| ';
        const database = shareResource({ acquire: () => e1.pipe(tearingDown(e2)), release: () => undefined });

        expectObservable(database.use(() => e3)).toBe(expected);
        expectSubscriptions(e1.subscriptions).toBe(e1subs);
        expectSubscriptions(e2.subscriptions).toBe(e2subs);
        expectSubscriptions(e3.subscriptions).toBe(e3subs);
      });
    });

    it('should fail all who wait when that teardown fails, and release what it has opened, once', () => {
      run(({ cold, expectObservable, expectSubscriptions }) => {
        const e1 = cold('  --r             ');
        const e1subs = ['  ^-!             ', '---------^-!     '];
        const e2 = cold('    ---#          ', undefined, sad);
        const e3 = cold('       ----|      ');
        const e3subs = ['  -----^---!      ', '--------------^---!'];
        const first = '    -----(x|)       ';
        const second = '   ---------(x|)   ';
        const come = ' -------^        ';
        const third = '    ------------------(x|)';
        const database = shareResource({ acquire: () => e1.pipe(tearingDown(e2)), release: () => e3 });
        const use = database.use(() => NEVER).pipe(failures);

        expectObservable(use).toBe(first, { x: sad });
        expectObservable(use).toBe(second, { x: sad });
        // it is open as long as it has not been released
        expectObservable(use, come).toBe(third, { x: sad });
        expectSubscriptions(e1.subscriptions).toBe(e1subs);
        expectSubscriptions(e3.subscriptions).toBe(e3subs);
      });
    });

    it('should neither name a member nor make it ready', () => {
      const events: string[] = [];
      const { acquire, open } = gate();
      const opening = runner({ name: 'opening', run: acquire });
      const database = shareResource({ acquire: () => opening, release: () => undefined });

      const subscription = group([database.use(() => NEVER)], {
        lifecycle: { next: ({ path, type }) => events.push(`${path.join('/')} ${type}`) },
      }).subscribe();
      open();
      subscription.unsubscribe();

      expect(events).toStrictEqual(['0 starting', '0 stopping', '0 stopped']);
    });

    it('should leave no listener on its signal', () => {
      const signals: AbortSignal[] = [];
      const database = shareResource({
        acquire: ({ signal }) => {
          signals.push(signal);
          return 'db';
        },
        release: () => undefined,
      });

      const subscription = database.use(() => NEVER).subscribe();
      const during = signals.map((signal) => getEventListeners(signal, 'abort').length);
      subscription.unsubscribe();

      expect(during).toStrictEqual([0]);
      expect(signals.map((signal) => getEventListeners(signal, 'abort').length)).toStrictEqual([0]);
      expect(signals.map(({ aborted }) => aborted)).toStrictEqual([false]);
    });
  });

  describe('project', () => {
    it('should release when it throws, and only then err', () => {
      run(({ cold, expectObservable, expectSubscriptions }) => {
        const e3 = cold('  ---|  ');
        const e3subs = '   ^--!  ';
        const expected = ' ---#  ';
        const database = shareResource({ acquire: () => 'db', release: () => e3 });
        const throwing = (): Observable<string> => {
          throw sad;
        };

        expectObservable(database.use(throwing)).toBe(expected, undefined, sad);
        expectSubscriptions(e3.subscriptions).toBe(e3subs);
      });
    });

    it('should release when its promise rejects, and only then err', async () => {
      const { database, log } = logged({ release: () => timer(0).pipe(tap(() => log.push('released'))) });

      const outcome = start(database.use(() => Promise.reject(sad))).done.finally(() => log.push('done'));

      await expect(outcome).rejects.toBe(sad);
      expect(log).toStrictEqual(['acquire', 'release db1', 'released', 'done']);
    });

    it('should release and complete when it returns nothing', () => {
      run(({ cold, expectObservable, expectSubscriptions }) => {
        const e3 = cold('  ---|  ');
        const e3subs = '   ^--!  ';
        const expected = ' ---|  ';
        const database = shareResource({ acquire: () => 'db', release: () => e3 });

        expectObservable(database.use(() => undefined)).toBe(expected);
        expectSubscriptions(e3.subscriptions).toBe(e3subs);
      });
    });

    it('should release and fail when it returns what nobody can wait for', () => {
      const { database, log } = logged();
      const errors: unknown[] = [];

      database.use(() => 'done' as never).subscribe({ error: (error: unknown) => errors.push(error) });

      expect(errors).toStrictEqual([expect.any(TypeError)]);
      expect(String(errors[0])).toContain("'done'");
      expect(log).toStrictEqual(['acquire', 'release db1']);
    });

    it.each([
      ['an array', () => ['a', 'b'], ['a', 'b']],
      ['a promise', () => Promise.resolve('a'), ['a']],
      ['a promise without a result', () => Promise.resolve(), []],
      ['a promise of an Observable', () => Promise.resolve(of('a', 'b')), ['a', 'b']],
      ['an interop Observable', () => asInterop(of('a', 'b')), ['a', 'b']],
      [
        'an async generator',
        async function* () {
          yield await Promise.resolve('a');
        },
        ['a'],
      ],
    ])('should take %s', async (_, project, expected) => {
      const { database, log } = logged();
      const seen: unknown[] = [];

      await start(database.use<RunResult>(project), (value) => seen.push(value)).done;

      expect(seen).toStrictEqual(expected);
      expect(log).toStrictEqual(['acquire', 'release db1']);
    });

    it('should have settled before release is called', async () => {
      const { database, log } = logged();
      const use = database.use((_, { signal }) =>
        new Promise<void>((resolve) => {
          signal.addEventListener('abort', () => resolve(), { once: true });
        }).finally(async () => {
          await afterReports();
          log.push('project');
        }),
      );

      await start(use).stop();

      expect(log).toStrictEqual(['acquire', 'project', 'release db1']);
    });

    it('should stop when it is unsubscribed from within', () => {
      const { database, log } = logged();
      const stop = new Subject<void>();
      const completed = jest.fn();

      database
        .use(() => {
          stop.next();
          return NEVER;
        })
        .pipe(stopWhen(stop))
        .subscribe({ complete: completed });

      expect(log).toStrictEqual(['acquire', 'release db1']);
      expect(completed).toHaveBeenCalledTimes(1);
    });
  });

  describe('release', () => {
    it.each([
      ['completes', of('a')],
      ['errs', throwError(() => sad)],
      ['is cut', NEVER],
    ])('should be called once, with the resource, when project %s', (_, source) => {
      const { database, log } = logged();

      const subscription = database.use(() => source).subscribe({ error: () => undefined });
      subscription.unsubscribe();
      subscription.unsubscribe();

      expect(log).toStrictEqual(['acquire', 'release db1']);
    });

    it('should be called once when it unsubscribes its own run', () => {
      const { user, log } = logged({
        release: () => {
          subscription.unsubscribe();
        },
      });
      const subscription = user('a').subscribe();

      subscription.unsubscribe();

      expect(log).toStrictEqual(['acquire', 'a uses db1', 'a leaves', 'release db1']);
    });

    it('should be a failure of the last one what it fails with, and the next one opens anew', () => {
      run(({ cold, expectObservable, expectSubscriptions }) => {
        const e1 = cold('  a|          ');
        const e2 = cold('  b-|         ');
        const e3 = cold('    --#       ', undefined, sad);
        const e3subs = ['  --^-!       ', '-----^-!      '];
        const first = '    a|          ';
        const second = '   b---(x|)    ';
        const come = ' ---^        ';
        const third = '    ----a--(x|) ';
        const database = shareResource({ acquire: () => 'db', release: () => e3 });

        expectObservable(database.use(() => e1)).toBe(first);
        expectObservable(database.use(() => e2).pipe(failures)).toBe(second, { b: 'b', x: sad });
        expectObservable(database.use(() => e1).pipe(failures), come).toBe(third, { a: 'a', x: sad });
        expectSubscriptions(e3.subscriptions).toBe(e3subs);
      });
    });

    it('should be a failure of its teardown, by its name', async () => {
      const { user } = logged({ release: () => Promise.reject(sad) });

      const outcome = start(group({ first: user('a'), last: user('b') })).stop();

      await expect(outcome).rejects.toMatchObject({ failures: [{ path: ['last'], phase: 'teardown', error: sad }] });
    });

    it('should err with what it throws, after what project failed with', () => {
      const stuck = new Error('stuck');
      const { database, log } = logged({
        release: () => {
          throw stuck;
        },
      });
      const errors: unknown[] = [];

      database.use(() => throwError(() => sad)).subscribe({ error: (error: unknown) => errors.push(error) });
      database.use(() => of('a')).subscribe({ error: (error: unknown) => errors.push(error) });

      expect(errors).toStrictEqual([
        new RunGroupError([
          { path: [], phase: 'run', error: sad },
          { path: [], phase: 'teardown', error: stuck },
        ]),
        stuck,
      ]);
      expect(log).toStrictEqual(['acquire', 'release db1', 'acquire', 'release db2']);
    });

    it('should report what it fails with when nobody waits for it', async () => {
      const errors = unhandled();
      const { user } = logged({ release: () => Promise.reject(sad) });

      const subscriptions = [user('a').subscribe(), user('b').subscribe()];
      for (const subscription of subscriptions) subscription.unsubscribe();
      await afterReports();

      expect(errors).toStrictEqual([sad]);
    });

    it('should fail where it returns what nobody can wait for, and the next one opens anew', () => {
      const { database, log } = logged({ release: () => ({ on: () => 0, close: () => 0 }) as never });
      const errors: unknown[] = [];

      for (let count = 0; count < 2; count++)
        database.use(() => of('a')).subscribe({ error: (error: unknown) => errors.push(error) });

      expect(errors).toStrictEqual([expect.any(TypeError), expect.any(TypeError)]);
      expect(String(errors[0])).toContain('release: what it returns');
      expect(log).toStrictEqual(['acquire', 'release db1', 'acquire', 'release db2']);
    });

    it('should be told why, and when the grace period is over', () => {
      run(({ cold, time, expectObservable, expectSubscriptions }) => {
        const e1 = cold('  --a---------');
        const e1subs = '   ^--!        ';
        const e2 = cold('     ---------');
        const e2subs = '   ---^        ';
        const stop = '     ---x        ';
        const grace = time('  ----|    ');
        const expected = ' --a----#    ';
        const seen: unknown[] = [];
        const database = shareResource({
          acquire: () => 'db',
          release: (_, { reason, signal }: TeardownContext) => {
            seen.push(reason);
            signal.addEventListener('abort', () => seen.push('grace'));
            return e2;
          },
        });
        const told = tap({
          error: () => {
            expect(seen).toStrictEqual([expect.any(StopError), 'grace']);
          },
        });

        expectObservable(database.use(() => e1).pipe(stopWhen(cold(stop), { grace }), told)).toBe(
          expected,
          undefined,
          new GraceExceededError([], 4),
        );
        expectSubscriptions(e1.subscriptions).toBe(e1subs);
        expectSubscriptions(e2.subscriptions).toBe(e2subs);
      });
    });

    it('should go on when whoever waits for it is unsubscribed', () => {
      run(({ cold, expectObservable, expectSubscriptions }) => {
        const e1 = cold('  --a--|      ');
        const e2 = cold('       ---|   ');
        const e2subs = ['  -----^--!   ', '-------------^--!'];
        const unsub = '    ------!     ';
        const expected = ' --a---      ';
        const come = ' -------^    ';
        const next = '     ----------a-----|';
        const database = shareResource({ acquire: () => 'db', release: () => e2 });

        expectObservable(
          database.use(() => e1),
          unsub,
        ).toBe(expected);
        expectObservable(
          database.use(() => e1),
          come,
        ).toBe(next);
        expectSubscriptions(e2.subscriptions).toBe(e2subs);
      });
    });

    it('should be waited for by whoever comes to wait for it when it has begun', () => {
      run(({ cold, expectObservable, expectSubscriptions }) => {
        const e1 = cold('  --a--|   ');
        const e2 = cold('       ---| ');
        const e2subs = '   -----^--!';
        const stop = '     ------x  ';
        const expected = ' --a-----|';
        const database = shareResource({ acquire: () => 'db', release: () => e2 });

        expectObservable(database.use(() => e1).pipe(stopWhen(cold(stop)))).toBe(expected);
        expectSubscriptions(e2.subscriptions).toBe(e2subs);
      });
    });
  });

  describe('when a grace period is over', () => {
    /** A database whose release says whether its signal had aborted. */
    function releasing(acquire: () => Observable<string> | string, release: Observable<unknown> = EMPTY) {
      const released: unknown[] = [];
      const database = shareResource({
        acquire,
        release: (resource, { signal }) => {
          released.push([resource, signal.aborted]);
          return release;
        },
      });
      return { database, released };
    }

    function latecomers(...names: string[]): unknown {
      return names.map((name) => ({ path: [name], phase: 'grace', error: new GraceExceededError([name], 2) }));
    }

    it('should be released once, with a signal that has aborted, where the work of all hangs', () => {
      const { database, released } = releasing(() => 'db');

      run(({ cold, expectObservable }) => {
        const use = database.use(() => NEVER.pipe(tearingDown(NEVER)));
        const members = group({ a: use, b: use }, { grace: 2 });

        expectObservable(members.pipe(stopWhen(cold('-x')), failures)).toBe('---(x|)', { x: latecomers('a', 'b') });
        expectObservable(
          database.use((resource) => of(resource)),
          '----^',
        ).toBe('----(x|)', { x: 'db' });
      });

      expect(released).toStrictEqual([
        ['db', true],
        ['db', false],
      ]);
    });

    it('should be released once where one of them settles, and late', () => {
      const { database, released } = releasing(() => 'db');

      run(({ cold, expectObservable }) => {
        const late = database.use(() => NEVER.pipe(tearingDown(cold('-----|'))));
        const quick = database.use(() => NEVER.pipe(tearingDown(cold('-|'))));

        const members = group({ late, quick }, { grace: 2 });
        expectObservable(members.pipe(stopWhen(cold('-x')), failures)).toBe('---(x|)', { x: latecomers('late') });
      });

      expect(released).toStrictEqual([['db', true]]);
    });

    it('should stay open for those whom nobody has stopped', () => {
      const { database, released } = releasing(() => 'db');

      run(({ cold, expectObservable }) => {
        const hanging = database.use(() => NEVER.pipe(tearingDown(NEVER)));
        const outlives = database.use(() => cold('-----a|'));

        const stopped = group({ hanging }, { grace: 2 }).pipe(stopWhen(cold('-x')), failures);
        expectObservable(stopped).toBe('---(x|)', { x: latecomers('hanging') });
        expectObservable(outlives.pipe(tap(() => expect(released).toStrictEqual([])))).toBe('-----a|');
      });

      expect(released).toStrictEqual([['db', false]]);
    });

    it('should be released when it is opened later, however many had waited', () => {
      run(({ cold, expectObservable, expectSubscriptions }) => {
        const e1 = cold('   ------r           ');
        const e1subs = ['   ^-----!           ', '--------^-----!'];
        const e2 = cold('         --|         ');
        const e2subs = ['   ------^-!         ', '--------------^-!'];
        const stopped = '   ---(x|)           ';
        const come = '  ----^             ';
        const next = '      --------------a-| ';
        const { database, released } = releasing(() => e1, e2);
        const use = database.use(() => NEVER);
        const nextUse = database.use(() => of('a'));

        const members = group({ a: use, b: use, c: use }, { grace: 2 });
        // they have left; the last one waits
        expectObservable(members.pipe(stopWhen(cold('-x')), failures)).toBe(stopped, { x: latecomers('c') });
        expectObservable(
          nextUse.pipe(
            tap({
              complete: () => {
                expect(released).toStrictEqual([
                  ['r', true],
                  ['r', false],
                ]);
              },
            }),
          ),
          come,
        ).toBe(next);
        expectSubscriptions(e1.subscriptions).toBe(e1subs);
        expectSubscriptions(e2.subscriptions).toBe(e2subs);
      });
    });

    it('should be released where what has opened it hangs', () => {
      const { database, released } = releasing(() => of('db').pipe(tearingDown(NEVER)));

      run(({ cold, expectObservable }) => {
        const use = database.use(() => NEVER);
        const members = group({ a: use, b: use }, { grace: 2 });

        expectObservable(members.pipe(stopWhen(cold('-x')), failures)).toBe('---(x|)', { x: latecomers('b') });
      });

      expect(released).toStrictEqual([['db', true]]);
    });

    it('should have who comes wait for a release that hangs, as long as it does', () => {
      run(({ cold, expectObservable, expectSubscriptions }) => {
        const e1 = cold('   r                 ');
        const e1subs = ['   (^!)              ', '------(^!)        '];
        const e2 = cold('    -----|           ');
        const e2subs = ['   -^----!           ', '------^----!      '];
        const stopped = '   ---(x|)           ';
        const come = '  ----^             ';
        const next = '      ------a----|      ';
        const { database } = releasing(() => e1, e2);

        const member = group({ a: database.use(() => NEVER) }, { grace: 2 });
        expectObservable(member.pipe(stopWhen(cold('-x')), failures)).toBe(stopped, { x: latecomers('a') });
        expectObservable(
          database.use(() => of('a')),
          come,
        ).toBe(next);
        expectSubscriptions(e1.subscriptions).toBe(e1subs);
        expectSubscriptions(e2.subscriptions).toBe(e2subs);
      });
    });

    it('should be over at once for who waits for a release', () => {
      run(({ cold, expectObservable }) => {
        const { database, released } = releasing(() => 'db', cold('------|'));
        const use = database.use(() => of('a'));

        expectObservable(use).toBe('a-----|');
        expectObservable(group({ use }, { grace: 2 }).pipe(stopWhen(cold('-x'))), '-^').toBe('--|');
        expectObservable(cold('-------|').pipe(tap({ complete: () => expect(released).toHaveLength(1) }))).toBe(
          '-------|',
        );
      });
    });

    it('should leave its own run behind where the work of a user hangs, and nothing else', () => {
      const { database } = releasing(() => 'db');
      const grace = new Subject<void>();
      const hanging = database.use(() => runner({ run: () => NEVER, teardown: () => NEVER }));

      const stop = new Subject<void>();
      hanging.pipe(stopWhen(stop, { grace })).subscribe({ error: () => undefined });
      stop.next();
      grace.next();

      // the runner that hangs, and the one around it
      expectLeftRunning(2);
    });
  });

  describe('in a group', () => {
    function observing() {
      const events: string[] = [];
      const lifecycle = {
        next: ({ path, type }: LifecycleEvent) => {
          events.push(`${path.join('/')} ${type}`);
        },
      };
      return { events, lifecycle };
    }

    it('should hand it to members, which start when it is open, and be released when the last has settled', () => {
      const { events, lifecycle } = observing();
      const { acquire, open } = gate();
      const { database, log } = logged({ acquire });
      const [first, second] = [new Subject<string>(), new Subject<string>()];

      const members = {
        api: database.use(() => first),
        worker: database.use((_, { ready }) => {
          ready();
          return second.pipe(tearingDown(() => void events.push(...log)));
        }),
      };
      const subscription = group(members, { lifecycle }).subscribe();
      expect(events).toStrictEqual(['api starting', 'worker starting']);
      open();
      first.next('a');
      subscription.unsubscribe();

      expect(events.slice(2)).toStrictEqual([
        'worker ready',
        'api ready',
        'api stopping',
        'api stopped',
        'worker stopping',
        'acquire',
        'worker stopped',
      ]);
      expect(log).toStrictEqual(['acquire', 'release db']);
    });

    it('should give them its name, if they have none', () => {
      const { events, lifecycle } = observing();
      const database = shareResource({ name: 'database', acquire: () => 'db', release: () => undefined });

      group([database.use(() => of('a')), database.use(() => NEVER)], { lifecycle }).subscribe();
      group({ own: database.use(() => of('a')) }, { lifecycle }).subscribe();

      expect(events.filter((event) => / (ready|completed|stopped)$/.test(event))).toStrictEqual([
        'database ready',
        'database completed',
        'own ready',
        'own completed',
      ]);
    });

    it('should tell of a group in there, which answers for its readiness', () => {
      const { events, lifecycle } = observing();
      const { acquire, open } = gate();
      const { database } = logged({ acquire });
      const second = new Subject<string>();
      const service = database.use(() => group({ one: concat(of('a'), NEVER), two: second }));

      const subscription = group({ service }, { lifecycle }).subscribe();
      open();
      second.next('b');

      expect(events).toStrictEqual([
        'service starting',
        'service/one starting',
        'service/one ready',
        'service/two starting',
        'service/two ready',
        'service ready',
      ]);
      subscription.unsubscribe();
    });

    it('should be ready as `start` understands it, and be told in its report', async () => {
      const database = shareResource({ acquire: () => Promise.resolve('db'), release: () => Promise.resolve() });
      const member = database.use((_, { ready }) => {
        ready();
        return NEVER;
      });

      const running = start(group({ api: member, worker: member }));
      await running.ready;

      expect(running.report().members).toMatchObject({ api: { state: 'ready' }, worker: { state: 'ready' } });
      await running.stop();
    });

    it('should keep to the order of needs', () => {
      const { database, log, user } = logged();
      const migration = database.use((resource) => {
        log.push(`migrates ${resource}`);
        return of('done');
      });

      const subscription = group({ api: user('api'), migration }, { needs: { api: ['migration'] } }).subscribe();
      subscription.unsubscribe();

      // nobody else has it open between them
      expect(log).toStrictEqual([
        'acquire',
        'migrates db1',
        'release db1',
        'acquire',
        'api uses db2',
        'api leaves',
        'release db2',
      ]);
    });

    it('should fail the members that wait, each by its name, when it cannot be opened', () => {
      const { acquire, openings } = gate();
      const { user } = logged({ acquire });
      const seen: unknown[] = [];

      group({ api: user('api'), worker: user('worker') }, { until: 'all' })
        .pipe(failures)
        .subscribe((value) => seen.push(value));
      openings[0]?.error(sad);

      expect(seen).toStrictEqual([
        [
          { path: ['api'], phase: 'run', error: sad },
          { path: ['worker'], phase: 'run', error: sad },
        ],
      ]);
    });

    it('should be shared by two groups', () => {
      const { user, log } = logged();

      const [one, other] = [group([user('a')]).subscribe(), group([user('b')]).subscribe()];
      one.unsubscribe();
      other.unsubscribe();

      expect(log).toStrictEqual(['acquire', 'a uses db1', 'b uses db1', 'a leaves', 'b leaves', 'release db1']);
    });
  });

  describe('re-entrantly', () => {
    it('should be used by a user in the project of another', () => {
      const { database, log, user } = logged();
      const subscriptions = new Subscription();
      const first = database.use(() => {
        subscriptions.add(user('b').subscribe());
        return NEVER;
      });

      first.subscribe().unsubscribe();
      expect(log).toStrictEqual(['acquire', 'b uses db1']);
      subscriptions.unsubscribe();

      expect(log).toStrictEqual(['acquire', 'b uses db1', 'b leaves', 'release db1']);
    });

    it('should not be granted to a user whom the first stops when it is granted', () => {
      const { acquire, open } = gate();
      const { database, log, user } = logged({ acquire });
      const first = database.use(() => {
        log.push('a uses it');
        second.unsubscribe();
        return NEVER;
      });

      const subscription = first.subscribe();
      const second = user('b').subscribe();
      open();
      expect(log).toStrictEqual(['acquire', 'a uses it']);
      subscription.unsubscribe();

      expect(log).toStrictEqual(['acquire', 'a uses it', 'release db']);
    });

    it('should be released by who was never granted it, if that is the last one to leave', () => {
      const { acquire, open } = gate();
      const { database, log, user } = logged({ acquire });

      database.use(() => of('a')).subscribe({ complete: () => second.unsubscribe() });
      const second = user('b').subscribe();
      open();

      expect(log).toStrictEqual(['acquire', 'release db']);
    });

    it('should be granted once to who joins in the project of the first', () => {
      const { acquire, open } = gate();
      const { database, log, user } = logged({ acquire });

      const subscriptions = [
        database
          .use(() => {
            subscriptions.push(user('c').subscribe());
            return NEVER;
          })
          .subscribe(),
      ];
      subscriptions.push(user('b').subscribe());
      open();
      for (const subscription of subscriptions) subscription.unsubscribe();

      expect(log).toStrictEqual(['acquire', 'c uses db', 'b uses db', 'b leaves', 'c leaves', 'release db']);
    });

    it('should be opened anew for who comes in its release, after that', () => {
      const subscriptions: { unsubscribe(): void }[] = [];
      const { log, user } = logged({
        release: () => {
          if (subscriptions.length < 2) subscriptions.push(user('b').subscribe());
          log.push('released');
        },
      });

      subscriptions.push(user('a').subscribe());
      subscriptions[0]?.unsubscribe();
      expect(log).toStrictEqual([
        'acquire',
        'a uses db1',
        'a leaves',
        'release db1',
        'released',
        'acquire',
        'b uses db2',
      ]);
      subscriptions[1]?.unsubscribe();
    });

    it('should have who comes when the signal of acquire aborts wait', () => {
      const signals: AbortSignal[] = [];
      const { openings, acquire } = gate();
      const { log, user } = logged({
        acquire: ({ signal }) => {
          signals.push(signal);
          return acquire();
        },
      });

      const first = user('a').subscribe();
      signals[0]?.addEventListener('abort', () => {
        second = user('b').subscribe();
        log.push('abort');
        openings[0]?.next('db');
      });
      let second = first;
      first.unsubscribe();
      expect(log).toStrictEqual(['acquire', 'abort', 'release db', 'acquire']);
      openings[1]?.next('another');
      second.unsubscribe();

      expect(log.slice(4)).toStrictEqual(['b uses another', 'b leaves', 'release another']);
    });

    it('should be released when acquire stops the one who opens it', () => {
      const stop = new Subject<void>();
      const { database, log } = logged({
        acquire: ({ signal }) => {
          stop.next();
          log.push(`aborted: ${signal.aborted}`);
          return 'db';
        },
      });
      const completed = jest.fn();

      database
        .use(() => NEVER)
        .pipe(stopWhen(stop))
        .subscribe({ complete: completed });

      expect(log).toStrictEqual(['acquire', 'aborted: true', 'release db']);
      expect(completed).toHaveBeenCalledTimes(1);
    });

    it('should go on for who joins while acquire is being called', () => {
      const { database, log, user } = logged({
        acquire: () => {
          subscription ??= user('b').subscribe();
          return 'db';
        },
      });
      let subscription: { unsubscribe(): void } | undefined;

      database.use(() => of('a')).subscribe({ complete: () => log.push('a completes') });
      expect(log).toStrictEqual(['acquire', 'b uses db', 'a completes']);
      subscription?.unsubscribe();

      expect(log).toStrictEqual(['acquire', 'b uses db', 'a completes', 'b leaves', 'release db']);
    });

    it('should wait for the teardown of who was subscribed while acquire was being called, when the others have left', () => {
      const [stop, torn] = [new Subject<void>(), new Subject<void>()];
      let second: Observable<unknown> | undefined;
      const { database, log, user } = logged({
        acquire: () => {
          const inner = second;
          second = undefined;
          inner?.subscribe({ complete: () => log.push('b ends') });
          return 'db';
        },
      });
      second = database
        .use(() => NEVER.pipe(settle(), tearingDown(torn)))
        .pipe(
          finalize(() => log.push('b stops')),
          stopWhen(stop),
        );

      user('a').subscribe().unsubscribe();
      stop.next();
      expect(log).toStrictEqual(['acquire', 'a uses db', 'a leaves', 'b stops']);
      torn.complete();

      expect(log.slice(4)).toStrictEqual(['release db', 'b ends']);
    });

    it('should wait for another whom it unsubscribes, though it was subscribed while that one had it opened', () => {
      const [stop, torn] = [new Subject<void>(), new Subject<void>()];
      const subscriptions = new Subscription();
      let second: Observable<unknown> = EMPTY;
      const { database, log } = logged({
        acquire: () => {
          second.subscribe({ complete: () => log.push('b ends') });
          return 'db';
        },
      });
      second = database.use(() => NEVER.pipe(finalize(() => subscriptions.unsubscribe()))).pipe(stopWhen(stop));

      subscriptions.add(database.use(() => NEVER.pipe(tearingDown(torn))).subscribe());
      stop.next();
      expect(log).toStrictEqual(['acquire']);
      torn.complete();

      expect(log.slice(1).sort()).toStrictEqual(['b ends', 'release db']);
    });

    it.each([
      ['acquire is being called', (begin: () => Observable<string>) => begin()],
      ['what that returns is being subscribed', (begin: () => Observable<string>) => defer(begin)],
    ])('should wait for its opening who was subscribed while %s, when the others have left', (_, opening) => {
      const { acquire, open } = gate();
      const stop = new Subject<void>();
      const { log, user } = logged({
        acquire: () =>
          opening(() => {
            second.subscribe({ complete: () => log.push('b ends') });
            return acquire();
          }),
      });
      const second = user('b').pipe(stopWhen(stop));

      user('a').subscribe().unsubscribe();
      stop.next();
      expect(log).toStrictEqual(['acquire']);
      open();

      expect(log).toStrictEqual(['acquire', 'release db', 'b ends']);
    });

    it('should be left by what opens it, when only who was subscribed in there is left', () => {
      const opening = new Subject<string>();
      const log: string[] = [];
      const left = new Subject<void>();
      const database = shareResource({
        acquire: () =>
          new Observable<string>((subscriber) => {
            second.subscribe();
            NEVER.pipe(settle(), stopWhen(left)).subscribe({ complete: () => log.push('left') });
            subscriber.add(opening.subscribe(subscriber));
          }),
        release: () => {
          log.push('released');
        },
      });
      const second = database.use(() => undefined);

      database
        .use(() => NEVER)
        .subscribe()
        .unsubscribe();
      left.next();
      opening.next('db');

      expect(log).toStrictEqual(['left', 'released']);
    });

    it('should be tried again by who is refused, and joined by the next who is', () => {
      const { acquire, openings } = gate();
      const { log, user } = logged({ acquire });

      const subscription = merge(user('a').pipe(retry(1)), user('b').pipe(retry(1))).subscribe();
      openings[0]?.error(sad);
      openings[1]?.next('db');
      subscription.unsubscribe();

      expect(openings).toHaveLength(2);
      expect(log).toStrictEqual(['acquire', 'acquire', 'a uses db', 'b uses db', 'a leaves', 'b leaves', 'release db']);
    });

    it('should refuse nobody whom a handler of the first failure has stopped', () => {
      const { acquire, openings } = gate();
      const { user } = logged({ acquire });
      const seen: unknown[] = [];

      user('a').subscribe({ error: () => second.unsubscribe() });
      const second = user('b').subscribe({ error: (error: unknown) => seen.push(error) });
      const late: unknown[] = [];
      config.onStoppedNotification = (notification) => late.push(notification);
      jest.useFakeTimers();
      openings[0]?.error(sad);
      jest.runAllTimers();
      jest.useRealTimers();

      expect(seen).toStrictEqual([]);
      expect(late).toStrictEqual([]);
    });

    it('should stop others in the handler of a value', () => {
      const { database, log, user } = logged();
      const values = new Subject<string>();
      const second = user('b').subscribe();

      const first = database.use(() => values).subscribe(() => second.unsubscribe());
      values.next('a');
      first.unsubscribe();

      expect(log).toStrictEqual(['acquire', 'b uses db1', 'b leaves', 'release db1']);
    });

    it('should not make who lets go wait for what a handler of the next one unsubscribes', () => {
      const stranger = NEVER.pipe(tearingDown(NEVER)).subscribe();
      let isFirst = true;
      const { database } = logged({
        release: () => {
          if (isFirst) next.subscribe(() => stranger.unsubscribe());
          isFirst = false;
        },
      });
      const next = database.use((resource) => of(resource));
      const completed = jest.fn();

      database
        .use(() => NEVER)
        .pipe(stopWhen(of(1)))
        .subscribe({ complete: completed });
      database
        .use(() => of('a'))
        .pipe(settle())
        .subscribe({ complete: completed });

      expect(completed).toHaveBeenCalledTimes(2);
    });
  });

  describe('with other operators', () => {
    it('should be opened again by restart, when it could not be', () => {
      jest.useFakeTimers();
      const { acquire, openings } = gate();
      const { log, user } = logged({ acquire });

      const subscription = user('a').pipe(restart()).subscribe();
      openings[0]?.error(sad);
      jest.runAllTimers();
      openings[1]?.next('db');
      subscription.unsubscribe();
      jest.useRealTimers();

      expect(log).toStrictEqual(['acquire', 'acquire', 'a uses db', 'a leaves', 'release db']);
    });

    it('should stay open for the others when one is restarted', () => {
      run(({ cold, expectObservable, expectSubscriptions }) => {
        const e1 = cold('  r          ');
        const e1subs = '   (^!)       ';
        const e2 = cold('  a-#        ');
        const e2subs = ['  ^-!        ', '---^-!     '];
        const restarts = ' a--a-#     ';
        const other = '    b----------';
        const release = released();
        const database = shareResource({ acquire: () => e1, release });

        const restarted = database.use(() => e2).pipe(restart({ limit: 1, delay: () => timer(1) }));
        expectObservable(restarted).toBe(restarts, undefined, expect.anything());
        expectObservable(
          database.use(() => cold('b----------')),
          '^----------!',
        ).toBe(other);
        expectSubscriptions(e1.subscriptions).toBe(e1subs);
        expectSubscriptions(e2.subscriptions).toBe(e2subs);
      });
    });

    it('should be released and opened anew when the only one switches', () => {
      run(({ cold, hot, expectObservable, expectSubscriptions }) => {
        const e1 = cold('  r            ');
        const e1subs = ['  (^!)         ', '----(^!)     '];
        const e2 = cold('  a----        ');
        const e2subs = ['  ^-!          ', '----^---!    '];
        const e3 = cold('    --|        ');
        const e3subs = ['  --^-!        ', '--------^-!  '];
        const source = hot('x-x|         ');
        const expected = ' a---a-----|  ';
        const database = shareResource({ acquire: () => e1, release: () => e3 });

        const switched = source.pipe(switchRun(() => database.use(() => e2)));
        expectObservable(switched.pipe(stopWhen(cold('--------x')))).toBe(expected);
        expectSubscriptions(e1.subscriptions).toBe(e1subs);
        expectSubscriptions(e2.subscriptions).toBe(e2subs);
        expectSubscriptions(e3.subscriptions).toBe(e3subs);
      });
    });

    it('should be let go of while runWhile has stopped its user', () => {
      const { log, user } = logged();
      const condition = new Subject<boolean>();

      const subscription = user('a').pipe(runWhile(condition)).subscribe();
      for (const each of [true, false, true]) condition.next(each);
      subscription.unsubscribe();

      expect(log).toStrictEqual([
        'acquire',
        'a uses db1',
        'a leaves',
        'release db1',
        'acquire',
        'a uses db2',
        'a leaves',
        'release db2',
      ]);
    });

    it('should let exclusive see its end when it has been released', () => {
      run(({ cold, expectObservable, expectSubscriptions }) => {
        const e2 = cold('  a-|         ');
        const e2subs = ['  ^-!         ', '-----^-!    '];
        const e3 = cold('    ---|      ');
        const e3subs = ['  --^--!      ', '-------^--! '];
        const first = '    a----|      ';
        const second = '   -----a----| ';
        const database = shareResource({ acquire: () => 'db', release: () => e3 });

        const use = database.use(() => e2).pipe(exclusive({ wait: true }));
        expectObservable(use).toBe(first);
        expectObservable(use).toBe(second);
        expectSubscriptions(e2.subscriptions).toBe(e2subs);
        expectSubscriptions(e3.subscriptions).toBe(e3subs);
      });
    });

    it('should be waited for where a subscriber has had enough', () => {
      run(({ cold, expectObservable, expectSubscriptions }) => {
        const e1 = cold('  --a--b   ');
        const e1subs = '   ^-!      ';
        const e2 = cold('    ---|   ');
        const e2subs = '   --^--!   ';
        const expected = ' --a--|   ';
        const database = shareResource({ acquire: () => 'db', release: () => e2 });

        expectObservable(database.use(() => e1).pipe(take(1), settle())).toBe(expected);
        expectSubscriptions(e1.subscriptions).toBe(e1subs);
        expectSubscriptions(e2.subscriptions).toBe(e2subs);
      });
    });

    it('should be waited for by drain, of the last one only', () => {
      run(({ cold, expectObservable }) => {
        const { user } = logged({ release: () => cold('---|') });
        const [first, last] = [user('a').subscribe(), user('b').subscribe()];

        expectObservable(concat(drain(first).pipe(map(() => 'x')), drain(last).pipe(map(() => 'y')))).toBe('x--(y|)');
      });
    });

    it('should be waited for by the stop of a start, of several at once', async () => {
      const { user, log } = logged({ release: () => timer(1).pipe(tap(() => log.push('released'))) });
      const [first, last] = [start(user('a')), start(user('b'))];

      const stopped = [first, last].map((running) => running.stop());
      await stopped[0];
      expect(last.closed).toBe(false);
      await stopped[1];

      expect(log).toStrictEqual([
        'acquire',
        'a uses db1',
        'b uses db1',
        'a leaves',
        'b leaves',
        'release db1',
        'released',
      ]);
    });

    it('should be opened in the order of its uses, one after the other', () => {
      const { database, log } = logged();

      of('a', 'b')
        .pipe(concatMap((name) => database.use(() => of(name))))
        .subscribe((value) => log.push(value));

      expect(log).toStrictEqual(['acquire', 'a', 'release db1', 'acquire', 'b', 'release db2']);
    });
  });

  const part = (): Observable<string> => NEVER;

  it.each([
    ['nothing', undefined, "'acquire'", 'undefined'],
    ['null', null, "'acquire'", 'undefined'],
    ['an empty object', {}, "'acquire'", 'undefined'],
    ['an acquire that is no function', { acquire: 1, release: part }, "'acquire'", '1'],
    ['a release that is no function', { acquire: part }, "'release'", 'undefined'],
    ['a name that is no string', { name: 7, acquire: part, release: part }, "'name'", '7'],
  ])('should refuse at once %s', (_, definition, option, value) => {
    const make = (): unknown => shareResource(definition as never);

    expect(make).toThrow(TypeError);
    expect(make).toThrow(`shareResource: ${option}`);
    expect(make).toThrow(`got ${value}`);
  });

  it.each([
    ['nothing', undefined, 'undefined'],
    ['an Observable', NEVER, 'Observable'],
    ['a string', 'db', "'db'"],
  ])('should refuse at once %s in place of a project', (_, project, value) => {
    const database = shareResource({ acquire: () => 'db', release: () => undefined });
    const make = (): unknown => database.use(project as never);

    expect(make).toThrow(TypeError);
    expect(make).toThrow('shareResource: the project must be a function');
    expect(make).toThrow(value);
  });

  it('should be found in the root entry', () => {
    expect(Object.keys(entry)).toContain('shareResource');
  });
});
