import { afterEach, describe, expect, it, jest } from '@jest/globals';
import fc from 'fast-check';
import { config, mergeMap, NEVER, Observable, of, Subject, switchMap, take, throwError } from 'rxjs';
import * as entry from '../src/index.js';
import {
  awaitTeardown,
  detached,
  drain,
  group,
  runner,
  settle,
  StopError,
  stopWhen,
  type LifecycleEvent,
} from '../src/index.js';
import { asInterop } from './helpers/interop.js';
import { run } from './helpers/marbles.js';
import { afterReports, unhandled } from './helpers/unhandled.js';

/** The source, and what is called when it is torn down. */
function withFinalizer<T>(source: Observable<T>, finalizer: () => void): Observable<T> {
  return new Observable((subscriber) => {
    subscriber.add(finalizer);
    source.subscribe(subscriber);
  });
}

describe('detached', () => {
  afterEach(() => {
    config.onUnhandledError = null;
  });

  it('should keep an owner from waiting for what is not its own', () => {
    run(({ cold, expectObservable, expectSubscriptions }) => {
      const e1 = cold('  --a--|  ');
      const e1subs = '   ^----!  ';
      const e2 = cold('       --|');
      const e2subs = '   -----^-!';
      const e3 = cold('       -|  ');
      const e3subs = '   -----^!  ';
      const expected = ' --a---|  ';
      const stranger = withFinalizer(NEVER, () => {
        awaitTeardown(e2);
      }).subscribe();
      const source = withFinalizer(e1, () => {
        detached(() => {
          stranger.unsubscribe();
        });
        awaitTeardown(e3);
      });

      expectObservable(source.pipe(settle())).toBe(expected);
      expectSubscriptions(e1.subscriptions).toBe(e1subs);
      expectSubscriptions(e2.subscriptions).toBe(e2subs);
      expectSubscriptions(e3.subscriptions).toBe(e3subs);
    });
  });

  it('should make the difference: without it the owner waits', () => {
    run(({ cold, expectObservable, expectSubscriptions }) => {
      const e1 = cold('  --a--|   ');
      const e1subs = '   ^----!   ';
      const e2 = cold('       ---|');
      const e2subs = '   -----^--!';
      const expected = ' --a-----|';
      const stranger = withFinalizer(NEVER, () => {
        awaitTeardown(e2);
      }).subscribe();
      const source = withFinalizer(e1, () => {
        stranger.unsubscribe();
      });

      expectObservable(source.pipe(settle())).toBe(expected);
      expectSubscriptions(e1.subscriptions).toBe(e1subs);
      expectSubscriptions(e2.subscriptions).toBe(e2subs);
    });
  });

  it('should not cut the work off when whoever has detached it is unsubscribed', () => {
    run(({ cold, expectObservable, expectSubscriptions }) => {
      const e1 = cold('  --a--b--c--');
      const e1subs = '   ^---!      ';
      const e2 = cold('      ----|  ');
      const e2subs = '   ----^---!  ';
      const unsub = '    ----!      ';
      const expected = ' --a--      ';
      const source = withFinalizer(e1, () => {
        detached(() => {
          awaitTeardown(e2);
        });
      });

      expectObservable(source.pipe(settle()), unsub).toBe(expected);
      expectSubscriptions(e1.subscriptions).toBe(e1subs);
      expectSubscriptions(e2.subscriptions).toBe(e2subs);
    });
  });

  it('should not break unsubscription chains that are subscribed in it', () => {
    run(({ cold, expectObservable, expectSubscriptions }) => {
      const e1 = cold('  --a--b--c--|');
      const e1subs = '   ^-----!     ';
      const unsub = '    ------!     ';
      const expected = ' --a--b-     ';
      const inside = <T>(source: Observable<T>): Observable<T> =>
        new Observable((subscriber) => {
          detached(() => source.subscribe(subscriber));
        });

      const result = e1.pipe(
        mergeMap((value) => asInterop(of(value))),
        inside,
        mergeMap((value) => of(value)),
      );

      expectObservable(result, unsub).toBe(expected);
      expectSubscriptions(e1.subscriptions).toBe(e1subs);
    });
  });

  it('should keep an owner from waiting for what is torn down by a subscription in it', () => {
    run(({ cold, expectObservable, expectSubscriptions }) => {
      const e1 = cold('  --a--|     ');
      const e1subs = '   ^----!     ';
      const e2 = cold('  ------|    ');
      const e2subs = '   ^-----!    ';
      const expected = ' --a--|     ';
      const source = new Observable<string>((subscriber) => {
        detached(() =>
          withFinalizer(of('a'), () => {
            awaitTeardown(e2);
          }).subscribe(),
        );
        e1.subscribe(subscriber);
      });

      expectObservable(source.pipe(settle())).toBe(expected);
      expectSubscriptions(e1.subscriptions).toBe(e1subs);
      expectSubscriptions(e2.subscriptions).toBe(e2subs);
    });
  });

  it('should let an owner in it wait as ever', () => {
    run(({ cold, expectObservable, expectSubscriptions }) => {
      const e1 = cold('  --a--|   ');
      const e1subs = '   ^----!   ';
      const e2 = cold('       ---|');
      const e2subs = '   -----^--!';
      const expected = ' --a-----|';
      const inner = withFinalizer(e1, () => {
        awaitTeardown(e2);
      }).pipe(settle());
      const source = new Observable<string>((subscriber) => {
        detached(() => inner.subscribe(subscriber));
      });

      expectObservable(source).toBe(expected);
      expectSubscriptions(e1.subscriptions).toBe(e1subs);
      expectSubscriptions(e2.subscriptions).toBe(e2subs);
    });
  });

  it('should let a runner find the scope in which it was subscribed', () => {
    run(({ cold, expectObservable, expectSubscriptions }) => {
      const e1 = cold('  --a------------');
      const e1subs = '   ^----!         ';
      const e2 = cold('       ---|      ');
      const e2subs = '   -----^--!      ';
      const stop = '     -----x         ';
      const expected = ' --a-----|      ';
      const member = runner({ run: () => e1, teardown: () => e2 });
      const source = new Observable<string>((subscriber) => {
        const subscription = member.subscribe(subscriber.next.bind(subscriber));
        return () => {
          detached(() => {
            subscription.unsubscribe();
          });
        };
      });

      expectObservable(source.pipe(stopWhen(cold(stop)))).toBe(expected);
      expectSubscriptions(e1.subscriptions).toBe(e1subs);
      expectSubscriptions(e2.subscriptions).toBe(e2subs);
    });
  });

  it('should keep a runner that was subscribed in it from the scope', () => {
    run(({ cold, expectObservable, expectSubscriptions }) => {
      const e1 = cold('  --a------------');
      const e1subs = '   ^----!         ';
      const e2 = cold('       ---|      ');
      const e2subs = '   -----^--!      ';
      const stop = '     -----x         ';
      const expected = ' --a--|         ';
      const member = runner({ run: () => e1, teardown: () => e2 });
      const source = new Observable<string>((subscriber) => {
        const subscription = detached(() => member.subscribe(subscriber.next.bind(subscriber)));
        return () => {
          detached(() => {
            subscription.unsubscribe();
          });
        };
      });

      expectObservable(source.pipe(stopWhen(cold(stop)))).toBe(expected);
      expectSubscriptions(e1.subscriptions).toBe(e1subs);
      expectSubscriptions(e2.subscriptions).toBe(e2subs);
    });
  });

  it('should keep a runner in it from naming a member, and from making it ready', () => {
    const events: string[] = [];
    const next = ({ type, path }: LifecycleEvent): void => {
      events.push(`${path.join('/')} ${type}`);
    };
    const stranger = runner({
      name: 'stranger',
      run: (context) => {
        context.ready();
        return of('a');
      },
    });
    const member = new Observable<never>((subscriber) => {
      detached(() => stranger.subscribe());
      throwError(() => new Error('lost')).subscribe(subscriber);
    });

    group([member], { lifecycle: { next } }).subscribe({ error: () => undefined });

    expect(events).toStrictEqual(['0 starting', '0 failed']);
  });

  it('should call the function at once, each time, and return what it returns', () => {
    const fn = jest.fn(() => 'result');

    expect([detached(fn), detached(fn)]).toStrictEqual(['result', 'result']);

    expect(fn.mock.calls).toStrictEqual([[], []]);
  });

  it('should throw what the function throws, and leave the scope as it was', () => {
    run(({ cold, expectObservable, expectSubscriptions }) => {
      const failure = new Error('stuck');
      const e1 = cold('  --a--|   ');
      const e1subs = '   ^----!   ';
      const e2 = cold('       ---|');
      const e2subs = '   -----^--!';
      const expected = ' --a-----#';
      const source = withFinalizer(e1, () => {
        try {
          detached(() => {
            throw failure;
          });
        } finally {
          awaitTeardown(e2);
        }
      });

      expectObservable(source.pipe(settle())).toBe(expected, undefined, failure);
      expectSubscriptions(e1.subscriptions).toBe(e1subs);
      expectSubscriptions(e2.subscriptions).toBe(e2subs);
    });
  });

  it('should leave the scope as it was when it is nested', () => {
    run(({ cold, expectObservable, expectSubscriptions }) => {
      const e1 = cold('  --a--|     ');
      const e1subs = '   ^----!     ';
      const e2 = cold('       -----| ');
      const e2subs = '   -----^----!';
      const e3 = cold('       ---|   ');
      const e3subs = '   -----^--!  ';
      const expected = ' --a-----|  ';
      const source = withFinalizer(e1, () => {
        detached(() => {
          detached(() => undefined);
          awaitTeardown(e2);
        });
        awaitTeardown(e3);
      });

      expectObservable(source.pipe(settle())).toBe(expected);
      expectSubscriptions(e1.subscriptions).toBe(e1subs);
      expectSubscriptions(e2.subscriptions).toBe(e2subs);
      expectSubscriptions(e3.subscriptions).toBe(e3subs);
    });
  });

  it('should change nothing outside every scope', () => {
    run(({ cold, flush, expectSubscriptions }) => {
      const e2 = cold('  ---|');
      const e2subs = '   ^--!';

      detached(() => {
        awaitTeardown(e2);
      });
      flush();

      expectSubscriptions(e2.subscriptions).toBe(e2subs);
    });
  });

  it('should let a drain in it wait for what it triggers itself', () => {
    run(({ cold, expectObservable, expectSubscriptions }) => {
      const e2 = cold('  ---|     ');
      const e2subs = '   ^--!     ';
      const expected = ' ---(x|)  ';
      const subscription = withFinalizer(NEVER, () => {
        awaitTeardown(e2);
      }).subscribe();

      expectObservable(detached(() => drain(subscription))).toBe(expected, { x: undefined });
      expectSubscriptions(e2.subscriptions).toBe(e2subs);
    });
  });

  it('should let the source be stopped from within it, synchronously', () => {
    const log: unknown[] = [];
    const source = new Observable<number>((subscriber) => {
      for (let value = 0; !subscriber.closed && value < 10; value++) {
        log.push(value);
        subscriber.next(value);
      }
    });

    detached(() => source.pipe(take(3), settle()).subscribe({ complete: () => log.push('complete') }));

    expect(log).toStrictEqual([0, 1, 2, 'complete']);
  });

  it('should let what it stops be stopped again', () => {
    const teardown = jest.fn<() => void>();
    const subscription = runner({ run: () => NEVER, teardown }).subscribe();
    const stop = (): void => {
      detached(() => {
        subscription.unsubscribe();
      });
    };

    stop();
    stop();

    expect(teardown).toHaveBeenCalledTimes(1);
  });

  it('should give a teardown in it a reason of its own', () => {
    const reasons: unknown[] = [];
    const stop = new Subject<void>();
    const source = withFinalizer(NEVER, () => {
      awaitTeardown(({ reason }) => {
        reasons.push(reason);
      });
      detached(() => {
        awaitTeardown(({ reason }) => {
          reasons.push(reason);
        });
      });
    });

    group([source, stop]).subscribe();
    stop.complete();

    expect(reasons).toStrictEqual([expect.any(StopError), expect.any(StopError)]);
    expect(reasons[0]).toMatchObject({ by: ['1'] });
    expect(reasons[1]).not.toHaveProperty('by');
  });

  it('should have the errors of teardowns reported, in their order, and not counted', async () => {
    const errors = unhandled();
    const [first, second] = [new Error('first'), new Error('second')];
    const completed = jest.fn();
    const source = withFinalizer(of('a'), () => {
      detached(() => {
        awaitTeardown(throwError(() => first));
        awaitTeardown(() => Promise.reject(second));
      });
    });

    source.pipe(settle()).subscribe({ complete: completed, error: (error: unknown) => errors.push(['told', error]) });
    await afterReports();

    expect(completed).toHaveBeenCalledTimes(1);
    expect(errors).toStrictEqual([first, second]);
  });

  it('should hold also where a switchMap moves on', () => {
    run(({ cold, expectObservable, expectSubscriptions }) => {
      const e1 = cold('  --x--y--|      ');
      const e1subs = '   ^-------!      ';
      const e2 = cold('    ------        ');
      const e2subs = ['  --^--!          ', '-----^-----!'];
      const e3 = cold('       ----|      ');
      const stop = '     -----------z   ';
      const expected = ' -----------|   ';
      const inner = withFinalizer(e2, () => {
        detached(() => {
          awaitTeardown(e3);
        });
      });

      expectObservable(e1.pipe(switchMap(() => inner)).pipe(stopWhen(cold(stop)))).toBe(expected);
      expectSubscriptions(e1.subscriptions).toBe(e1subs);
      expectSubscriptions(e2.subscriptions).toBe(e2subs);
      expectSubscriptions(e3.subscriptions).toBe(['-----^---!', '-----------^---!']);
    });
  });

  it('should return the type of what the function returns', () => {
    // The types are checked by the compiler.
    const text: string = detached(() => 'text');
    const list: number[] = detached(() => [1]);
    // @ts-expect-error -- a value is no function
    const wrong = () => detached('text');

    expect([text, list]).toStrictEqual(['text', [1]]);
    expect(wrong).toThrow(TypeError);
  });

  it('should be found in the root entry', () => {
    expect(Object.keys(entry)).toContain('detached');
  });

  it('should wait for exactly what was not detached, however the calls are nested', () => {
    interface Call {
      readonly detach: boolean;
      readonly calls: readonly Call[];
    }
    const { call } = fc.letrec<{ call: Call }>((tie) => ({
      call: fc.record({
        detach: fc.boolean(),
        calls: fc.oneof({ depthSize: 'small' }, fc.constant([]), fc.array(tie('call'), { maxLength: 3 })),
      }),
    }));

    fc.assert(
      fc.property(fc.array(call, { maxLength: 3 }), (calls) => {
        const [own, strange]: [Subject<void>[], Subject<void>[]] = [[], []];
        const perform = (each: Call, outside: boolean): void => {
          const work = new Subject<void>();
          (outside ? strange : own).push(work);
          awaitTeardown(work);
          for (const { detach, calls: inner } of each.calls) {
            const next = (): void => {
              perform({ detach, calls: inner }, outside || detach);
            };
            if (detach) detached(next);
            else next();
          }
        };

        const source = withFinalizer(NEVER, () => {
          for (const each of calls) perform(each, false);
        });
        const ended = jest.fn();

        drain(source.subscribe()).subscribe({ complete: ended });

        for (const work of own) {
          expect(ended).not.toHaveBeenCalled();
          work.complete();
        }
        expect(ended).toHaveBeenCalledTimes(1);
        expect(strange.every(({ observed }) => observed)).toBe(true);
        for (const work of strange) work.complete();
        expect([...own, ...strange].some(({ observed }) => observed)).toBe(false);
      }),
      { numRuns: 200 },
    );
  });
});
