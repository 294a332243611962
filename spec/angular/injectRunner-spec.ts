import {
  computed,
  createEnvironmentInjector,
  DestroyRef,
  effect,
  EnvironmentInjector,
  inject,
  Injector,
  NgZone,
  PendingTasks,
  signal,
  type ProviderToken,
} from '@angular/core';
import { pendingUntilEvent } from '@angular/core/rxjs-interop';
import { TestBed } from '@angular/core/testing';
import { describe, expect, it } from '@jest/globals';
import { defer, EMPTY, interval, NEVER, Observable, of, Subject, throwError } from 'rxjs';
import { injectRunner, type RunnerRef } from '../../src/angular/index.js';
import {
  awaitTeardown,
  finalizeAsync,
  group,
  runner,
  stopWhen,
  StopError,
  type LifecycleEvent,
  type RunContext,
} from '../../src/index.js';
import { afterReports, unhandled } from '../helpers/unhandled.js';
import { component, handled, inApplication, stability, stable } from './helpers/application.js';
import { probe } from './helpers/probe.js';

/** An injector that can be destroyed while the application lives, as that of a component. */
function scope(): EnvironmentInjector {
  return createEnvironmentInjector([], TestBed.inject(EnvironmentInjector));
}

const nothing = Promise.resolve();

describe('injectRunner', () => {
  describe('the start', () => {
    it('should start at once, and show status and value', async () => {
      const { source, values, alive } = probe();

      const ref = inApplication(() => injectRunner(source));

      expect([alive.now, ref.status(), ref.value()]).toStrictEqual([1, 'starting', undefined]);
      values.next('a');
      expect(ref.value()).toBe('a');
      await nothing;
      expect(ref.status()).toBe('ready');
    });

    it('should be ready when the runner says so', async () => {
      const contexts: RunContext[] = [];
      const source = runner((context) => {
        contexts.push(context);
        return NEVER;
      });
      const ref = inApplication(() => injectRunner(source));
      expect(ref.status()).toBe('starting');

      contexts[0]?.ready();
      await nothing;

      expect(ref.status()).toBe('ready');
    });

    it('should show the default value until there is one', () => {
      const { source, values } = probe<string[]>();

      const ref = inApplication(() => injectRunner(source, { defaultValue: [] }));

      expect(ref.value()).toStrictEqual([]);
      values.next(['a']);
      expect(ref.value()).toStrictEqual(['a']);
    });

    it('should render what comes from a callback of RxJS', async () => {
      const { source, values } = probe();
      const host = component(
        '{{ ref.status() }} {{ ref.value() }}',
        class {
          readonly ref = injectRunner(source);
        },
      );
      const fixture = TestBed.createComponent(host);
      fixture.autoDetectChanges();

      values.next('a');
      await stable();
      expect(fixture.nativeElement).toHaveProperty('textContent', 'ready a');
      values.next('b');
      await stable();

      expect(fixture.nativeElement).toHaveProperty('textContent', 'ready b');
    });

    it('should run in the zone that it is called in', () => {
      const zone = TestBed.inject(NgZone);
      const seen: boolean[] = [];
      const source = runner(() => void seen.push(NgZone.isInAngularZone()));

      zone.run(() => inApplication(() => injectRunner(source)));
      zone.runOutsideAngular(() => inApplication(() => injectRunner(source)));

      expect(seen).toStrictEqual(['Zone' in globalThis, false]);
    });

    it('should not hold up a stable application, but for an endless timer within the zone of Angular', async () => {
      const zone = TestBed.inject(NgZone);
      const ticking = (): RunnerRef<unknown> => inApplication(() => injectRunner(interval(1_000)));
      const outside = zone.runOutsideAngular(ticking);
      await stable();

      const within = zone.run(ticking);
      const state = stability();
      await afterReports();
      expect(state.reached).toBe(!('Zone' in globalThis));
      await Promise.all([within.stop(), outside.stop()]);
      await stable();

      expect(state.reached).toBe(true);
    });

    it('should be waited for until its first value, with the operator that Angular has for it', async () => {
      const { source, values } = probe();
      inApplication(() => injectRunner(source.pipe(pendingUntilEvent())));

      const state = stability();
      await afterReports();
      expect(state.reached).toBe(false);
      values.next('a');
      await stable();

      expect(state.reached).toBe(true);
    });

    it('should not make the caller depend on the signals that the runner reads', async () => {
      const topic = signal('a');
      const started: string[] = [];
      const injector = TestBed.inject(Injector);
      const source = runner(() => void started.push(topic()));
      inApplication(() => effect(() => void injectRunner(source, { injector })));
      await stable();

      topic.set('b');
      await stable();

      expect(started).toStrictEqual(['a']);
    });
  });

  describe('the injection context', () => {
    it('should be required, with the words of Angular', () => {
      const { source, alive } = probe();

      expect(() => injectRunner(source)).toThrow(
        /^NG0203: injectRunner\(\) can only be used within an injection context such as a constructor/,
      );
      expect(alive.started).toBe(0);
    });

    it('should be replaced by an injector', async () => {
      const { source, teardowns } = probe();
      const injector = scope();

      const ref = injectRunner(source, { injector });
      injector.destroy();
      teardowns[0]?.complete();
      await ref.done;

      expect(ref.status()).toBe('stopped');
    });

    it('should not start anything where it is gone already', () => {
      const { source, alive } = probe();
      const injector = scope();
      injector.destroy();

      expect(() => injectRunner(source, { injector })).toThrow('NG0205');
      expect(alive.started).toBe(0);
    });

    it('should refuse what is no source, in the words of RxJS', () => {
      expect(() => inApplication(() => injectRunner(undefined as unknown as Observable<never>))).toThrow(TypeError);
    });
  });

  describe('the end', () => {
    it('should be shown, with the last value', async () => {
      const { source, values, teardowns } = probe();
      const ref = inApplication(() => injectRunner(source));

      values.next('a');
      values.complete();
      teardowns[0]?.complete();

      expect([ref.status(), ref.value(), ref.error()]).toStrictEqual(['completed', 'a', undefined]);
      await expect(ref.done).resolves.toBeUndefined();
    });

    it('should come with the one of the injector, once the teardown has settled', async () => {
      const { source, values, teardowns, alive } = probe();
      const injector = scope();
      const ref = injectRunner(source, { injector });
      values.next('a');

      injector.destroy();
      const log: string[] = [];
      void ref.done.then(() => log.push('done'));
      values.next('b');
      await afterReports();
      expect([ref.status(), ref.value(), alive.now, log]).toStrictEqual(['stopping', 'a', 1, []]);
      teardowns[0]?.complete();
      await afterReports();

      expect([ref.status(), alive.now, log]).toStrictEqual(['stopped', 0, ['done']]);
    });

    it('should come with the one of the component', async () => {
      const { source, teardowns } = probe();
      const host = component(
        '',
        class {
          readonly ref = injectRunner(source);
        },
      );
      const fixture = TestBed.createComponent(host);
      const { ref } = fixture.componentInstance;

      fixture.destroy();

      expect([ref.status(), teardowns.length]).toStrictEqual(['stopping', 1]);
      teardowns[0]?.complete();
      await ref.done;
      expect(ref.status()).toBe('stopped');
    });

    it('should come with destroy(), for good', async () => {
      const { source, teardowns, alive } = probe();
      const injector = scope();
      const ref = injectRunner(source, { injector });

      ref.destroy();
      ref.destroy();
      injector.destroy();
      teardowns[0]?.complete();
      await ref.done;

      expect([ref.restart(), ref.status(), alive.started, teardowns.length]).toStrictEqual([false, 'stopped', 1, 1]);
    });

    it('should come with the one of the injector, also from within the start', async () => {
      const { source, teardowns, alive } = probe();
      const injector = scope();
      const destroying = defer(() => {
        injector.destroy();
        return source;
      });

      const ref = injectRunner(destroying, { injector });
      expect([ref.status(), teardowns.length]).toStrictEqual(['stopping', 1]);
      teardowns[0]?.complete();
      await ref.done;

      expect([ref.status(), alive.now]).toStrictEqual(['stopped', 0]);
    });

    it('should leave nothing with the injector after destroy()', () => {
      const callbacks = new Set<() => void>();
      const destroyRef = {
        destroyed: false,
        onDestroy: (callback: () => void) => {
          callbacks.add(callback);
          return () => callbacks.delete(callback);
        },
      };
      const application = TestBed.inject(Injector);
      // Angular provides no way to replace the DestroyRef of an injector
      const injector = Object.create(application, {
        get: {
          value: (token: ProviderToken<unknown>) => (token === DestroyRef ? destroyRef : application.get(token)),
        },
      }) as Injector;
      const source = new Subject();
      const ref = injectRunner(source, { injector });
      expect([callbacks.size, source.observed]).toStrictEqual([1, true]);

      ref.destroy();

      expect([callbacks.size, source.observed]).toStrictEqual([0, false]);
    });
  });

  describe('stop', () => {
    it('should wait for the teardown, and hand the reason on', async () => {
      const reasons: unknown[] = [];
      const work = new Subject<void>();
      const source = runner({
        run: () => NEVER,
        teardown: ({ reason }) => {
          reasons.push(reason);
          return work;
        },
      });
      const ref = inApplication(() => injectRunner(source));
      const log: string[] = [];

      const stopped = ref.stop('enough').then(() => log.push('stopped'));
      await afterReports();
      expect([ref.status(), log]).toStrictEqual(['stopping', []]);
      work.complete();
      await stopped;

      expect([ref.status(), reasons]).toStrictEqual(['stopped', [new StopError({ cause: 'enough' })]]);
    });

    it('should have the same outcome however often it is called', async () => {
      const errors = handled();
      const { source, teardowns } = probe();
      const ref = inApplication(() => injectRunner(source));
      const stuck = new Error('stuck');

      const outcomes = [ref.stop(), ref.stop(), ref.done];
      teardowns[0]?.error(stuck);
      const settled = await Promise.allSettled([...outcomes, ref.stop(), ref.done]);
      await stable();

      expect(settled).toStrictEqual(Array(5).fill({ status: 'rejected', reason: stuck }));
      expect([ref.status(), ref.error(), errors]).toStrictEqual(['failed', stuck, []]);
    });

    it('should be over at once after the end', async () => {
      const ref = inApplication(() => injectRunner(of('a')));

      await ref.stop();

      expect(ref.status()).toBe('completed');
    });
  });

  describe('restart', () => {
    it('should run again after the end', () => {
      const { source, values, teardowns, alive } = probe();
      const ref = inApplication(() => injectRunner(source));
      ref.stop().catch(() => undefined);
      teardowns[0]?.complete();

      return ref.done.then(() => {
        expect(ref.restart()).toBe(true);
        expect([alive.started, alive.now, ref.status()]).toStrictEqual([2, 1, 'starting']);
        values.next('again');
        expect(ref.value()).toBe('again');
      });
    });

    it('should start only when the teardown of the run before has settled', async () => {
      const { source, values, teardowns, alive } = probe();
      const ref = inApplication(() => injectRunner(source));
      values.next('a');

      expect(ref.restart()).toBe(true);
      expect(ref.restart()).toBe(true);
      await afterReports();
      expect([alive.started, ref.status(), ref.value()]).toStrictEqual([1, 'stopping', 'a']);
      teardowns[0]?.complete();
      await afterReports();

      expect(alive).toStrictEqual({ now: 1, most: 1, started: 2 });
      expect([ref.status(), ref.value()]).toStrictEqual(['starting', 'a']);
    });

    it.each(['stop', 'destroy'] as const)('should be called off by %s()', async (method) => {
      const { source, teardowns, alive } = probe();
      const ref = inApplication(() => injectRunner(source));

      ref.restart();
      void ref[method]();
      teardowns[0]?.complete();
      await ref.done;
      await afterReports();

      expect([alive.started, ref.status()]).toStrictEqual([1, 'stopped']);
    });

    it('should forget the failure of the run before', async () => {
      const errors = handled();
      let fails = true;
      const lost = new Error('lost');
      const source = new Observable<string>((subscriber) => {
        if (fails) subscriber.error(lost);
        else subscriber.next('a');
      });
      const ref = inApplication(() => injectRunner(source));
      expect([ref.status(), ref.error()]).toStrictEqual(['failed', lost]);

      fails = false;
      ref.restart();
      await stable();

      expect([ref.status(), ref.error(), ref.value(), errors]).toStrictEqual(['ready', undefined, 'a', []]);
    });

    it('should go on after a failed teardown, of which the ErrorHandler is told', async () => {
      const errors = handled();
      const { source, teardowns, alive } = probe();
      const ref = inApplication(() => injectRunner(source));
      const stuck = new Error('stuck');

      ref.restart();
      teardowns[0]?.error(stuck);
      await afterReports();

      expect([alive.started, ref.status(), ref.error(), errors]).toStrictEqual([2, 'starting', undefined, [stuck]]);
    });

    it.each([
      ['a run that goes on', () => NEVER],
      ['a run that ends at once', () => EMPTY],
    ])('should be asked for from within the start, of %s', async (_, first) => {
      const { source, alive } = probe();
      const refs: RunnerRef<unknown>[] = [];
      const added: number[] = [];
      const restarting = defer(() => {
        added.push(added.length);
        if (added.length !== 2) return added.length === 1 ? EMPTY : source;
        refs[0]?.restart();
        return first();
      });
      const ref = inApplication(() => injectRunner(restarting));
      refs.push(ref);

      ref.restart();
      await stable();

      expect([added, alive.now, ref.status()]).toStrictEqual([[0, 1, 2], 1, 'starting']);
    });

    it('should be stopped from within the start', async () => {
      const teardowns: Subject<void>[] = [];
      const restarted: { ref?: RunnerRef<unknown> } = {};
      const outcomes: string[] = [];
      const source = new Observable((subscriber) => {
        subscriber.add(() => {
          const teardown = new Subject<void>();
          teardowns.push(teardown);
          awaitTeardown(teardown);
        });
        void restarted.ref?.stop().then(() => outcomes.push('stopped'));
        void restarted.ref?.done.then(() => outcomes.push('done'));
      });
      const ref = inApplication(() => injectRunner(source));
      const stopped = ref.stop();
      teardowns[0]?.complete();
      await stopped;

      restarted.ref = ref;
      ref.restart();
      await afterReports();
      expect([ref.status(), teardowns.length, outcomes]).toStrictEqual(['stopping', 2, []]);
      teardowns[1]?.complete();
      await afterReports();

      expect([ref.status(), outcomes.sort()]).toStrictEqual(['stopped', ['done', 'stopped']]);
    });
  });

  describe('a failure', () => {
    const lost = new Error('lost');

    it('should be told to the ErrorHandler when it has not been read by the next rendering', async () => {
      const errors = handled();
      const { source, values, teardowns } = probe();
      const ref = inApplication(() => injectRunner(source));

      values.next('a');
      values.error(lost);
      teardowns[0]?.complete();
      expect([ref.status(), errors]).toStrictEqual(['failed', []]);
      await stable();

      expect([errors, ref.error(), ref.value()]).toStrictEqual([[lost], lost, 'a']);
    });

    it('should not be told to it when a template shows it', async () => {
      const errors = handled();
      const { source, values, teardowns } = probe();
      const host = component(
        '{{ message() }}',
        class {
          readonly ref = injectRunner(source);
          readonly message = computed(() => (this.ref.error() as Error | undefined)?.message);
        },
      );
      const fixture = TestBed.createComponent(host);
      fixture.autoDetectChanges();

      values.error(lost);
      teardowns[0]?.complete();
      await stable();

      expect(fixture.nativeElement).toHaveProperty('textContent', 'lost');
      expect(errors).toStrictEqual([]);
    });

    it('should not be told to it when a template shows it that is yet to be rendered', async () => {
      const errors = handled();
      const host = component(
        '{{ ref.error() }}',
        class {
          readonly ref = injectRunner(throwError(() => lost));
        },
      );
      const fixture = TestBed.createComponent(host);
      fixture.autoDetectChanges();
      await stable();

      expect(fixture.nativeElement).toHaveProperty('textContent', 'Error: lost');
      expect(errors).toStrictEqual([]);
    });

    it('should be told to it when only its state was read, or the error of a run before', async () => {
      const errors = handled();
      const { source, values, teardowns } = probe();
      const ref = inApplication(() => injectRunner(source));
      inApplication(() => effect(() => void ref.status()));
      expect(ref.error()).toBeUndefined();

      values.error(lost);
      teardowns[0]?.complete();
      await stable();

      expect(errors).toStrictEqual([lost]);
    });

    it.each(['done', 'stop()'])('should be told to whoever has called %s, and to nobody else', async (what) => {
      const errors = handled();
      const { source, values, teardowns } = probe();
      const ref = inApplication(() => injectRunner(source));

      const outcome = what === 'done' ? ref.done : ref.stop();
      values.error(lost);
      teardowns[0]?.error(lost);

      await expect(outcome).rejects.toThrow('lost');
      await stable();
      expect(errors).toStrictEqual([]);
    });

    it('should be told to it at once when the injector goes before anything was rendered', () => {
      const errors = handled();
      const injector = scope();
      injectRunner(
        throwError(() => lost),
        { injector },
      );
      expect(errors).toStrictEqual([]);

      injector.destroy();

      expect(errors).toStrictEqual([lost]);
    });

    it('should be told to it at once when it is that of a teardown after the end of the injector', async () => {
      const errors = handled();
      const { source, teardowns } = probe();
      const injector = scope();
      injectRunner(source, { injector });

      injector.destroy();
      teardowns[0]?.error(lost);
      await nothing;
      await nothing;

      expect(errors).toStrictEqual([lost]);
    });

    it('should be told to the host instead, which waits for it', async () => {
      const errors = handled();
      const { source, teardowns } = probe();
      const injector = scope();
      const ref = injectRunner(source, { injector });

      injector.destroy();
      const { done } = ref;
      teardowns[0]?.error(lost);

      await expect(done).rejects.toBe(lost);
      await afterReports();
      expect(errors).toStrictEqual([]);
    });

    it('should be told to it once, and to nobody else', async () => {
      const reported = unhandled();
      const errors = handled();
      const injector = scope();
      const ref = injectRunner(
        throwError(() => lost),
        { injector },
      );

      await stable();
      ref.restart();
      await stable();
      injector.destroy();
      await afterReports();

      expect([errors, reported]).toStrictEqual([[lost, lost], []]);
    });

    it('should be told to it at once when another destruction brings it about', async () => {
      const reported = unhandled();
      const errors = handled();
      const injector = scope();
      const values = new Subject<never>();
      injectRunner(runner({ run: () => NEVER, teardown: () => values.error(lost) }), { injector });
      const ref = injectRunner(values, { injector });

      injector.destroy();
      expect([ref.status(), errors]).toStrictEqual(['failed', [lost]]);
      await afterReports();

      expect([errors, reported]).toStrictEqual([[lost], []]);
    });

    it('should be told to it at once when the next run begins before anything was rendered', () => {
      const errors = handled();
      const { source, alive } = probe();
      let fails = true;
      const failing = defer(() => (fails ? throwError(() => lost) : source));
      const ref = inApplication(() => injectRunner(failing));
      expect(errors).toStrictEqual([]);

      fails = false;
      ref.restart();

      expect([errors, alive.now]).toStrictEqual([[lost], 1]);
    });

    it('should be told at the end where nothing is rendered a second time, as on a server', async () => {
      const errors = handled();
      const injector = scope();
      const global = globalThis as { ngServerMode?: boolean };
      global.ngServerMode = true;
      try {
        injectRunner(
          throwError(() => lost),
          { injector },
        );
        await stable();
        expect(errors).toStrictEqual([]);
        injector.destroy();
      } finally {
        delete global.ngServerMode;
      }

      expect(errors).toStrictEqual([lost]);
    });
  });

  describe('a teardown', () => {
    it('should keep the application from being stable until it has settled', async () => {
      const { source, values, teardowns } = probe();
      const ref = inApplication(() => injectRunner(source));
      values.next('a');
      await stable();

      void ref.stop();
      const state = stability();
      await afterReports();
      expect(state.reached).toBe(false);
      teardowns[0]?.complete();
      await stable();

      expect(state.reached).toBe(true);
    });

    it('should do so when its component has been destroyed', async () => {
      handled();
      const { source, teardowns } = probe();
      const host = component(
        '',
        class {
          readonly ref = injectRunner(source);
        },
      );
      TestBed.createComponent(host).destroy();

      const state = stability();
      await afterReports();
      expect(state.reached).toBe(false);
      teardowns[0]?.error(new Error('stuck'));
      await stable();

      expect(state.reached).toBe(true);
    });

    it('should do so when a group stops by itself', async () => {
      const { source, teardowns } = probe();
      const job = new Subject<void>();
      const ref = inApplication(() => injectRunner(group({ source, job })));
      await stable();

      job.complete();
      const state = stability();
      await afterReports();
      expect([state.reached, ref.members()]).toStrictEqual([false, { source: 'stopping', job: 'completed' }]);
      teardowns[0]?.complete();
      await stable();

      expect([state.reached, ref.status()]).toStrictEqual([true, 'completed']);
    });

    it('should do so to its very end, when the members are gone already', async () => {
      const work = new Subject<void>();
      const ref = inApplication(() => injectRunner(group({ idle: NEVER }).pipe(finalizeAsync(() => work))));

      void ref.stop();
      const state = stability();
      await afterReports();
      expect([state.reached, ref.status(), ref.members()]).toStrictEqual([false, 'stopping', { idle: 'stopped' }]);
      work.complete();
      await stable();

      expect([state.reached, ref.status()]).toStrictEqual([true, 'stopped']);
    });

    it('should not do so when it was over before the start was', async () => {
      const ref = inApplication(() => injectRunner(group({ idle: NEVER, job: EMPTY })));

      await stable();

      expect([ref.status(), ref.members()]).toStrictEqual(['completed', { idle: 'stopped', job: 'completed' }]);
    });

    it('should do so while the run goes on, and no longer', async () => {
      const { source, teardowns, alive } = probe();
      const stop = new Subject<void>();
      const inner = group({ source, idle: NEVER }).pipe(stopWhen(stop));
      const ref = inApplication(() => injectRunner(group({ inner, other: NEVER }, { until: 'error' })));

      stop.next();
      const state = stability();
      await afterReports();
      expect([state.reached, ref.members()]).toStrictEqual([
        false,
        { inner: 'starting', 'inner/source': 'stopping', 'inner/idle': 'stopped', other: 'starting' },
      ]);
      teardowns[0]?.complete();
      await stable();

      expect([state.reached, alive.now, ref.members()]).toStrictEqual([
        true,
        0,
        { inner: 'completed', 'inner/source': 'stopped', 'inner/idle': 'stopped', other: 'starting' },
      ]);
    });

    it('should be pending once, and nothing else should', async () => {
      const { source, values, teardowns } = probe();
      const added: string[] = [];
      const tasks = {
        add: () => {
          added.push('added');
          return () => void added.push('removed');
        },
      };
      const injector = Injector.create({
        parent: TestBed.inject(Injector),
        providers: [{ provide: PendingTasks, useValue: tasks }],
      });
      const ref = injectRunner(group({ source, other: source }), { injector });
      values.next('a');
      await afterReports();
      expect(added).toStrictEqual([]);

      void ref.stop();
      teardowns[0]?.complete();
      await afterReports();
      expect(added).toStrictEqual(['added']);
      teardowns[1]?.complete();
      await afterReports();

      expect(added).toStrictEqual(['added', 'removed']);
    });
  });

  describe('members', () => {
    it('should be the states of the members, those of nested groups too, by their paths', async () => {
      const { source, values, teardowns } = probe();
      const ref = inApplication(() => injectRunner(group({ api: group({ socket: source }), idle: NEVER })));
      expect(ref.members()).toStrictEqual({ api: 'starting', 'api/socket': 'starting', idle: 'starting' });

      values.next('a');
      expect(ref.members()).toStrictEqual({ api: 'ready', 'api/socket': 'ready', idle: 'starting' });
      void ref.stop();
      expect(ref.members()).toStrictEqual({ api: 'stopping', 'api/socket': 'stopping', idle: 'stopped' });
      teardowns[0]?.complete();
      await ref.done;

      expect(ref.members()).toStrictEqual({ api: 'stopped', 'api/socket': 'stopped', idle: 'stopped' });
    });

    it('should be none where there is no group', () => {
      expect(inApplication(() => injectRunner(NEVER)).members()).toStrictEqual({});
    });

    it('should tell their lives to an observer, whatever it throws', async () => {
      const reported = unhandled();
      const events: LifecycleEvent[] = [];
      const lifecycle = {
        next: (event: LifecycleEvent) => {
          events.push(event);
          throw new Error('observer');
        },
      };
      const { source, values } = probe();

      const ref = inApplication(() => injectRunner(group({ source }), { lifecycle }));
      values.next('a');
      await afterReports();

      expect(events.map(({ type, path }) => [type, path.join('/')])).toStrictEqual([
        ['starting', 'source'],
        ['ready', 'source'],
      ]);
      expect(ref.members()).toStrictEqual({ source: 'ready' });
      expect(reported).toStrictEqual([new Error('observer'), new Error('observer')]);
    });
  });

  it('should serve a service as it is', async () => {
    const { source, values, teardowns } = probe();
    class Prices {
      readonly ref = injectRunner(source, { defaultValue: 'none' });
    }
    TestBed.configureTestingModule({ providers: [Prices] });
    const { ref } = TestBed.inject(Prices);
    values.next('a');
    expect(inApplication(() => inject(Prices)).ref.value()).toBe('a');

    TestBed.resetTestingModule();
    teardowns[0]?.complete();
    await ref.done;

    expect(ref.status()).toBe('stopped');
  });

  it('should come to the same with a source that ends while it is subscribed', async () => {
    const ended = inApplication(() => injectRunner(EMPTY));

    expect(ended.status()).toBe('completed');
    await expect(ended.done).resolves.toBeUndefined();
    expect([ended.restart(), ended.status()]).toStrictEqual([true, 'completed']);
  });
});
