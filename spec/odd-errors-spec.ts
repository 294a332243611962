import { describe, expect, it } from '@jest/globals';
import { finalize, NEVER, of, Subject, switchMap, throwError, timer, type Observable } from 'rxjs';
import {
  awaitTeardown,
  drain,
  group,
  restart,
  RunGroupError,
  runner,
  start,
  switchRun,
  withResource,
} from '../src/index.js';
import { owners } from './helpers/owners.js';

function throwing(property: string): unknown {
  return Object.defineProperty(new Error('odd'), property, {
    get() {
      throw new Error('lazy');
    },
  });
}

function revoked(): unknown {
  const { proxy, revoke } = Proxy.revocable(new Error('gone'), {});
  revoke();
  return proxy;
}

const oddities: readonly (readonly [what: string, odd: () => unknown])[] = [
  ['a message that throws', () => throwing('message')],
  ['a name that throws', () => throwing('name')],
  ['errors that throw', () => throwing('errors')],
  ['failures that throw', () => throwing('failures')],
  ['a stack that throws', () => throwing('stack')],
  ['nothing that can be read', revoked],
];

/** What the owner failed with, each error as it was thrown; it would wait for ever for one that does not end. */
async function errorsOf(source: Observable<unknown>): Promise<readonly unknown[]> {
  // within an object: a promise reads what it is resolved with
  const { error } = await new Promise<{ error: unknown }>((resolve, reject) => {
    source.subscribe({
      error: (notified: unknown) => {
        resolve({ error: notified });
      },
      complete: () => {
        reject(new Error('completed'));
      },
    });
  });
  return isGroupError(error) ? (error.errors as unknown[]) : [error];
}

/** Stops it when it has had the time to open what it needs. */
function stopped(source: Observable<unknown>): Observable<unknown> {
  const subscription = source.subscribe();
  return timer(5).pipe(switchMap(() => drain(subscription)));
}

function isGroupError(error: unknown): error is RunGroupError {
  try {
    return error instanceof RunGroupError;
  } catch {
    return false;
  }
}

/** Not by equality: the matchers read what they compare. */
function holds(errors: readonly unknown[], odd: unknown): boolean {
  return errors.some((error) => error === odd);
}

const all: typeof owners = [
  ...owners,
  ['group that passes the first error on', (source) => group({ api: source, idle: NEVER }, { errors: 'first' })],
];

describe.each(oddities)('an error with %s', (_, newOdd) => {
  describe.each(all)('of the source of %s', (__, owner) => {
    it.each<[string, (odd: unknown) => Observable<unknown>]>([
      ['notified', (odd) => throwError(() => odd as Error)],
      [
        'thrown by run',
        (odd) =>
          runner(() => {
            throw odd;
          }),
      ],
      // eslint-disable-next-line @typescript-eslint/prefer-promise-reject-errors -- it is what may come
      ['rejected by run', (odd) => runner(() => Promise.reject(odd))],
    ])('should be told of, at the end, %s', async (___, sourceOf) => {
      const odd = newOdd();

      expect(holds(await errorsOf(owner(sourceOf(odd))), odd)).toBe(true);
    });
  });

  describe.each(all)('of a teardown of %s', (__, owner) => {
    it('should be told of when the teardown has settled', async () => {
      const odd = newOdd();
      const source = runner({
        run: () => NEVER,
        // eslint-disable-next-line @typescript-eslint/prefer-promise-reject-errors -- it is what may come
        teardown: () => Promise.reject(odd),
      });

      expect(holds(await errorsOf(stopped(owner(source))), odd)).toBe(true);
    });

    it('should not keep the owner from its end, thrown by a finalizer', async () => {
      const source = NEVER.pipe(
        finalize(() => {
          throw newOdd();
        }),
      );

      // below us RxJS may have read it, and failed with that
      expect(await errorsOf(stopped(owner(source)))).toHaveLength(1);
    });
  });

  it('should be told of by withResource, whichever part failed with it', async () => {
    const odd = newOdd();
    const fail = (): never => {
      throw odd;
    };
    const parts = { acquire: () => 1, use: () => of(1), release: () => undefined };

    for (const part of ['acquire', 'use', 'release'])
      expect(holds(await errorsOf(withResource({ ...parts, [part]: fail })), odd)).toBe(true);
  });

  it('should be told of by start: done rejects with it, and the report has it', async () => {
    const odd = newOdd();
    const run = start(
      group({
        // eslint-disable-next-line @typescript-eslint/prefer-promise-reject-errors -- it is what may come
        api: () => Promise.reject(odd),
        idle: NEVER,
      }),
    );

    const error: unknown = await run.done.catch((reason: unknown) => reason);

    expect(isGroupError(error) && holds(error.errors, odd)).toBe(true);
    expect(run.report().members.api?.state).toBe('failed');
    expect(run.report().members.api?.error === odd).toBe(true);
  });

  it('should be no clean stop when run rejects with it after the stop', async () => {
    const odd = newOdd();
    const source = runner(
      ({ signal }) =>
        new Promise<void>((_resolve, reject) => {
          signal.addEventListener('abort', () => {
            // eslint-disable-next-line @typescript-eslint/prefer-promise-reject-errors -- it is what may come
            reject(odd);
          });
        }),
    );

    expect(holds(await errorsOf(drain(source.subscribe())), odd)).toBe(true);
  });

  it('should be restarted after, as after any other', async () => {
    let runs = 0;
    const source = runner(() => (++runs < 3 ? throwError(() => newOdd() as Error) : of('well')));

    const values: unknown[] = [];
    await new Promise<void>((resolve, reject) => {
      source.pipe(restart({ delay: 1 })).subscribe({
        next: (value) => values.push(value),
        error: () => {
          reject(new Error('not restarted'));
        },
        complete: resolve,
      });
    });

    expect([runs, values]).toStrictEqual([3, ['well']]);
  });

  it('should be handed over as the reason of the stop, and as the cause of what stops', async () => {
    const odd = newOdd();
    const reasons: unknown[] = [];
    const other = runner({
      run: () => NEVER,
      teardown: ({ reason }) => void reasons.push(reason.cause),
    });

    await errorsOf(group({ api: timer(1).pipe(switchRun(() => throwError(() => odd as Error))), other }));
    const stopped = start(other);
    await stopped.stop(odd);

    expect(reasons.map((cause) => cause === odd)).toStrictEqual([true, true]);
  });

  it('should be told of by awaitTeardown, thrown or waited for', async () => {
    const odd = newOdd();
    const ends = new Subject<never>();
    const source = ends.pipe(
      finalize(() => {
        awaitTeardown(() => {
          throw odd as Error;
        });
        awaitTeardown(throwError(() => odd as Error));
      }),
    );

    const errors = await errorsOf(drain(source.subscribe()));

    expect(errors.map((error) => error === odd)).toStrictEqual([true, true]);
  });
});
