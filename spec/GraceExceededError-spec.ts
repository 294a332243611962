import { describe, expect, it } from '@jest/globals';
import { NEVER, Subject } from 'rxjs';
import { GraceExceededError, group, runner, RunGroupError, settle, stopWhen, type Grace } from '../src/index.js';
import { expectLeftRunning } from './helpers/leftRunning.js';
import { run } from './helpers/marbles.js';

const hanging = runner({ run: () => NEVER, teardown: () => NEVER });

describe('GraceExceededError', () => {
  it('should be an Error with a name of its own', () => {
    const error = new GraceExceededError(['api'], 500);

    expect(error).toBeInstanceOf(GraceExceededError);
    expect(error).toBeInstanceOf(Error);
    expect(error.name).toBe('GraceExceededError');
    expect(String(error)).toBe('GraceExceededError: api had not settled within 500 ms');
  });

  it('should have the path and the period', () => {
    expect(new GraceExceededError(['api', 'socket'], 500)).toMatchObject({ path: ['api', 'socket'], grace: 500 });
  });

  it('should have the period as it was given, also if not in milliseconds', () => {
    expect(new GraceExceededError(['api'], NEVER).grace).toBe(NEVER);
  });

  it.each<[string, readonly string[], Grace, string]>([
    ['the member and the period', ['api'], 500, 'api had not settled within 500 ms'],
    ['the whole path', ['api', 'socket'], 500, 'api/socket had not settled within 500 ms'],
    ['no number where there is none', ['api'], NEVER, 'api had not settled within the grace period'],
    ['no member where there is none', [], 500, 'the teardown had not settled within 500 ms'],
  ])('should have a message with %s', (_, path, grace, message) => {
    expect(new GraceExceededError(path, grace).message).toBe(message);
  });

  it('should name each member of a group that had not settled', () => {
    run(({ cold, time, expectObservable, expectSubscriptions }) => {
      const e1 = cold(' --|    ');
      const e1subs = '  ^-!    ';
      const grace = time('---| ');
      const expected = '-----# ';

      const result = group({ api: hanging, worker: e1, db: hanging }, { grace });

      expectObservable(result).toBe(
        expected,
        undefined,
        new RunGroupError([
          { path: ['api'], phase: 'grace', error: new GraceExceededError(['api'], grace) },
          { path: ['db'], phase: 'grace', error: new GraceExceededError(['db'], grace) },
        ]),
      );
      expectSubscriptions(e1.subscriptions).toBe(e1subs);
    });
  });

  it('should come alone out of an operator that is not a group', () => {
    run(({ cold, time, expectObservable, expectSubscriptions }) => {
      const e1 = cold(' --x    ');
      const e1subs = '  ^-!    ';
      const grace = time('---| ');
      const expected = '-----# ';

      expectObservable(hanging.pipe(stopWhen(e1, { grace }))).toBe(
        expected,
        undefined,
        new GraceExceededError([], grace),
      );
      expectSubscriptions(e1.subscriptions).toBe(e1subs);
    });
  });

  it('should not name what is inside a member that has no group of its own', () => {
    const over = new Subject<void>();
    const end = new Subject<never>();
    const errors: unknown[] = [];

    group({ api: hanging.pipe(settle()), end }, { grace: over }).subscribe({
      error: (error: unknown) => errors.push(error),
    });
    end.complete();
    over.next();

    expect((errors[0] as RunGroupError).failures).toStrictEqual([
      { path: ['api'], phase: 'grace', error: new GraceExceededError(['api'], over) },
    ]);
    expectLeftRunning(1);
  });
});
