import { describe, expect, it } from '@jest/globals';
import { NEVER, Subject } from 'rxjs';
import { awaitTeardown, drain, group, runner, StopError, stopWhen } from '../src/index.js';

/** Writes down the reason of its signal, then that of its teardown. */
function curious(reasons: unknown[]) {
  return runner({
    run: ({ signal }) => {
      signal.addEventListener('abort', () => reasons.push(signal.reason));
      return NEVER;
    },
    teardown: ({ reason }) => void reasons.push(reason),
  });
}

describe('StopError', () => {
  it('should be an Error with the name that abort errors have', () => {
    const error = new StopError();

    expect(error).toBeInstanceOf(StopError);
    expect(error).toBeInstanceOf(Error);
    expect(error.name).toBe('AbortError');
    expect(String(error)).toBe('AbortError: stopped');
  });

  it('should have the member that caused the stop, and its error', () => {
    const sad = new Error('sad');

    const error = new StopError({ by: ['api', 'socket'], cause: sad });

    expect(error.by).toStrictEqual(['api', 'socket']);
    expect(error.cause).toBe(sad);
  });

  it('should have neither when it was stopped from outside without a reason', () => {
    const error = new StopError();

    expect('by' in error).toBe(false);
    expect('cause' in error).toBe(false);
  });

  it.each<[string, StopError, string]>([
    ['that it was stopped', new StopError(), 'stopped'],
    ['that it was stopped, whatever the outer reason', new StopError({ cause: 'SIGINT' }), 'stopped'],
    ['which member completed', new StopError({ by: ['api'] }), 'stopped, because api ended'],
    ['which member failed', new StopError({ by: ['api', 'socket'], cause: 1 }), 'stopped, because api/socket failed'],
  ])('should say %s', (_, error, message) => {
    expect(error.message).toBe(message);
  });

  it('should be one for the whole stop of a group: signals and teardowns, nested ones too', () => {
    const reasons: unknown[] = [];
    const end = new Subject<never>();

    group({ a: curious(reasons), nested: group([curious(reasons)]), end }).subscribe();
    end.complete();

    expect(reasons).toHaveLength(4);
    expect(reasons[0]).toStrictEqual(new StopError({ by: ['end'] }));
    expect(new Set(reasons).size).toBe(1);
  });

  it('should be another one for another run', () => {
    const reasons: unknown[] = [];
    const result = group([curious(reasons)]);

    result.subscribe().unsubscribe();
    result.subscribe().unsubscribe();

    expect(reasons).toHaveLength(4);
    expect(new Set(reasons).size).toBe(2);
  });

  it('should be the same for everything below an operator that stops', () => {
    const reasons: unknown[] = [];
    const stop = new Subject<string>();

    group([curious(reasons), curious(reasons)])
      .pipe(stopWhen(stop))
      .subscribe();
    stop.next('enough');

    expect(reasons).toHaveLength(4);
    expect(new Set(reasons).size).toBe(1);
    expect(reasons[0]).toBeInstanceOf(StopError);
  });

  it('should have the reason of the signal that stops as its cause', () => {
    const reasons: unknown[] = [];
    const controller = new AbortController();

    curious(reasons).pipe(stopWhen(controller.signal)).subscribe();
    controller.abort('shutting down');

    expect(reasons[0]).toMatchObject({ name: 'AbortError', cause: 'shutting down' });
  });

  it('should be there too for what is drained', () => {
    const reasons: unknown[] = [];
    const subscription = curious(reasons).subscribe();

    drain(subscription).subscribe();

    expect(reasons[0]).toBeInstanceOf(StopError);
    expect(reasons[1]).toBe(reasons[0]);
  });

  it('should be there too for a teardown that belongs to nobody', () => {
    const reasons: unknown[] = [];

    awaitTeardown(({ reason }) => void reasons.push(reason));

    expect(reasons).toStrictEqual([new StopError()]);
  });
});
