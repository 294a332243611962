import { describe, expect, it } from '@jest/globals';
import { describeFailure } from '../../src/node/internal/describeFailure.js';

describe('describeFailure', () => {
  const failed = (error: unknown) => describeFailure({ path: ['api', 'socket'], phase: 'run', error });
  const plain = (message: string, options?: ErrorOptions) =>
    Object.assign(new Error(message, options), { stack: `Error: ${message}` });

  it('should name the member, and say if it was its teardown', () => {
    const error = 'boom';

    expect(describeFailure({ path: ['api', 'socket'], phase: 'run', error })).toBe("api/socket failed: 'boom'");
    expect(describeFailure({ path: ['db'], phase: 'teardown', error })).toBe("db teardown failed: 'boom'");
    expect(describeFailure({ path: ['db'], phase: 'grace', error })).toBe("db failed: 'boom'");
    expect(describeFailure({ path: [], phase: 'run', error })).toBe("main failed: 'boom'");
    expect(describeFailure({ path: [], phase: 'teardown', error })).toBe("main teardown failed: 'boom'");
  });

  it('should print the stack', () => {
    expect(failed(new TypeError('boom'))).toMatch(
      /^api\/socket failed: TypeError: boom\n {4}at .*describeFailure-spec/,
    );
  });

  it('should print what an error has beside its message', () => {
    expect(failed(Object.assign(plain('in use'), { code: 'EADDRINUSE', port: 80 }))).toBe(
      "api/socket failed: [Error: in use] { code: 'EADDRINUSE', port: 80 }",
    );
  });

  it('should print causes, as deep as Node itself prints those of an uncaught error', () => {
    const depth = 5;
    let error = plain('cause 0');
    for (let level = 1; level <= depth; level++) error = plain(`cause ${level}`, { cause: error });

    const text = failed(error);

    for (let level = 0; level <= depth; level++) expect(text).toContain(`Error: cause ${level}`);
  });

  it('should print the errors within an AggregateError, and their causes', () => {
    const inner = new AggregateError([plain('one', { cause: plain('its cause') }), 'no error'], 'several');

    const text = failed(plain('outer', { cause: plain('middle', { cause: inner }) }));

    for (const part of ['several', 'Error: one', 'Error: its cause', "'no error'"]) expect(text).toContain(part);
  });

  it('should not print all that hangs on an error', () => {
    const request = { socket: { server: { connections: { first: { peer: { secret: 'far away' } } } } } };

    expect(failed(Object.assign(plain('boom'), { request }))).not.toContain('far away');
  });

  it('should end where a cause is its own cause', () => {
    const error = plain('round');
    error.cause = plain('and round', { cause: error });

    expect(failed(error)).toContain('Error: and round');
  });

  it.each([
    [undefined, 'undefined'],
    [null, 'null'],
    [0, '0'],
    [{ code: 7 }, '{ code: 7 }'],
    [Object.create(null), '[Object: null prototype] {}'],
    [Symbol('odd'), 'Symbol(odd)'],
  ])('should print %p, which is no error', (error, text) => {
    expect(failed(error)).toBe(`api/socket failed: ${text}`);
  });
});
