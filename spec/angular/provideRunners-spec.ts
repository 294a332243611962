import {
  type ApplicationRef,
  createEnvironmentInjector,
  EnvironmentInjector,
  inject,
  PendingTasks,
  provideAppInitializer,
  type EnvironmentProviders,
  type Provider,
} from '@angular/core';
import { TestBed } from '@angular/core/testing';
import { bootstrapApplication } from '@angular/platform-browser';
import { describe, expect, it } from '@jest/globals';
import { EMPTY, NEVER, Subject } from 'rxjs';
import { injectRunners, provideRunners, type RunnerRef } from '../../src/angular/index.js';
import { RunGroupError, type LifecycleEvent } from '../../src/index.js';
import { afterReports } from '../helpers/unhandled.js';
import {
  changeDetection,
  collectErrors,
  component,
  handled,
  inApplication,
  stability,
  stable,
} from './helpers/application.js';
import { probe } from './helpers/probe.js';

/** A page with an application on it, as `main.ts` makes one. */
async function bootstrap(
  ...providers: readonly (Provider | EnvironmentProviders)[]
): Promise<{ application: ApplicationRef; runners: RunnerRef<unknown> }> {
  document.body.innerHTML = '<spec-host></spec-host>';
  const host = component(
    '{{ runners.status() }} {{ runners.value() }}',
    class {
      readonly runners = injectRunners();
    },
  );
  const application = await bootstrapApplication(host, { providers: [changeDetection(), ...providers] });
  return { application, runners: injectRunners({ injector: application.injector }) };
}

function page(): string {
  return document.body.textContent.trim();
}

class SyncService {
  readonly probe = probe();
  readonly runner = this.probe.source;
}

describe('provideRunners', () => {
  it('should run a group of what the factories inject, from the bootstrap on', async () => {
    const { application, runners } = await bootstrap(
      SyncService,
      provideRunners({ sync: () => inject(SyncService).runner, idle: () => NEVER }),
    );
    const { values, alive } = application.injector.get(SyncService).probe;
    expect([alive.now, runners.members()]).toStrictEqual([1, { sync: 'starting', idle: 'starting' }]);

    values.next('a');
    await stable(application);

    expect([runners.members(), runners.value(), page()]).toStrictEqual([
      { sync: 'ready', idle: 'starting' },
      'a',
      'starting a',
    ]);
    application.destroy();
  });

  it('should start before the first component, and after the initializers of the application', async () => {
    const log: string[] = [];
    const configuration = new Subject<void>();
    const bootstrapped = bootstrap(
      provideRunners({
        sync: () => {
          log.push('runners');
          return NEVER;
        },
      }),
      provideAppInitializer(() => {
        log.push(`initializer: ${injectRunners().status()}`);
        return configuration;
      }),
    );
    await afterReports();
    expect(log).toStrictEqual(['initializer: waiting']);
    configuration.complete();
    const { application, runners } = await bootstrapped;

    expect([log, runners.status()]).toStrictEqual([['initializer: waiting', 'runners'], 'starting']);
    application.destroy();
  });

  it('should start nothing when an initializer fails', async () => {
    const { source, alive } = probe();

    const bootstrapped = bootstrap(
      collectErrors([]),
      provideRunners({ source: () => source }),
      provideAppInitializer(() => Promise.reject(new Error('no configuration'))),
    );

    await expect(bootstrapped).rejects.toThrow('no configuration');
    await afterReports();
    expect(alive.started).toBe(0);
  });

  it('should start nothing when the application has been destroyed before', async () => {
    const { source, alive } = probe();
    TestBed.configureTestingModule({ providers: [provideRunners({ source: () => source })] });
    const runners = inApplication(() => injectRunners());

    TestBed.resetTestingModule();
    await afterReports();

    expect([alive.started, runners.status()]).toStrictEqual([0, 'idle']);
  });

  it('should be drained when the application is destroyed, and let the host wait', async () => {
    const { source, teardowns, alive } = probe();
    const { application, runners } = await bootstrap(provideRunners({ source: () => source }));

    application.destroy();
    const log: string[] = [];
    const done = runners.done.then(() => log.push('done'));
    await afterReports();
    expect([runners.status(), runners.members(), log]).toStrictEqual(['stopping', { source: 'stopping' }, []]);
    teardowns[0]?.complete();
    await done;

    expect([runners.status(), runners.members(), alive.now]).toStrictEqual(['stopped', { source: 'stopped' }, 0]);
  });

  it('should let the host see what the drain failed with', async () => {
    const errors: unknown[] = [];
    const { source, teardowns } = probe();
    const { application, runners } = await bootstrap(provideRunners({ source: () => source }), collectErrors(errors));
    const stuck = new Error('stuck');

    application.destroy();
    const { done } = runners;
    teardowns[0]?.error(stuck);

    const failures = [{ path: ['source'], phase: 'teardown', error: stuck }];
    await expect(done).rejects.toMatchObject({ failures });
    await afterReports();
    expect(errors).toStrictEqual([]);
  });

  it('should tell the ErrorHandler of it where the host does not wait', async () => {
    const errors: unknown[] = [];
    const { source, teardowns } = probe();
    const { application } = await bootstrap(provideRunners({ source: () => source }), collectErrors(errors));

    application.destroy();
    teardowns[0]?.error(new Error('stuck'));
    await afterReports();

    expect(errors).toStrictEqual([expect.any(RunGroupError)]);
    expect(errors).toHaveProperty('0.message', expect.stringContaining('stuck'));
  });

  it('should stop all when one fails, as any group, of which the ErrorHandler is told', async () => {
    const errors = handled();
    const { source, values, teardowns } = probe();
    const failing = new Subject();
    TestBed.configureTestingModule({
      providers: [provideRunners({ source: () => source, failing: () => failing })],
    });
    const runners = inApplication(() => injectRunners());
    await stable();
    values.next('a');

    failing.error(new Error('lost'));
    const state = stability();
    await afterReports();
    expect([state.reached, runners.members()]).toStrictEqual([false, { source: 'stopping', failing: 'failed' }]);
    teardowns[0]?.complete();
    await stable();

    expect([runners.status(), errors]).toStrictEqual(['failed', [runners.error()]]);
    expect(runners.error()).toBeInstanceOf(RunGroupError);
  });

  it('should take the options of a group', async () => {
    const events: LifecycleEvent[] = [];
    const { source, alive } = probe();
    TestBed.configureTestingModule({
      providers: [
        provideRunners(
          { first: () => EMPTY, source: () => source },
          { until: ['source'], concurrency: 1, lifecycle: { next: (event) => events.push(event) } },
        ),
      ],
    });
    const runners = inApplication(() => injectRunners());
    await stable();

    expect([alive.now, runners.members()]).toStrictEqual([1, { first: 'completed', source: 'starting' }]);
    expect(events.map(({ type, path: [name] }) => `${String(name)} ${type}`)).toStrictEqual([
      'first starting',
      'first ready',
      'first completed',
      'source starting',
    ]);
  });

  it('should start and stop the members in the order of their needs', async () => {
    const [db, api] = [probe(), probe()];
    TestBed.configureTestingModule({
      providers: [provideRunners({ api: () => api.source, db: () => db.source }, { needs: { api: ['db'] } })],
    });
    const runners = inApplication(() => injectRunners());
    await stable();
    expect(runners.members()).toStrictEqual({ api: 'waiting', db: 'starting' });

    db.values.next('connected');
    expect(runners.members()).toStrictEqual({ api: 'starting', db: 'ready' });
    void runners.stop();
    expect(runners.members()).toStrictEqual({ api: 'stopping', db: 'ready' });
    api.teardowns[0]?.complete();
    expect(runners.members()).toStrictEqual({ api: 'stopped', db: 'stopping' });
    db.teardowns[0]?.complete();
    await runners.done;

    expect(runners.members()).toStrictEqual({ api: 'stopped', db: 'stopped' });
  });

  it('should ask the factories again for a restart', async () => {
    const asked: boolean[] = [];
    TestBed.configureTestingModule({
      providers: [
        SyncService,
        provideRunners({
          sync: () => {
            asked.push(!!inject(PendingTasks));
            return inject(SyncService).runner;
          },
        }),
      ],
    });
    const runners = inApplication(() => injectRunners());
    await stable();

    expect(runners.restart()).toBe(true);
    TestBed.inject(SyncService).probe.teardowns[0]?.complete();
    await stable();

    expect([asked, TestBed.inject(SyncService).probe.alive]).toStrictEqual([
      [true, true],
      { now: 1, most: 1, started: 2 },
    ]);
  });

  it('should fail, and leave the application alone, when a factory cannot inject what it asks for', async () => {
    const errors: unknown[] = [];
    const { application, runners } = await bootstrap(
      collectErrors(errors),
      provideRunners({ sync: () => inject(SyncService).runner }),
    );
    await stable(application);

    expect(runners.status()).toBe('failed');
    expect(errors).toStrictEqual([
      expect.objectContaining({ message: expect.stringMatching(/No provider.*SyncService/) as unknown }),
    ]);
    application.destroy();
  });

  it('should serve an injector other than that of the application', async () => {
    const { source, teardowns, alive } = probe();
    await stable();
    const injector = createEnvironmentInjector(
      [provideRunners({ source: () => source })],
      TestBed.inject(EnvironmentInjector),
    );
    const runners = injectRunners({ injector });
    await afterReports();
    expect(alive.now).toBe(1);

    injector.destroy();
    teardowns[0]?.complete();
    await runners.done;

    expect(runners.status()).toBe('stopped');
  });

  it('should be replaced by a second call, as every provider', async () => {
    TestBed.configureTestingModule({
      providers: [provideRunners({ one: () => NEVER }), provideRunners({ two: () => NEVER })],
    });

    const runners = inApplication(() => injectRunners());
    await stable();

    expect(runners.members()).toStrictEqual({ two: 'starting' });
  });

  it.each([
    [{ sync: NEVER }, {}, /^provideRunners: 'sync' must be a function, got object$/],
    [{ sync: undefined }, {}, /^provideRunners: 'sync' must be a function, got undefined$/],
    [{ sync: () => NEVER }, { until: ['snyc'] }, /'until'.*'snyc'/],
    [{ sync: () => NEVER }, { grace: -1 }, /'grace'.*-1/],
  ])('should refuse %o with %o where it is called', (factories, options, message) => {
    const provide = (): unknown => provideRunners(factories as never, options as never);

    expect(provide).toThrow(TypeError);
    expect(provide).toThrow(message);
  });
});

describe('injectRunners', () => {
  it('should be refused outside of an injection context, with the words of Angular', () => {
    expect(() => injectRunners()).toThrow(/^NG0203: injectRunners\(\) can only be used within an injection context/);
  });

  it('should say, with the words of Angular, what has not been provided', () => {
    expect(() => inApplication(() => injectRunners())).toThrow(/No provider.*provideRunners\(\)/);
  });
});
