import { ApplicationRef, createEnvironmentInjector, EnvironmentInjector, signal } from '@angular/core';
import { TestBed } from '@angular/core/testing';
import { describe, expect, it } from '@jest/globals';
import { BehaviorSubject, NEVER, of, Subject, throwError, type Observable } from 'rxjs';
import { runnerResource, type RunnerRef } from '../../src/angular/index.js';
import { finalizeAsync, group, type RunContext } from '../../src/index.js';
import { afterReports } from '../helpers/unhandled.js';
import { component, handled, inApplication, stability, stable } from './helpers/application.js';
import { probe } from './helpers/probe.js';

/** A resource whose runs say what they are for, and end when the test says so. */
function rooms(initial: string | undefined) {
  const room = signal(initial);
  const { source, values, teardowns, alive } = probe();
  const asked: string[] = [];
  const ref = inApplication(() =>
    runnerResource({
      params: () => room(),
      run: (name) => {
        asked.push(name);
        return source;
      },
      defaultValue: 'none',
    }),
  );
  return { room, values, teardowns, alive, asked, ref };
}

function tick(): void {
  TestBed.inject(ApplicationRef).tick();
}

describe('runnerResource', () => {
  it('should run with the params, and the context of a runner', async () => {
    const contexts: RunContext[] = [];
    const ref = inApplication(() =>
      runnerResource({
        params: () => ({ id: 7 }),
        run: ({ id }, context) => {
          contexts.push(context);
          return of(id);
        },
      }),
    );
    expect([ref.status(), ref.value(), contexts]).toStrictEqual(['waiting', undefined, []]);

    await stable();

    expect([ref.status(), ref.value()]).toStrictEqual(['completed', 7]);
    expect(contexts.map(({ signal: { aborted } }) => aborted)).toStrictEqual([false]);
  });

  it('should be idle while the params are undefined', async () => {
    const { room, teardowns, alive, asked, values, ref } = rooms(undefined);
    await stable();
    expect([ref.status(), asked, ref.restart()]).toStrictEqual(['idle', [], false]);
    await expect(ref.done).resolves.toBeUndefined();
    await expect(ref.stop()).resolves.toBeUndefined();

    room.set('a');
    expect(ref.status()).toBe('waiting');
    await stable();
    values.next('hello');
    expect([alive.now, ref.value()]).toStrictEqual([1, 'hello']);
    room.set(undefined);
    expect(ref.value()).toBe('none');
    tick();
    expect(ref.status()).toBe('stopping');
    teardowns[0]?.complete();
    await stable();

    expect([ref.status(), ref.value(), alive.now, asked]).toStrictEqual(['idle', 'none', 0, ['a']]);
  });

  it('should start the next one only when the teardown of the one before has settled', async () => {
    const { room, values, teardowns, alive, asked, ref } = rooms('a');
    await stable();
    values.next('in a');

    room.set('b');
    tick();
    await afterReports();
    expect([ref.status(), asked, alive.now]).toStrictEqual(['stopping', ['a'], 1]);
    teardowns[0]?.complete();
    await stable();
    expect([ref.status(), ref.value(), asked]).toStrictEqual(['starting', 'none', ['a', 'b']]);
    values.next('in b');

    expect(ref.value()).toBe('in b');
    expect(alive).toStrictEqual({ now: 1, most: 1, started: 2 });
  });

  it('should start the latest of the params that came meanwhile', async () => {
    const { room, teardowns, asked, alive } = rooms('a');
    await stable();

    for (const name of ['b', 'c', 'd']) {
      room.set(name);
      tick();
    }
    teardowns[0]?.complete();
    await stable();

    expect([asked, alive.most]).toStrictEqual([['a', 'd'], 1]);
  });

  it('should start it again when the params went and came back meanwhile', async () => {
    const { room, teardowns, asked, ref } = rooms('a');
    await stable();

    room.set(undefined);
    tick();
    room.set('a');
    tick();
    teardowns[0]?.complete();
    await stable();

    expect([asked, ref.status()]).toStrictEqual([['a', 'a'], 'starting']);
  });

  it('should never have two alive, whatever the order of changes, restarts and teardowns', async () => {
    const { room, teardowns, alive, ref } = rooms('a');
    await stable();

    for (let round = 0; round < 40; round++) {
      if (round % 2) room.set(`room ${round}`);
      if (round % 3 === 0) ref.restart();
      if (round % 5 === 0) room.set(undefined);
      if (round % 7 === 0) void ref.stop();
      tick();
      if (round % 4 !== 0) teardowns.at(-1)?.complete();
      await afterReports();
      expect(alive.now).toBeLessThanOrEqual(1);
    }

    expect(alive.most).toBe(1);
    expect(alive.started).toBeGreaterThan(10);
  });

  it('should keep the application from being stable until the old one is gone', async () => {
    const { room, teardowns } = rooms('a');
    await stable();

    room.set('b');
    const state = stability();
    await afterReports();
    expect(state.reached).toBe(false);
    teardowns[0]?.complete();
    await stable();

    expect(state.reached).toBe(true);
  });

  it('should not show the value of other params', async () => {
    const { room, values, ref } = rooms('a');
    await stable();
    values.next('in a');

    room.set('b');
    expect(ref.value()).toBe('none');
    values.next('still in a');

    expect(ref.value()).toBe('none');
  });

  it('should not show the value of a run that was long ago', async () => {
    const { room, values, teardowns, ref } = rooms('a');
    await stable();
    values.next('in a');

    for (const name of ['b', 'a']) {
      room.set(name);
      tick();
      teardowns.at(-1)?.complete();
      await stable();
      expect([ref.status(), ref.value()]).toStrictEqual(['starting', 'none']);
    }
  });

  it('should keep the value while it is started again for the same params', async () => {
    const { values, teardowns, asked, ref } = rooms('a');
    await stable();
    values.next('in a');

    expect(ref.restart()).toBe(true);
    teardowns[0]?.complete();
    await stable();

    expect([asked, ref.value(), ref.status()]).toStrictEqual([['a', 'a'], 'in a', 'starting']);
  });

  it('should not run again for params that are equal', async () => {
    const room = signal({ name: 'a', visitors: 0 });
    const asked: string[] = [];
    inApplication(() =>
      runnerResource({
        params: () => room().name,
        run: (name) => {
          asked.push(name);
          return NEVER;
        },
      }),
    );
    await stable();

    room.set({ name: 'a', visitors: 1 });
    await stable();

    expect(asked).toStrictEqual(['a']);
  });

  it('should not depend on the signals that the run reads', async () => {
    const room = signal('a');
    const language = signal('en');
    const asked: string[] = [];
    inApplication(() =>
      runnerResource({
        params: () => room(),
        run: (name) => {
          asked.push(`${name} ${language()}`);
          return NEVER;
        },
      }),
    );
    await stable();

    language.set('de');
    await stable();

    expect(asked).toStrictEqual(['a en']);
  });

  it('should stay stopped until the params change', async () => {
    const { room, teardowns, asked, ref } = rooms('a');
    await stable();

    const stopped = ref.stop();
    teardowns[0]?.complete();
    await stopped;
    await stable();
    expect([ref.status(), asked]).toStrictEqual(['stopped', ['a']]);
    room.set('b');
    await stable();

    expect([ref.status(), asked]).toStrictEqual(['starting', ['a', 'b']]);
  });

  it('should not follow the params after destroy()', async () => {
    const { room, teardowns, asked, ref } = rooms('a');
    await stable();

    ref.destroy();
    teardowns[0]?.complete();
    await stable();
    expect(ref.status()).toBe('stopped');
    room.set('b');
    await stable();

    expect([ref.restart(), asked, ref.status()]).toStrictEqual([false, ['a'], 'idle']);
  });

  it('should be idle after destroy(), whatever the params', async () => {
    const { room, ref } = rooms(undefined);
    await stable();
    room.set('a');
    expect(ref.status()).toBe('waiting');

    ref.destroy();

    expect(ref.status()).toBe('idle');
  });

  it('should not read the params after destroy()', async () => {
    const room = signal('a');
    const read: string[] = [];
    const ref = inApplication(() =>
      runnerResource({
        params: () => {
          read.push(room());
          return room();
        },
        run: () => NEVER,
      }),
    );
    await stable();

    ref.destroy();
    room.set('b');
    await stable();

    expect(read).toStrictEqual(['a']);
  });

  it('should stop with its injector, also when new params are on their way', async () => {
    const room = signal('a');
    const { source, teardowns, alive } = probe();
    const injector = createEnvironmentInjector([], TestBed.inject(EnvironmentInjector));
    const ref = runnerResource({ params: () => room(), run: () => source, injector });
    await stable();

    room.set('b');
    injector.destroy();
    teardowns[0]?.complete();
    await ref.done;
    await stable();

    expect(alive).toStrictEqual({ now: 0, most: 1, started: 1 });
  });

  it('should be refused outside of an injection context, with the words of Angular', () => {
    expect(() => runnerResource({ params: () => 1, run: () => NEVER })).toThrow(
      /^NG0203: runnerResource\(\) can only be used within an injection context/,
    );
  });

  it.each([
    [{ params: 1, run: () => NEVER }, "runnerResource: 'params' must be a function, got number"],
    [{ params: () => 1 }, "runnerResource: 'run' must be a function, got undefined"],
    [{ params: () => 1, run: NEVER }, "runnerResource: 'run' must be a function, got object"],
    [{ params: 'a', run: () => NEVER }, "runnerResource: 'params' must be a function, got string"],
  ])('should refuse %o', (options, message) => {
    expect(() => inApplication(() => runnerResource(options as never))).toThrow(new TypeError(message));
  });

  describe('a failure', () => {
    const lost = new Error('lost');

    it('should be shown, and be told to the ErrorHandler if nobody reads it', async () => {
      const errors = handled();
      const room = signal('a');
      const failing = (): RunnerRef<undefined> =>
        runnerResource({
          params: () => room(),
          run: (): Observable<never> => {
            throw lost;
          },
        });
      const ref = inApplication(failing);
      await stable();
      expect([ref.status(), ref.error(), errors]).toStrictEqual(['failed', lost, [lost]]);

      room.set('b');
      expect([ref.status(), ref.error()]).toStrictEqual(['waiting', undefined]);
      await stable();

      expect([ref.error(), errors]).toStrictEqual([lost, [lost, lost]]);
    });

    it('should not be told to it when a template shows it', async () => {
      const errors = handled();
      const host = component(
        '{{ ref.error() }}',
        class {
          readonly ref = runnerResource({ params: () => 1, run: () => throwError(() => lost) });
        },
      );
      const fixture = TestBed.createComponent(host);
      fixture.autoDetectChanges();
      await stable();

      expect(fixture.nativeElement).toHaveProperty('textContent', 'Error: lost');
      expect(errors).toStrictEqual([]);
    });

    it('should be told to it at once when it is that of a teardown that makes way for others', async () => {
      const errors = handled();
      const { room, teardowns, asked, ref } = rooms('a');
      await stable();

      room.set('b');
      tick();
      teardowns[0]?.error(lost);
      await stable();

      expect([errors, asked, ref.status(), ref.error()]).toStrictEqual([[lost], ['a', 'b'], 'starting', undefined]);
    });

    it('should be that of the params, as Angular has it, if these throw', async () => {
      const room = signal('a');
      const ref = inApplication(() =>
        runnerResource({
          params: () => {
            if (room() === 'b') throw lost;
            return room();
          },
          run: () => NEVER,
        }),
      );
      await stable();

      room.set('b');
      expect(tick).toThrow(lost);

      expect(() => ref.value()).toThrow(lost);
      expect(ref.status()).toBe('starting');
    });
  });

  it('should show the members of a group that it runs', async () => {
    const { source, values } = probe();
    const ref = inApplication(() => runnerResource({ params: () => 1, run: () => group({ source, idle: NEVER }) }));
    await stable();

    values.next('a');

    expect(ref.members()).toStrictEqual({ source: 'ready', idle: 'starting' });
  });

  it('should wait for what hangs on the source that it is given', async () => {
    const work = new Subject<void>();
    const running = new BehaviorSubject('a').pipe(finalizeAsync(() => work));
    const ref = inApplication(() => runnerResource({ params: () => 1, run: () => running }));
    await stable();

    const stopped = ref.stop();
    expect(ref.status()).toBe('stopping');
    work.complete();
    await stopped;

    expect([ref.status(), ref.value()]).toStrictEqual(['stopped', 'a']);
  });

  it('should have ended with a run that returns nothing', async () => {
    const ref = inApplication(() => runnerResource({ params: () => 1, run: () => undefined }));
    await stable();

    expect(ref.status()).toBe('completed');
  });
});
