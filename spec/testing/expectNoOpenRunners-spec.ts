import { afterEach, describe, expect, it } from '@jest/globals';
import { NEVER, of, Subject, throwError } from 'rxjs';
import { TestScheduler } from 'rxjs/testing';
import { drain, group, runner, start, withResource, type Run } from '../../src/index.js';
import { expectNoOpenRunners, expectNoOpenRunnersAfterEach, lifecycleMarbles } from '../../src/testing/index.js';

/** What is said of the runs that have not ended; the places without their folder and their position. */
function leaks(check: () => void = expectNoOpenRunners): string[] {
  try {
    check();
  } catch (error: unknown) {
    return (error as Error).message.split('\n').map((line) => line.replace(/\(\S*[/\\]([\w-]+\.ts):\d+:\d+\)/, '$1'));
  }
  return [];
}

/** What is started here is stopped after the test. */
const runs: Run[] = [];

function started(source: Parameters<typeof start>[0]): Run {
  const run = start(source);
  runs.push(run);
  return run;
}

const idle = (name?: string) => runner({ ...(name && { name }), run: () => NEVER });

afterEach(async () => {
  await Promise.allSettled(runs.splice(0).map((run) => run.stop()));
});

describe('expectNoOpenRunners', () => {
  it('should pass where nothing was started', () => {
    void idle('api');

    expect(leaks()).toStrictEqual([]);
  });

  it('should pass where everything has ended: by itself, with an error, or stopped', async () => {
    started(runner({ run: () => of('a') }));
    const sad = new Error('sad');
    await expect(started(runner(() => throwError(() => sad))).done).rejects.toBe(sad);
    await started(group({ api: idle() })).stop();

    expect(leaks()).toStrictEqual([]);
  });

  it('should name what has not ended, and the place where it was made', () => {
    started(
      (function makeApi() {
        return idle('api');
      })(),
    );

    expect(leaks()).toStrictEqual([
      '1 run of a runner has not ended',
      '',
      "'api', made",
      '    in idle expectNoOpenRunners-spec.ts',
      '    in makeApi expectNoOpenRunners-spec.ts',
      expect.stringContaining('expectNoOpenRunners-spec.ts'),
    ]);
  });

  it('should point at the place where the first was made', () => {
    function makeApi() {
      return runner({ run: () => NEVER });
    }
    started(makeApi());

    let error: unknown;
    try {
      expectNoOpenRunners();
    } catch (thrown: unknown) {
      error = thrown;
    }

    expect((error as Error).stack).toMatch(/made\n.*\n(.*\n)?.*\n?\s+at makeApi \(.*expectNoOpenRunners-spec\.ts/);
  });

  it('should tell of each runner once, however often it runs, in the order of their starts', () => {
    const first = runner({ name: 'first', run: () => NEVER });
    const second = runner({ run: () => NEVER });
    started(second);
    started(first);
    started(second);

    const told = leaks().filter((line) => !line.startsWith('    '));

    expect(told).toStrictEqual([
      '3 runs of runners have not ended',
      '',
      'a runner without a name (2 runs), made',
      '',
      "'first', made",
    ]);
  });

  it('should list ten runners at most', () => {
    for (let index = 0; index < 12; index++) started(idle(`job ${index}`));

    const told = leaks().filter((line) => !line.startsWith('    '));

    expect(told[0]).toBe('12 runs of runners have not ended');
    expect(told.slice(-3)).toStrictEqual(["'job 9', made", '', 'and 2 more runners']);
  });

  it('should tell of the runners in a group, run functions too, with the place of the group', () => {
    (function startGroup() {
      started(
        group({
          api: idle('api'),
          worker: function work() {
            return NEVER;
          },
        }),
      );
    })();

    const told = leaks();

    expect(told).toContain("'api', made");
    expect(told[told.indexOf("'work', made") + 1]).toContain('started expectNoOpenRunners-spec.ts');
  });

  it('should tell of a resource', () => {
    started(withResource({ name: 'file', acquire: () => 1, use: () => NEVER, release: () => undefined }));

    expect(leaks()).toContain("'file', made");
  });

  it('should count a run as long as its teardown takes', () => {
    const teardown = new Subject<never>();
    const run = started(runner({ name: 'api', run: () => NEVER, teardown: () => teardown }));

    void run.stop();
    const during = leaks();
    teardown.complete();

    expect(during).toContain("'api', made");
    expect(leaks()).toStrictEqual([]);
  });

  it('should count a run whose teardown ends late, after it was left behind', () => {
    const teardown = new Subject<never>();
    const subscription = runner({ name: 'api', run: () => NEVER, teardown: () => teardown }).subscribe();

    drain(subscription, { grace: 0 }).subscribe();

    expect(leaks()).toContain("'api', made");
    teardown.complete();
    expect(leaks()).toStrictEqual([]);
  });

  it('should tell of a run once', () => {
    started(idle('api'));

    expect(leaks()).toContain("'api', made");
    expect(leaks()).toStrictEqual([]);
  });

  it('should not count what runs in virtual time', () => {
    lifecycleMarbles(({ runner: fromMarbles, expectObservable }) => {
      expectObservable(fromMarbles('-a-')).toBe('-a-');
    });
    new TestScheduler(() => undefined).run(({ cold, expectObservable }) => {
      expectObservable(runner({ run: () => cold('-a-') }));
    });

    expect(leaks()).toStrictEqual([]);
  });

  it('should let a run go on that outlives a test file under Jest, which takes the global object apart', () => {
    const record = (globalThis as Record<symbol, unknown>)[Symbol.for('rx-runner.ambient.1')];
    const properties = Object.values(Object.getOwnPropertyDescriptors(record));

    expect(properties.map(({ configurable }) => configurable)).toStrictEqual(properties.map(() => false));
  });
});

describe('expectNoOpenRunnersAfterEach', () => {
  /** The hooks of a framework, to be called by hand. */
  function hooks() {
    const called = { before: [] as (() => void)[], after: [] as (() => void)[] };
    expectNoOpenRunnersAfterEach({
      beforeEach: (callback) => called.before.push(callback),
      afterEach: (callback) => called.after.push(callback),
    });
    const call = (callbacks: (() => void)[]) => () => {
      for (const callback of callbacks) callback();
    };
    return { before: call(called.before), after: call(called.after) };
  }

  it('should fail after the test that has left something running, and only after that', () => {
    const { before, after } = hooks();

    before();
    started(idle('api'));
    const first = leaks(after);
    before();
    const second = leaks(after);

    expect(first).toContain("'api', made");
    expect(second).toStrictEqual([]);
  });

  it('should not count what ran before the test', () => {
    const { before, after } = hooks();
    started(idle('api'));

    before();
    const during = leaks(after);

    expect(during).toStrictEqual([]);
    expect(leaks()).toContain("'api', made");
  });

  it.each(['beforeEach', 'afterEach'])('should refuse hooks without %s', (name) => {
    const given = { beforeEach: () => undefined, afterEach: () => undefined, [name]: undefined };

    expect(() => {
      expectNoOpenRunnersAfterEach(given);
    }).toThrow(new TypeError(`expectNoOpenRunnersAfterEach: '${name}' must be a function, got undefined`));
  });
});
