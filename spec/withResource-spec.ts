import { afterEach, describe, expect, it, jest } from '@jest/globals';
import fc from 'fast-check';
import { getEventListeners } from 'node:events';
import {
  config,
  EMPTY,
  finalize,
  from,
  fromEvent,
  mergeMap,
  NEVER,
  Observable,
  of,
  Subject,
  take,
  takeUntil,
  tap,
  throwError,
} from 'rxjs';
import * as entry from '../src/index.js';
import {
  GraceExceededError,
  group,
  RunGroupError,
  settle,
  start,
  StopError,
  stopWhen,
  withResource,
  type ResourceDefinition,
  type RunContext,
  type RunResult,
  type TeardownContext,
} from '../src/index.js';
import { itBehavesLikeAnOperator } from './helpers/battery.js';
import { asInterop } from './helpers/interop.js';
import { run } from './helpers/marbles.js';
import { afterReports } from './helpers/unhandled.js';

/** A definition of which each part is counted. */
function counted<A, R extends RunResult>(parts: Pick<ResourceDefinition<A, R>, 'acquire' | 'use'>) {
  return {
    acquire: jest.fn(parts.acquire),
    use: jest.fn(parts.use),
    release: jest.fn<ResourceDefinition<A, R>['release']>(),
  };
}

function aborted({ signal }: RunContext): Promise<never> {
  return new Promise((_, reject) => {
    signal.addEventListener('abort', () => reject(signal.reason as Error), { once: true });
  });
}

describe('withResource', () => {
  afterEach(() => {
    config.onUnhandledError = null;
  });

  // it never ends: a value that comes with a completion would be one more notification after `take(1)`
  const opened = new Observable<string>((subscriber) => {
    subscriber.next('db');
  });
  itBehavesLikeAnOperator(
    'of what use returns',
    () => (source) => withResource({ acquire: () => opened, use: () => source, release: () => undefined }),
  );

  it('should acquire, use, release, and then complete', () => {
    const seen: unknown[] = [];

    run(({ cold, expectObservable, expectSubscriptions }) => {
      const e1 = cold('  --r              ');
      const e1subs = '   ^-!              ';
      const e2 = cold('    --a--b--|      ');
      const e2subs = '   --^-------!      ';
      const e3 = cold('            ---|   ');
      const e3subs = '   ----------^--!   ';
      const expected = ' ----a--b-----|   ';
      const member = withResource({
        acquire: () => e1,
        use: (resource) => {
          seen.push(resource);
          return e2;
        },
        release: (resource) => {
          seen.push(resource);
          return e3;
        },
      });

      expectObservable(member.pipe(tap({ complete: () => seen.push('complete') }))).toBe(expected);
      expectSubscriptions(e1.subscriptions).toBe(e1subs);
      expectSubscriptions(e2.subscriptions).toBe(e2subs);
      expectSubscriptions(e3.subscriptions).toBe(e3subs);
    });

    expect(seen).toStrictEqual(['r', 'r', 'complete']);
  });

  it('should release when use errs, and only then err', () => {
    run(({ cold, expectObservable, expectSubscriptions }) => {
      const failure = new Error('lost');
      const e1 = cold('  --r            ');
      const e1subs = '   ^-!            ';
      const e2 = cold('    --a--#       ', undefined, failure);
      const e2subs = '   --^----!       ';
      const e3 = cold('         ---|    ');
      const e3subs = '   -------^--!    ';
      const expected = ' ----a-----#    ';
      const member = withResource({ acquire: () => e1, use: () => e2, release: () => e3 });

      expectObservable(member).toBe(expected, undefined, failure);
      expectSubscriptions(e1.subscriptions).toBe(e1subs);
      expectSubscriptions(e2.subscriptions).toBe(e2subs);
      expectSubscriptions(e3.subscriptions).toBe(e3subs);
    });
  });

  it('should release when it is stopped, after what use returned was unsubscribed', () => {
    run(({ cold, expectObservable, expectSubscriptions }) => {
      const e1 = cold('  --r            ');
      const e1subs = '   ^-!            ';
      const e2 = cold('    --a--b--c--| ');
      const e2subs = '   --^---!        ';
      const e3 = cold('        ---|     ');
      const e3subs = '   ------^--!     ';
      const stop = '     ------x        ';
      const expected = ' ----a----|     ';
      const log: string[] = [];
      const member = withResource({
        acquire: () => e1,
        use: () => e2.pipe(finalize(() => log.push('use'))),
        release: () => {
          log.push('release');
          return e3;
        },
      });
      const inOrder = tap({ complete: () => expect(log).toStrictEqual(['use', 'release']) });

      expectObservable(member.pipe(stopWhen(cold(stop)), inOrder)).toBe(expected);
      expectSubscriptions(e1.subscriptions).toBe(e1subs);
      expectSubscriptions(e2.subscriptions).toBe(e2subs);
      expectSubscriptions(e3.subscriptions).toBe(e3subs);
    });
  });

  it('should allow unsubscribing explicitly and early, and release detached', () => {
    run(({ cold, expectObservable, expectSubscriptions }) => {
      const e1 = cold('  --r            ');
      const e1subs = '   ^-!            ';
      const e2 = cold('    --a--b--c--| ');
      const e2subs = '   --^---!        ';
      const e3 = cold('        ---|     ');
      const e3subs = '   ------^--!     ';
      const unsub = '    ------!        ';
      const expected = ' ----a--        ';
      const member = withResource({ acquire: () => e1, use: () => e2, release: () => e3 });

      expectObservable(member, unsub).toBe(expected);
      expectSubscriptions(e1.subscriptions).toBe(e1subs);
      expectSubscriptions(e2.subscriptions).toBe(e2subs);
      expectSubscriptions(e3.subscriptions).toBe(e3subs);
    });
  });

  it('should release what each of its subscriptions has acquired, and share nothing', () => {
    const log: string[] = [];
    let acquired = 0;
    const member = withResource({
      acquire: () => ++acquired,
      use: () => NEVER,
      release: (resource) => {
        log.push(`released ${resource}`);
      },
    });
    expect(acquired).toBe(0);

    const first = member.subscribe();
    const second = member.subscribe();
    second.unsubscribe();
    first.unsubscribe();

    expect(log).toStrictEqual(['released 2', 'released 1']);
  });

  it('should release before the next run begins', () => {
    const log: string[] = [];
    let acquired = 0;
    const member = withResource({
      acquire: () => {
        log.push(`acquired ${++acquired}`);
        return acquired;
      },
      use: () => of('a'),
      release: (resource) => {
        log.push(`released ${resource}`);
      },
    });

    of(1, 2)
      .pipe(mergeMap(() => member, 1))
      .subscribe();

    expect(log).toStrictEqual(['acquired 1', 'released 1', 'acquired 2', 'released 2']);
  });

  it('should finalize use, release, notify, and then finalize the sink', () => {
    const log: string[] = [];
    const member = withResource({
      acquire: () => 'db',
      use: () => of('a').pipe(finalize(() => log.push('use'))),
      release: () => {
        log.push('release');
      },
    });

    member.pipe(finalize(() => log.push('sink'))).subscribe({ complete: () => log.push('complete') });

    expect(log).toStrictEqual(['use', 'release', 'complete', 'sink']);
  });

  it('should keep this in an instance of a class', () => {
    class Pool implements ResourceDefinition<string, Observable<string>> {
      readonly name = 'pool';
      readonly log: string[] = [];

      acquire(): string {
        return this.name;
      }

      use(resource: string): Observable<string> {
        this.log.push(`used ${resource}`);
        return of(resource);
      }

      release(resource: string): void {
        this.log.push(`released ${resource}`);
      }
    }
    const pool = new Pool();

    withResource(pool).subscribe();

    expect(pool.log).toStrictEqual(['used pool', 'released pool']);
  });

  it('should give the member its name', () => {
    const failure = new Error('lost');
    const member = withResource({
      name: 'db',
      acquire: () => 'db',
      use: () => throwError(() => failure),
      release: () => undefined,
    });
    const failures: unknown[] = [];

    group([member]).subscribe({
      error: (error: unknown) => failures.push(...(error as RunGroupError).failures),
    });

    expect(failures).toStrictEqual([{ path: ['db'], phase: 'run', error: failure }]);
  });

  it('should give acquire and use one context, with which use makes the member ready', () => {
    run(({ cold, expectObservable, expectSubscriptions }) => {
      const e1 = cold('  --r      ');
      const e1subs = '   ^-!      ';
      const e2 = cold('    --x-|  ');
      const e2subs = '   --^---!  ';
      const expected = ' ----m-|  ';
      const contexts = new Set<RunContext>();
      const ready = new Observable<string>((subscriber) => {
        const member = withResource({
          acquire: (context) => {
            contexts.add(context);
            return e1;
          },
          use: (_, context) => {
            contexts.add(context);
            return e2.pipe(tap(() => context.ready()));
          },
          release: () => {
            expect(contexts.size).toBe(1);
          },
        });
        const lifecycle = new Subject<{ type: string }>();
        lifecycle.subscribe(({ type }) => {
          if (type === 'ready') subscriber.next('m');
        });
        group({ member }, { lifecycle }).subscribe({ complete: () => subscriber.complete() });
      });

      expectObservable(ready).toBe(expected);
      expectSubscriptions(e1.subscriptions).toBe(e1subs);
      expectSubscriptions(e2.subscriptions).toBe(e2subs);
    });
  });

  describe('acquire', () => {
    it.each([
      ['a value', () => 'db'],
      ['an Observable', () => of('db', 'ignored')],
      ['a promise', () => Promise.resolve('db')],
      ['a thenable', () => ({ then: (onFulfilled: (value: string) => void) => onFulfilled('db') })],
    ])('should take %s', async (_, acquire) => {
      const seen: unknown[] = [];

      await start(
        withResource<unknown, Observable<unknown>>({
          acquire: acquire,
          use: (resource) => of(resource),
          release: (resource) => {
            seen.push(`released ${String(resource)}`);
          },
        }),
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

      withResource({
        acquire: () => resource,
        use: (used) => {
          seen.push(used);
        },
        release: (released) => {
          seen.push(released);
        },
      }).subscribe();

      expect(seen).toStrictEqual([resource, resource]);
    });

    it('should be told apart from run in the error when use returns nothing that can be run', () => {
      const errors: unknown[] = [];
      const use = (): Observable<never> => 5 as never;

      withResource({ acquire: () => 1, use, release: () => undefined }).subscribe({
        error: (error: unknown) => errors.push(String(error)),
      });

      expect(errors).toStrictEqual([
        "TypeError: withResource: what 'use' returns must be an ObservableInput or nothing, got 5",
      ]);
    });

    it('should err when it throws, with nothing used or released', () => {
      const failure = new Error('refused');
      const definition = counted({
        acquire: (): string => {
          throw failure;
        },
        use: () => NEVER,
      });
      const errors: unknown[] = [];

      withResource(definition).subscribe({ error: (error: unknown) => errors.push(error) });

      expect(errors).toStrictEqual([failure]);
      expect(definition.use).not.toHaveBeenCalled();
      expect(definition.release).not.toHaveBeenCalled();
    });

    it('should err when its Observable errs, with nothing used or released', () => {
      const failure = new Error('refused');
      const definition = counted({ acquire: () => EMPTY as Observable<string>, use: () => NEVER });

      run(({ cold, expectObservable, expectSubscriptions }) => {
        const e1 = cold('  ---#', undefined, failure);
        const e1subs = '   ^--!';
        const expected = ' ---#';

        expectObservable(withResource({ ...definition, acquire: () => e1 })).toBe(expected, undefined, failure);
        expectSubscriptions(e1.subscriptions).toBe(e1subs);
      });

      expect(definition.use).not.toHaveBeenCalled();
      expect(definition.release).not.toHaveBeenCalled();
    });

    it('should err when its promise rejects, with nothing used or released', async () => {
      const failure = new Error('refused');
      const definition = counted({ acquire: () => Promise.reject<string>(failure), use: () => NEVER });

      await expect(start(withResource(definition)).done).rejects.toBe(failure);

      expect(definition.use).not.toHaveBeenCalled();
      expect(definition.release).not.toHaveBeenCalled();
    });

    it('should err when it completes without a resource', () => {
      const definition = counted({ acquire: () => EMPTY as Observable<string>, use: () => NEVER });
      const errors: unknown[] = [];

      withResource(definition).subscribe({ error: (error: unknown) => errors.push(error) });

      expect(errors).toStrictEqual([expect.any(TypeError)]);
      expect(String(errors[0])).toContain('acquire');
      expect(definition.use).not.toHaveBeenCalled();
      expect(definition.release).not.toHaveBeenCalled();
    });

    it('should be waited for when the stop comes meanwhile, and release what it opened', () => {
      run(({ cold, expectObservable, expectSubscriptions }) => {
        const e1 = cold('  -----r---|  ');
        const e1subs = '   ^----!      ';
        const e3 = cold('       ---|   ');
        const e3subs = '   -----^--!   ';
        const stop = '     --x         ';
        const expected = ' --------|   ';
        const use = jest.fn(() => NEVER);
        const signals: unknown[] = [];
        const member = withResource({
          acquire: ({ signal }) => {
            signal.addEventListener('abort', () => signals.push(signal.reason));
            return e1;
          },
          use,
          release: (resource, { reason }) => {
            expect(resource).toBe('r');
            expect(signals).toStrictEqual([reason]);
            expect(use).not.toHaveBeenCalled();
            return e3;
          },
        });

        expectObservable(member.pipe(stopWhen(cold(stop)))).toBe(expected);
        expectSubscriptions(e1.subscriptions).toBe(e1subs);
        expectSubscriptions(e3.subscriptions).toBe(e3subs);
      });
    });

    it('should be waited for also where nobody waits for the teardown', () => {
      run(({ cold, expectObservable, expectSubscriptions }) => {
        const e1 = cold('  -----r---|  ');
        const e1subs = '   ^----!      ';
        const e3 = cold('       ---|   ');
        const e3subs = '   -----^--!   ';
        const unsub = '    --!         ';
        const expected = ' ---         ';
        const member = withResource({ acquire: () => e1, use: () => NEVER, release: () => e3 });

        expectObservable(member, unsub).toBe(expected);
        expectSubscriptions(e1.subscriptions).toBe(e1subs);
        expectSubscriptions(e3.subscriptions).toBe(e3subs);
      });
    });

    it('should be waited for when it is a promise, and release what it opened', async () => {
      let opened!: (resource: string) => void;
      const definition = counted({
        acquire: () =>
          new Promise<string>((resolve) => {
            opened = resolve;
          }),
        use: () => NEVER,
      });
      const running = start(withResource(definition));

      const stopped = running.stop();
      await afterReports();
      expect(running.closed).toBe(false);
      opened('db');
      await stopped;

      expect(definition.use).not.toHaveBeenCalled();
      expect(definition.release.mock.calls).toStrictEqual([['db', expect.objectContaining({ reason: expect.any(StopError) as unknown })]]); // prettier-ignore
    });

    it('should have stopped cleanly when it rejects with the reason of the signal', async () => {
      const definition = counted({ acquire: (context) => aborted(context) as Promise<string>, use: () => NEVER });

      await expect(start(withResource(definition)).stop()).resolves.toBeUndefined();

      expect(definition.use).not.toHaveBeenCalled();
      expect(definition.release).not.toHaveBeenCalled();
    });

    it('should have stopped cleanly when it completes without a resource, because the signal has aborted', async () => {
      const definition = counted({
        acquire: ({ signal }) => NEVER.pipe(takeUntil(fromEvent(signal, 'abort'))) as Observable<string>,
        use: () => NEVER,
      });

      await expect(start(withResource(definition)).stop()).resolves.toBeUndefined();

      expect(definition.use).not.toHaveBeenCalled();
      expect(definition.release).not.toHaveBeenCalled();
    });

    it('should count what it fails with after the stop', () => {
      run(({ cold, expectObservable, expectSubscriptions }) => {
        const failure = new Error('refused');
        const e1 = cold('  -----#', undefined, failure);
        const e1subs = '   ^----!';
        const stop = '     --x   ';
        const expected = ' -----#';
        const member = withResource({ acquire: () => e1, use: () => NEVER, release: () => NEVER });

        expectObservable(member.pipe(stopWhen(cold(stop)))).toBe(expected, undefined, failure);
        expectSubscriptions(e1.subscriptions).toBe(e1subs);
      });
    });

    it('should release also what it opens after the grace period', () => {
      run(({ cold, time, expectObservable, expectSubscriptions }) => {
        const e1 = cold('  ------r---| ');
        const e1subs = '   ^-----!     ';
        const e3 = cold('        ---|  ');
        const e3subs = '   ------^--!  ';
        const stop = '     --x         ';
        const grace = time(' --|       ');
        const expected = ' ----#       ';
        const member = withResource({ acquire: () => e1, use: () => NEVER, release: () => e3 });

        expectObservable(member.pipe(stopWhen(cold(stop), { grace }))).toBe(
          expected,
          undefined,
          new GraceExceededError([], 2),
        );
        expectSubscriptions(e1.subscriptions).toBe(e1subs);
        expectSubscriptions(e3.subscriptions).toBe(e3subs);
      });
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
        const opening = withResource({
          acquire: () => undefined,
          use: () => e1,
          release: () => e2,
        });
        const member = withResource({ acquire: () => opening, use: () => e3, release: () => undefined });

        expectObservable(member).toBe(expected);
        expectSubscriptions(e1.subscriptions).toBe(e1subs);
        expectSubscriptions(e2.subscriptions).toBe(e2subs);
        expectSubscriptions(e3.subscriptions).toBe(e3subs);
      });
    });
  });

  describe('use', () => {
    it('should release when it throws, and only then err', () => {
      run(({ cold, expectObservable, expectSubscriptions }) => {
        const failure = new Error('lost');
        const e1 = cold('  --r     ');
        const e1subs = '   ^-!     ';
        const e3 = cold('    ---|  ');
        const e3subs = '   --^--!  ';
        const expected = ' -----#  ';
        const member = withResource({
          acquire: () => e1,
          use: (): Observable<string> => {
            throw failure;
          },
          release: () => e3,
        });

        expectObservable(member).toBe(expected, undefined, failure);
        expectSubscriptions(e1.subscriptions).toBe(e1subs);
        expectSubscriptions(e3.subscriptions).toBe(e3subs);
      });
    });

    it('should release when its promise rejects, and only then err', async () => {
      const failure = new Error('lost');
      const log: string[] = [];
      const member = withResource({
        acquire: () => 'db',
        use: () => Promise.reject(failure),
        release: async (resource) => {
          log.push(`release ${resource}`);
          await new Promise((resolve) => setTimeout(resolve));
          log.push('released');
        },
      });

      const outcome = start(member).done.finally(() => log.push('done'));

      await expect(outcome).rejects.toBe(failure);
      expect(log).toStrictEqual(['release db', 'released', 'done']);
    });

    it('should release and complete when it returns nothing', () => {
      run(({ cold, expectObservable, expectSubscriptions }) => {
        const e1 = cold('  --r     ');
        const e1subs = '   ^-!     ';
        const e3 = cold('    ---|  ');
        const e3subs = '   --^--!  ';
        const expected = ' -----|  ';
        const member = withResource({ acquire: () => e1, use: () => undefined, release: () => e3 });

        expectObservable(member).toBe(expected);
        expectSubscriptions(e1.subscriptions).toBe(e1subs);
        expectSubscriptions(e3.subscriptions).toBe(e3subs);
      });
    });

    it('should release and fail when it returns what nobody can wait for', () => {
      const definition = counted({ acquire: () => 'db', use: () => 'done' as never });
      const errors: unknown[] = [];

      withResource(definition).subscribe({ error: (error: unknown) => errors.push(error) });

      expect(errors).toStrictEqual([expect.any(TypeError)]);
      expect(String(errors[0])).toContain("'done'");
      expect(definition.release).toHaveBeenCalledTimes(1);
    });

    it.each([
      ['an array', () => ['a', 'b'], ['a', 'b']],
      ['a promise', () => Promise.resolve('a'), ['a']],
      ['a promise without a result', () => Promise.resolve(), []],
      ['an interop Observable', () => asInterop(of('a', 'b')), ['a', 'b']],
      [
        'an async generator',
        async function* () {
          yield await Promise.resolve('a');
        },
        ['a'],
      ],
    ])('should take %s', async (_, use, expected) => {
      const definition = counted<string, RunResult>({ acquire: () => 'db', use });
      const seen: unknown[] = [];

      await start(withResource(definition), (value) => seen.push(value)).done;

      expect(seen).toStrictEqual(expected);
      expect(definition.release).toHaveBeenCalledTimes(1);
    });

    it('should have settled before release is called', async () => {
      const log: string[] = [];
      const member = withResource({
        acquire: () => 'db',
        use: (_, context) =>
          aborted(context).finally(async () => {
            await afterReports();
            log.push('use');
          }),
        release: () => {
          log.push('release');
        },
      });

      await start(member).stop();

      expect(log).toStrictEqual(['use', 'release']);
    });

    it('should stop when it is unsubscribed from within use', () => {
      const stop = new Subject<void>();
      const definition = counted({
        acquire: () => 'db',
        use: () => {
          stop.next();
          return NEVER;
        },
      });
      const completed = jest.fn();

      withResource(definition).pipe(stopWhen(stop)).subscribe({ complete: completed });

      expect(definition.release).toHaveBeenCalledTimes(1);
      expect(completed).toHaveBeenCalledTimes(1);
    });
  });

  describe('release', () => {
    it.each([
      ['completes', of('a')],
      ['errs', throwError(() => new Error('lost'))],
      ['is cut', NEVER],
    ])('should be called once, with the resource, when use %s', (_, use) => {
      const definition = counted({ acquire: () => 'db', use: () => use });

      const subscription = withResource(definition).subscribe({ error: () => undefined });
      subscription.unsubscribe();
      subscription.unsubscribe();

      expect(definition.release.mock.calls.map(([resource]) => resource)).toStrictEqual(['db']);
    });

    it('should be called once when it unsubscribes its own run', () => {
      const release = jest.fn(() => {
        subscription.unsubscribe();
      });
      const subscription = withResource({ acquire: () => 'db', use: () => NEVER, release }).subscribe();

      subscription.unsubscribe();

      expect(release).toHaveBeenCalledTimes(1);
    });

    it('should err with what it throws', () => {
      const failure = new Error('stuck');
      const errors: unknown[] = [];
      const release = (): never => {
        throw failure;
      };

      withResource({ acquire: () => 'db', use: () => of('a'), release }).subscribe({
        error: (error: unknown) => errors.push(error),
      });

      expect(errors).toStrictEqual([failure]);
    });

    it('should err with what it rejects with', async () => {
      const failure = new Error('stuck');
      const release = (): Promise<never> => Promise.reject(failure);

      await expect(start(withResource({ acquire: () => 'db', use: () => of('a'), release })).done).rejects.toBe(
        failure,
      );
      await expect(start(withResource({ acquire: () => 'db', use: () => NEVER, release })).stop()).rejects.toBe(
        failure,
      );
    });

    it('should err with both when use has failed before, the error of use first', () => {
      run(({ cold, expectObservable, expectSubscriptions }) => {
        const [inUse, inRelease] = [new Error('lost'), new Error('stuck')];
        const e1 = cold('  --#     ', undefined, inUse);
        const e1subs = '   ^-!     ';
        const e2 = cold('    ---#  ', undefined, inRelease);
        const e2subs = '   --^--!  ';
        const expected = ' -----#  ';
        const failure = new RunGroupError([
          { path: [], phase: 'run', error: inUse },
          { path: [], phase: 'teardown', error: inRelease },
        ]);

        expectObservable(withResource({ acquire: () => 'db', use: () => e1, release: () => e2 })).toBe(
          expected,
          undefined,
          failure,
        );
        expectSubscriptions(e1.subscriptions).toBe(e1subs);
        expectSubscriptions(e2.subscriptions).toBe(e2subs);
      });
    });

    it('should report what it fails with when nobody waits for it', async () => {
      const failure = new Error('stuck');
      const errors: unknown[] = [];
      config.onUnhandledError = (error) => errors.push(error);
      const release = (): Promise<never> => Promise.reject(failure);

      withResource({ acquire: () => 'db', use: () => NEVER, release })
        .subscribe()
        .unsubscribe();
      await afterReports();

      expect(errors).toStrictEqual([failure]);
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
        const member = withResource({
          acquire: ({ signal }) => {
            signal.addEventListener('abort', () => seen.push(signal.reason));
            return 'db';
          },
          use: () => e1,
          release: (_, { reason, signal }: TeardownContext) => {
            expect(seen).toStrictEqual([reason]);
            signal.addEventListener('abort', () => seen.push('grace'));
            return e2;
          },
        });
        const told = tap({
          error: () => {
            expect(seen).toStrictEqual([expect.any(StopError), 'grace']);
          },
        });

        expectObservable(member.pipe(stopWhen(cold(stop), { grace }), told)).toBe(
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
        const e1 = cold('  --a--|   ');
        const e1subs = '   ^----!   ';
        const e2 = cold('       ---| ');
        const e2subs = '   -----^--!';
        const unsub = '    ------!  ';
        const expected = ' --a---   ';
        const member = withResource({ acquire: () => 'db', use: () => e1, release: () => e2 });

        expectObservable(member, unsub).toBe(expected);
        expectSubscriptions(e1.subscriptions).toBe(e1subs);
        expectSubscriptions(e2.subscriptions).toBe(e2subs);
      });
    });

    it('should be waited for by whoever comes to wait for it when it has begun', () => {
      run(({ cold, expectObservable, expectSubscriptions }) => {
        const e1 = cold('  --a--|   ');
        const e1subs = '   ^----!   ';
        const e2 = cold('       ---| ');
        const e2subs = '   -----^--!';
        const stop = '     ------x  ';
        const expected = ' --a-----|';
        const member = withResource({ acquire: () => 'db', use: () => e1, release: () => e2 });

        expectObservable(member.pipe(stopWhen(cold(stop)))).toBe(expected);
        expectSubscriptions(e1.subscriptions).toBe(e1subs);
        expectSubscriptions(e2.subscriptions).toBe(e2subs);
      });
    });

    it('should be waited for where a subscriber has had enough', () => {
      run(({ cold, expectObservable, expectSubscriptions }) => {
        const e1 = cold('  --a--b   ');
        const e1subs = '   ^-!      ';
        const e2 = cold('    ---|   ');
        const e2subs = '   --^--!   ';
        const expected = ' --a--|   ';
        const member = withResource({ acquire: () => 'db', use: () => e1, release: () => e2 });

        expectObservable(member.pipe(take(1), settle())).toBe(expected);
        expectSubscriptions(e1.subscriptions).toBe(e1subs);
        expectSubscriptions(e2.subscriptions).toBe(e2subs);
      });
    });
  });

  it('should release in the reverse order when resources are nested', () => {
    const log: string[] = [];
    const resource = (name: string, use: () => Observable<unknown>): Observable<unknown> =>
      withResource({
        acquire: () => {
          log.push(`acquired ${name}`);
        },
        use,
        release: () => {
          log.push(`released ${name}`);
          return from([]);
        },
      });

    resource('db', () => resource('table', () => NEVER))
      .subscribe()
      .unsubscribe();

    expect(log).toStrictEqual(['acquired db', 'acquired table', 'released table', 'released db']);
  });

  it('should release the first resource when the second cannot be acquired', () => {
    const failure = new Error('refused');
    const outer = counted({
      acquire: () => 'db',
      use: () => withResource({ acquire: () => throwError(() => failure), use: () => NEVER, release: () => NEVER }),
    });
    const errors: unknown[] = [];

    withResource(outer).subscribe({ error: (error: unknown) => errors.push(error) });

    expect(errors).toStrictEqual([failure]);
    expect(outer.release).toHaveBeenCalledTimes(1);
  });

  it('should leave no listener on the signal', () => {
    const signals: AbortSignal[] = [];
    const member = withResource({
      acquire: ({ signal }) => {
        signals.push(signal);
        return 'db';
      },
      use: () => NEVER,
      release: () => undefined,
    });

    const subscription = member.subscribe();
    const during = signals.map((signal) => getEventListeners(signal, 'abort').length);
    subscription.unsubscribe();

    expect(during).toStrictEqual([0]);
    expect(signals.map((signal) => getEventListeners(signal, 'abort').length)).toStrictEqual([0]);
  });

  const part = (): Observable<string> => NEVER;

  it.each([
    ['nothing', undefined, "'acquire'", 'undefined'],
    ['null', null, "'acquire'", 'undefined'],
    ['an empty object', {}, "'acquire'", 'undefined'],
    ['an acquire that is no function', { acquire: 1, use: part, release: part }, "'acquire'", '1'],
    ['a use that is no function', { acquire: part, use: 'use', release: part }, "'use'", "'use'"],
    ['a release that is no function', { acquire: part, use: part }, "'release'", 'undefined'],
    ['a name that is no string', { name: 7, acquire: part, use: part, release: part }, "'name'", '7'],
  ])('should refuse at once %s', (_, definition, option, value) => {
    const make = (): unknown => withResource(definition as never);

    expect(make).toThrow(TypeError);
    expect(make).toThrow(option);
    expect(make).toThrow(`got ${value}`);
  });

  it('should infer the resource and the values', () => {
    // The types are checked by the compiler.
    const numbers: Observable<number> = withResource({
      acquire: () => Promise.resolve('db'),
      use: (resource) => of(resource.length),
      release: (resource) => of(resource.length),
    });
    const none: Observable<never> = withResource({
      acquire: () => of('db'),
      use: () => undefined,
      release: (resource) => {
        resource.toUpperCase();
      },
    });
    // @ts-expect-error -- a resource has to be released
    const wrong = () => withResource({ acquire: () => 'db', use: () => NEVER });

    expect(numbers).toBeInstanceOf(Observable);
    expect(none).toBeInstanceOf(Observable);
    expect(wrong).toThrow(TypeError);
  });

  it('should be found in the root entry', () => {
    expect(Object.keys(entry)).toContain('withResource');
  });

  it('should release exactly what was acquired, whatever happens and in whichever order', async () => {
    // a release that fails after the unsubscription has nobody else to tell
    config.onUnhandledError = () => undefined;
    const step = fc.constantFrom('acquire', 'refuse', 'next', 'complete', 'error', 'unsubscribe', 'released', 'stuck');

    fc.assert(
      fc.property(fc.array(step, { maxLength: 12 }), (steps) => {
        const [acquisition, work, releasing] = [new Subject<string>(), new Subject<string>(), new Subject<string>()];
        let acquired = 0;
        let released = 0;
        let ended = 0;
        const end = (): void => {
          ended++;
        };
        const subscription = withResource({
          acquire: () => acquisition.pipe(tap(() => acquired++)),
          use: () => work,
          release: () => {
            released++;
            return releasing;
          },
        })
          .pipe(stopWhen(NEVER))
          .subscribe({ error: end, complete: end });

        for (const each of steps) {
          if (each === 'acquire') acquisition.next('db');
          if (each === 'refuse') acquisition.error(new Error('refused'));
          if (each === 'next') work.next('a');
          if (each === 'complete') work.complete();
          if (each === 'error') work.error(new Error('lost'));
          if (each === 'unsubscribe') subscription.unsubscribe();
          if (each === 'released') releasing.complete();
          if (each === 'stuck') releasing.error(new Error('stuck'));

          // acquired and not released: only while it is in use
          expect(acquired - released).toBe(work.observed ? 1 : 0);
          expect(acquired).toBeLessThanOrEqual(1);
          expect(ended > 0 && (acquisition.observed || work.observed || releasing.observed)).toBe(false);
        }
        subscription.unsubscribe();
        acquisition.next('late');

        expect(released).toBe(acquired);
        expect(ended).toBeLessThanOrEqual(1);
      }),
      { numRuns: 200 },
    );
    await afterReports();
  });
});
