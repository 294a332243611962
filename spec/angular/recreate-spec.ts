import { type ApplicationConfig, inject, type ApplicationRef } from '@angular/core';
import { TestBed } from '@angular/core/testing';
import { bootstrapApplication } from '@angular/platform-browser';
import { describe, expect, it } from '@jest/globals';
import { map } from 'rxjs';
import { injectRunner, injectRunners, provideRunners, type RunnerRef } from '../../src/angular/index.js';
import { AlreadyRunningError, exclusive } from '../../src/index.js';
import { afterReports } from '../helpers/unhandled.js';
import { changeDetection, collectErrors, component, handled, stability, stable } from './helpers/application.js';
import { probe } from './helpers/probe.js';

describe('destroyed and created again, as hot reload does it', () => {
  it('should leave the old component to its teardown, and the new one to its run', async () => {
    const errors = handled();
    const { source, values, teardowns, alive } = probe();
    const host = component(
      '{{ ref.status() }} {{ ref.value() }}',
      class {
        readonly ref = injectRunner(source);
      },
    );
    const before = TestBed.createComponent(host);
    values.next('before');

    before.destroy();
    const after = TestBed.createComponent(host);
    after.autoDetectChanges();
    values.next('after');
    const state = stability();
    await afterReports();
    expect([before, after].map(({ componentInstance: { ref } }) => [ref.status(), ref.value()])).toStrictEqual([
      ['stopping', 'before'],
      ['ready', 'after'],
    ]);
    expect([state.reached, alive.now]).toStrictEqual([false, 2]);
    teardowns[0]?.complete();
    await stable();

    expect([before, after].map(({ componentInstance: { ref } }) => ref.status())).toStrictEqual(['stopped', 'ready']);
    expect(after.nativeElement).toHaveProperty('textContent', 'ready after');
    expect([alive.now, errors]).toStrictEqual([1, []]);
  });

  it('should refuse the new component while the old one is torn down, if the runner is exclusive', async () => {
    const errors = handled();
    const { source, teardowns, alive } = probe();
    const only = source.pipe(exclusive());
    const host = component(
      '',
      class {
        readonly ref = injectRunner(only);
      },
    );
    TestBed.createComponent(host).destroy();

    const { ref } = TestBed.createComponent(host).componentInstance;
    await afterReports();
    expect(errors).toStrictEqual([expect.any(AlreadyRunningError)]);
    teardowns[0]?.complete();
    expect(ref.restart()).toBe(true);

    expect([ref.status(), alive]).toStrictEqual(['starting', { now: 1, most: 1, started: 2 }]);
  });

  describe('the application', () => {
    class Feed {
      readonly probe = probe();
    }

    const host = component(
      '',
      class {
        readonly runners = injectRunners();
      },
    );

    async function bootstrap(config: ApplicationConfig): Promise<[ApplicationRef, RunnerRef<unknown>]> {
      document.body.innerHTML = '<spec-host></spec-host>';
      const application = await bootstrapApplication(host, config);
      return [application, injectRunners({ injector: application.injector })];
    }

    it('should run again from the same configuration, each time after the drain', async () => {
      const errors: unknown[] = [];
      const { source, values, teardowns, alive } = probe();
      const config: ApplicationConfig = {
        providers: [
          changeDetection(),
          collectErrors(errors),
          Feed,
          provideRunners({
            source: () => source,
            feed: () => inject(Feed).probe.source.pipe(map((value) => `feed ${value}`)),
          }),
        ],
      };

      for (let round = 0; round < 3; round++) {
        const [application, runners] = await bootstrap(config);
        const feed = application.injector.get(Feed).probe;
        values.next(`round ${round}`);
        expect([runners.value(), runners.members()]).toStrictEqual([
          `round ${round}`,
          { source: 'ready', feed: 'starting' },
        ]);
        application.destroy();
        teardowns.at(-1)?.complete();
        feed.teardowns[0]?.complete();
        await runners.done;
        expect([runners.status(), values.observed, feed.alive]).toStrictEqual([
          'stopped',
          false,
          { now: 0, most: 1, started: 1 },
        ]);
      }

      expect([alive, errors]).toStrictEqual([{ now: 0, most: 1, started: 3 }, []]);
    });

    it('should not be held up by the drain of the one before, if the host does not wait', async () => {
      const errors: unknown[] = [];
      const { source, teardowns, alive } = probe();
      const config: ApplicationConfig = {
        providers: [changeDetection(), collectErrors(errors), provideRunners({ source: () => source })],
      };
      const [first, before] = await bootstrap(config);

      first.destroy();
      const [second, after] = await bootstrap(config);
      expect([before.status(), after.status(), alive.now]).toStrictEqual(['stopping', 'starting', 2]);
      teardowns[0]?.complete();
      await before.done;
      await stable(second);

      expect([before.status(), after.status(), errors]).toStrictEqual(['stopped', 'starting', []]);
      second.destroy();
      teardowns[1]?.complete();
      await after.done;
      expect(alive.now).toBe(0);
    });
  });
});
