import { describe, expect, it } from '@jest/globals';
import { lastValueFrom, NEVER, Observable, Subject, type Subscriber } from 'rxjs';
import { group, runner, withResource, type Failure, type RunContext, type RunGroupError } from '../src/index.js';
import { owners } from './helpers/owners.js';

/** Fails a run after its stop, in a way of its own; `stop` is for what stops itself. */
type Late = (context: RunContext, error: (context: RunContext) => unknown, stop: () => void) => Promise<never>;

const ways: readonly (readonly [how: string, late: Late])[] = [
  [
    'throws when it has stopped itself',
    (context, error, stop) => {
      stop();
      throw error(context) as Error;
    },
  ],
  [
    'rejects when it has stopped itself',
    (context, error, stop) => {
      stop();
      return rejecting(error(context));
    },
  ],
  [
    'rejects as its signal aborts',
    (context, error) =>
      new Promise((_, reject) => {
        context.signal.addEventListener('abort', () => {
          // eslint-disable-next-line @typescript-eslint/prefer-promise-reject-errors -- it is what may come
          reject(error(context));
        });
      }),
  ],
  [
    'rejects after that',
    async (context, error) => {
      await new Promise((resolve) => {
        context.signal.addEventListener('abort', resolve);
      });
      await new Promise((resolve) => setTimeout(resolve, 2));
      throw error(context);
    },
  ],
];

/** As whatever it is, as code in JavaScript may. */
function rejecting(error: unknown): Promise<never> {
  // eslint-disable-next-line @typescript-eslint/prefer-promise-reject-errors -- it is what may come
  return Promise.reject(error);
}

type Part = (late: (context: RunContext) => Promise<never>) => Observable<unknown>;

const parts: readonly (readonly [what: string, part: Part])[] = [
  ['run', (late) => runner(late)],
  ['run, in a promise of a runner', (late) => runner(() => Promise.resolve(runner(late)))],
  ['acquire', (late) => withResource({ acquire: late, use: () => NEVER, release: () => undefined })],
  ['use', (late) => withResource({ acquire: () => 1, use: (_, context) => late(context), release: () => undefined })],
  [
    'use of what a promise has opened',
    (late) =>
      withResource({
        acquire: () => Promise.resolve(1),
        use: (_, context) => late(context),
        release: () => undefined,
      }),
  ],
];

/** What a group has failed with, in which this is stopped: by itself, or by another member that ends. */
async function failuresOf(
  part: Part,
  late: Late,
  error: (context: RunContext) => unknown,
): Promise<readonly Failure[]> {
  const end = new Subject<void>();
  const stop = (): void => {
    end.next();
    end.complete();
  };
  const api = part((context) => {
    // when it is known to run
    setTimeout(stop, 2);
    return late(context, error, stop);
  });
  const ended = lastValueFrom(group({ end, api }), { defaultValue: undefined });
  return ended.then(
    () => [],
    (reason: unknown) => (reason as RunGroupError).failures,
  );
}

const sad = new Error('sad');

describe.each(parts)('what fails after the stop in %s', (_, part) => {
  describe.each(ways)('as it %s', (__, late) => {
    it('should have failed in its run', async () => {
      const failures = await failuresOf(part, late, () => sad);

      expect(failures).toStrictEqual([{ path: ['api'], phase: 'run', error: sad }]);
    });

    it.each<[string, (context: RunContext) => unknown]>([
      ['the reason of its signal', ({ signal }) => signal.reason as unknown],
      ['an abort error', () => new DOMException('aborted', 'AbortError')],
    ])('should have stopped cleanly with %s, which is but the echo of the stop', async (___, error) => {
      expect(await failuresOf(part, late, error)).toStrictEqual([]);
    });

    it.each(owners)('should have failed in its run in the care of %s', async (___, owner) => {
      const failures = await failuresOf(
        (run) => owner(part(run)),
        late,
        () => sad,
      );

      expect(failures.map(({ phase, error }) => [phase, error])).toStrictEqual([['run', sad]]);
    });
  });
});

describe('what acquire has returned', () => {
  /** A resource that is being opened when it is stopped, and what came of it. */
  async function stoppedWhile(
    open: (context: RunContext, subscriber: Subscriber<string>) => void,
  ): Promise<{ readonly log: readonly string[]; readonly failures: readonly Failure[] }> {
    const log: string[] = [];
    const part: Part = (late) =>
      withResource({
        acquire: (context) =>
          new Observable<string>((subscriber) => {
            void late(context);
            open(context, subscriber);
          }),
        use: () => {
          log.push('used');
          return NEVER;
        },
        release: (resource) => void log.push(`released ${resource}`),
      });
    const failures = await failuresOf(
      part,
      () => new Promise(() => undefined),
      () => sad,
    );
    return { log, failures };
  }

  const moments: readonly (readonly [when: string, after: (call: () => void) => void])[] = [
    ['as the signal aborts', (call) => call()],
    ['after that', (call) => void setTimeout(call, 2)],
  ];

  describe.each(moments)('%s', (_, after) => {
    const whenAborted = ({ signal }: RunContext, call: () => void): void => {
      signal.addEventListener('abort', () => {
        after(call);
      });
    };

    it('should have failed in its run when it errs', async () => {
      const { log, failures } = await stoppedWhile((context, subscriber) => {
        whenAborted(context, () => {
          subscriber.error(sad);
        });
      });

      expect(failures).toStrictEqual([{ path: ['api'], phase: 'run', error: sad }]);
      expect(log).toStrictEqual([]);
    });

    it('should have stopped cleanly when it errs with the reason of the stop', async () => {
      const { log, failures } = await stoppedWhile((context, subscriber) => {
        whenAborted(context, () => {
          subscriber.error(context.signal.reason);
        });
      });

      expect([log, failures]).toStrictEqual([[], []]);
    });

    it('should be released, and never used, when it is opened', async () => {
      const { log, failures } = await stoppedWhile((context, subscriber) => {
        whenAborted(context, () => {
          subscriber.next('db');
        });
      });

      expect([log, failures]).toStrictEqual([['released db'], []]);
    });
  });
});
