import { describe, expect, it } from '@jest/globals';
import { inspect, type InspectOptions } from 'node:util';
import { finalize, NEVER, Subject, throwError } from 'rxjs';
import { group, RunGroupError, settle, type Failure } from '../src/index.js';

const sad = new Error('sad');
const bad = new TypeError('bad');

/** The error that a stream ends with. */
function errorOf(source: ReturnType<typeof group>): RunGroupError {
  const errors: unknown[] = [];
  source.subscribe({ error: (error: unknown) => errors.push(error) });
  return errors[0] as RunGroupError;
}

describe('RunGroupError', () => {
  it('should be an AggregateError with a name of its own', () => {
    const error = new RunGroupError([{ path: ['api'], phase: 'run', error: sad }]);

    expect(error).toBeInstanceOf(RunGroupError);
    expect(error).toBeInstanceOf(AggregateError);
    expect(error).toBeInstanceOf(Error);
    expect(error.name).toBe('RunGroupError');
    expect(String(error)).toBe('RunGroupError: api: sad');
    expect(error.stack).toContain('RunGroupError');
  });

  it('should keep the errors as they are, in their order, and the first one as its cause', () => {
    const thrown = { code: 7 };
    const failures: Failure[] = [
      { path: ['api'], phase: 'run', error: sad },
      { path: ['db'], phase: 'teardown', error: thrown },
      { path: ['queue'], phase: 'grace', error: bad },
    ];

    const error = new RunGroupError(failures);

    expect(error.errors).toHaveLength(3);
    expect(error.errors[0]).toBe(sad);
    expect(error.errors[1]).toBe(thrown);
    expect(error.errors[2]).toBe(bad);
    expect(error.failures).toStrictEqual(failures);
    expect(error.cause).toBe(sad);
  });

  it.each<[string, Failure[], string]>([
    ['the path and the message of one failure', [{ path: ['api'], phase: 'run', error: sad }], 'api: sad'],
    ['the whole path', [{ path: ['api', 'socket'], phase: 'run', error: sad }], 'api/socket: sad'],
    ['the message alone where there is no path', [{ path: [], phase: 'run', error: sad }], 'sad'],
    [
      'how many more there are',
      [
        { path: ['api'], phase: 'run', error: sad },
        { path: ['db'], phase: 'teardown', error: bad },
        { path: ['db'], phase: 'teardown', error: bad },
      ],
      'api: sad (and 2 more)',
    ],
    ['what was thrown, if it is no Error', [{ path: ['api'], phase: 'run', error: 'reset' }], 'api: reset'],
    ['undefined, if that was thrown', [{ path: ['api'], phase: 'run', error: undefined }], 'api: undefined'],
  ])('should have a message with %s', (_, failures, message) => {
    expect(new RunGroupError(failures).message).toBe(message);
  });

  it('should survive what cannot be turned into a string', () => {
    const thrown: unknown = Object.create(null);

    const error = new RunGroupError([{ path: ['api'], phase: 'run', error: thrown }]);

    expect(error.message).toContain('api');
    expect(error.errors[0]).toBe(thrown);
  });

  it('should flatten the error of a nested group, with the paths of both', () => {
    const inner = new RunGroupError([
      { path: ['socket'], phase: 'run', error: sad },
      { path: ['http', 'server'], phase: 'teardown', error: bad },
    ]);

    const error = new RunGroupError([
      { path: ['api'], phase: 'run', error: inner },
      { path: ['db'], phase: 'run', error: 'last' },
    ]);

    expect(error.failures).toStrictEqual([
      { path: ['api', 'socket'], phase: 'run', error: sad },
      { path: ['api', 'http', 'server'], phase: 'teardown', error: bad },
      { path: ['db'], phase: 'run', error: 'last' },
    ]);
    expect(error.errors).toStrictEqual([sad, bad, 'last']);
    expect(error.message).toBe('api/socket: sad (and 2 more)');
    expect(error.cause).toBe(sad);
  });

  it('should flatten the error of a nested group of another copy of the package', () => {
    class Foreign extends Error {
      readonly failures: readonly Failure[] = [{ path: ['socket'], phase: 'run', error: sad }];
    }
    Object.defineProperty(Foreign.prototype, Symbol.for('rx-runner.error'), { value: 'RunGroupError' });

    const error = new RunGroupError([{ path: ['api'], phase: 'run', error: new Foreign('foreign') }]);

    expect(error.failures).toStrictEqual([{ path: ['api', 'socket'], phase: 'run', error: sad }]);
  });

  it('should not flatten an AggregateError that is not from a group', () => {
    const any = new AggregateError([sad, bad], 'several');

    const error = new RunGroupError([{ path: ['api'], phase: 'run', error: any }]);

    expect(error.errors).toHaveLength(1);
    expect(error.errors[0]).toBe(any);
  });

  it('should say that it is the teardown of a group that failed, where it is', () => {
    const inner = new RunGroupError([{ path: ['socket'], phase: 'run', error: sad }]);

    const error = new RunGroupError([{ path: ['api'], phase: 'teardown', error: inner }]);

    expect(error.failures).toStrictEqual([{ path: ['api', 'socket'], phase: 'teardown', error: sad }]);
  });

  it('should tell all that failed in groups of groups', () => {
    const pool = group({
      idle: NEVER.pipe(
        finalize(() => {
          throw bad;
        }),
      ),
    });

    const error = errorOf(group({ db: group({ pool }), api: throwError(() => sad) }));

    expect(error.failures).toStrictEqual([
      { path: ['api'], phase: 'run', error: sad },
      { path: ['db', 'pool', 'idle'], phase: 'teardown', error: bad },
    ]);
    expect(error.message).toBe('api: sad (and 1 more)');
  });

  it('should come out of an operator that is not a group when several things fail, the error of the run first', () => {
    const end = new Subject<never>();
    const errors: unknown[] = [];
    const failing = end.pipe(
      finalize(() => {
        throw bad;
      }),
    );

    failing.pipe(settle()).subscribe({ error: (error: unknown) => errors.push(error) });
    end.error(sad);

    expect(errors[0]).toBeInstanceOf(RunGroupError);
    expect((errors[0] as RunGroupError).failures).toStrictEqual([
      { path: [], phase: 'run', error: sad },
      { path: [], phase: 'teardown', error: bad },
    ]);
  });

  it('should not come out of an operator that is not a group when one thing fails', () => {
    const errors: unknown[] = [];

    throwError(() => sad)
      .pipe(settle())
      .subscribe({ error: (error: unknown) => errors.push(error) });

    expect(errors[0]).toBe(sad);
  });

  it('should not be changed by the array that it was made of', () => {
    const failures: Failure[] = [{ path: ['api'], phase: 'run', error: sad }];

    const error = new RunGroupError(failures);
    failures.length = 0;

    expect([error.failures.length, error.errors.length]).toStrictEqual([1, 1]);
  });

  it('should be found by what it contains', () => {
    const error = errorOf(group([NEVER, group([NEVER, throwError(() => bad)])]));

    expect(error.errors.some((each) => each instanceof TypeError)).toBe(true);
  });
});

describe('RunGroupError, printed', () => {
  /** As `console.error` prints it, with stacks of one line each. */
  const printed = (value: unknown, options: InspectOptions = {}): string =>
    inspect(value, options).replaceAll(/at \S+/gu, 'at …');
  const stacked = (error: Error): Error => Object.assign(error, { stack: `${String(error)}\n    at spec.ts:1:1` });
  const throwing = (property: string): Error =>
    Object.defineProperty(new Error('odd'), property, {
      get() {
        throw new Error('lazy');
      },
    });
  const failed = (error: unknown, ...path: string[]): Failure => ({ path, phase: 'run', error });

  it('should show each failure once, with its path, its phase and its stack', () => {
    const error = new RunGroupError([
      failed(stacked(new Error('in use', { cause: stacked(new Error('why')) })), 'api', 'socket'),
      { path: ['db'], phase: 'teardown', error: stacked(new TypeError('bad')) },
      { path: [], phase: 'grace', error: 'late' },
    ]);

    expect(printed(error)).toBe(
      [
        'RunGroupError: 3 failures',
        '  api/socket (run): Error: in use',
        '      at … {',
        '    [cause]: Error: why',
        '        at …',
        '  }',
        '  db (teardown): TypeError: bad',
        '      at …',
        "  (grace): 'late'",
      ].join('\n'),
    );
  });

  it('should show what is no Error as Node shows it, as deep as it is asked to', () => {
    const error = new RunGroupError([failed({ a: { b: { c: { d: 1 } } } }, 'api')]);

    expect(printed(error)).toBe('RunGroupError: 1 failure\n  api (run): { a: { b: { c: [Object] } } }');
    expect(printed(error, { depth: 0 })).toBe('RunGroupError: 1 failure\n  api (run): { a: [Object] }');
    expect(printed(new RunGroupError([failed(7, 'api')]), { colors: true })).toBe(
      'RunGroupError: 1 failure\n  api (run): \u001b[33m7\u001b[39m',
    );
  });

  it('should be short where it is too deep', () => {
    expect(printed({ a: { error: new RunGroupError([failed(7)]) } }, { depth: 0 })).toBe('{ a: [Object] }');
    expect(printed({ error: new RunGroupError([failed(7)]) }, { depth: 0 })).toBe('{ error: [RunGroupError] }');
  });

  it('should show the failures of nested groups as its own', () => {
    const inner = new RunGroupError([failed(1, 'socket'), failed(2, 'http')]);

    expect(printed(new RunGroupError([failed(inner, 'api'), failed(3, 'db')]))).toBe(
      'RunGroupError: 3 failures\n  api/socket (run): 1\n  api/http (run): 2\n  db (run): 3',
    );
  });

  it('should end where a cause leads back to it', () => {
    const round = stacked(new Error('round', { cause: undefined }));
    const error = new RunGroupError([failed(round, 'api'), failed(round, 'db')]);
    round.cause = error;
    const shown = ['Error: round', '      at … {', '    [cause]: [RunGroupError]', '  }'].join('\n');

    for (const depth of [2, Infinity])
      expect(printed(error, { depth })).toBe(`RunGroupError: 2 failures\n  api (run): ${shown}\n  db (run): ${shown}`);
    expect(printed(error)).toBe(printed(error));
  });

  it('should survive errors that cannot be read', () => {
    const { proxy, revoke } = Proxy.revocable({}, {});
    revoke();
    const error = new RunGroupError([failed(throwing('name'), 'api'), failed(proxy, 'db'), failed(1, 'x')]);

    expect(printed(error)).toMatch(
      /^RunGroupError: 3 failures\n {2}api \(run\): \[unreadable\]\n {2}db \(run\): <Revoked Proxy>\n {2}x \(run\): 1$/u,
    );
  });

  it('should leave what programs read as it is', () => {
    const error = new RunGroupError([failed(sad, 'api')]);

    expect(error.errors).toStrictEqual([sad]);
    expect(error.failures).toStrictEqual([failed(sad, 'api')]);
    expect(error.cause).toBe(sad);
    expect(Object.keys(error)).toStrictEqual(['failures']);
  });
});

describe('RunGroupError, of errors that cannot be read', () => {
  const { proxy, revoke } = Proxy.revocable(new Error('gone'), {});
  revoke();
  const odd = Object.defineProperty(new Error(), 'message', {
    get() {
      throw new Error('lazy');
    },
  });
  const failures = Object.defineProperty(new RunGroupError([]), 'failures', {
    get() {
      throw new Error('lazy');
    },
  });

  it.each<[string, unknown, string]>([
    ['with a message that throws', odd, 'api: [unreadable]'],
    ['that is a revoked proxy', proxy, 'api: [unreadable]'],
    ['with a message that is no text', Object.assign(new Error(), { message: Symbol('odd') }), 'api: Symbol(odd)'],
    ['of a group whose failures throw', failures, 'api: '],
  ])('should keep one %s', (_, error, message) => {
    const all = new RunGroupError([{ path: ['api'], phase: 'run', error }]);

    expect(all.message).toBe(message);
    expect(all.errors[0] === error).toBe(true);
  });
});
