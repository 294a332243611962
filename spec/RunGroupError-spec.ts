import { describe, expect, it } from '@jest/globals';
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
