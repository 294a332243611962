import { EventEmitter } from 'node:events';
import { mkdirSync, mkdtempSync, rmSync } from 'node:fs';
import { createRequire } from 'node:module';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { buildSync } from 'esbuild';
import { map, NEVER, Observable, Subject, take } from 'rxjs';
import type * as Package from '../src/index.js';
import * as copyA from '../src/index.js';
import { run } from './helpers/marbles.js';

const root = fileURLToPath(new URL('..', import.meta.url));

/** Each spec in both directions: whichever copy has the group, the other one's runners are in it. */
const directions = ['the second copy in the first', 'the first copy in the second'] as const;

describe('two copies of the package', () => {
  let folder: string;
  let copyB: typeof Package;

  const copies = (direction: (typeof directions)[number]) =>
    direction === directions[0] ? { outer: copyA, inner: copyB } : { outer: copyB, inner: copyA };

  beforeAll(() => {
    const cache = join(root, 'node_modules', '.cache');
    mkdirSync(cache, { recursive: true });
    folder = mkdtempSync(join(cache, 'rx-runner-copy-'));
    const outfile = join(folder, 'index.cjs');
    buildSync({
      entryPoints: [join(root, 'src', 'index.ts')],
      outfile,
      bundle: true,
      format: 'cjs',
      platform: 'node',
      target: 'node20',
      external: ['rxjs'],
    });
    copyB = createRequire(import.meta.url)(outfile) as typeof Package;
  });

  afterAll(() => {
    rmSync(folder, { recursive: true, force: true });
  });

  it('should have the same exports, but none in common', () => {
    // a CommonJS package has these, too, when it is imported
    const namesOf = (copy: object) =>
      Object.keys(copy).filter((name) => !/^(?:__esModule|default|module\.exports)$/u.test(name));
    expect(namesOf(copyB).sort()).toStrictEqual(namesOf(copyA).sort());
    for (const name of namesOf(copyA) as (keyof typeof copyA)[]) {
      expect(copyB[name]).not.toBe(copyA[name]);
    }
  });

  describe.each(directions)('%s', (direction) => {
    it('should await the teardown of a runner in a group', () => {
      run(({ cold, expectObservable, expectSubscriptions }) => {
        const { outer, inner } = copies(direction);
        const e1 = cold('       -a-|   ');
        const e1subs = '        ^--!   ';
        const e2 = cold('       --b-c-d');
        const e2subs = '        ^--!   ';
        const teardown = cold('    ---|');
        const tearsubs = '      ---^--!';
        const expected = '      -ab---|';

        const result = outer.group([e1, inner.runner({ run: () => e2, teardown: () => teardown })]);

        expectObservable(result).toBe(expected);
        expectSubscriptions(e1.subscriptions).toBe(e1subs);
        expectSubscriptions(e2.subscriptions).toBe(e2subs);
        expectSubscriptions(teardown.subscriptions).toBe(tearsubs);
      });
    });

    it('should count the error of the teardown of a runner in a group', () => {
      run(({ cold, expectObservable, expectSubscriptions }) => {
        const { outer, inner } = copies(direction);
        const e1 = cold('       -a-|   ');
        const e1subs = '        ^--!   ';
        const teardown = cold('    ---#', undefined, 'flush failed');
        const tearsubs = '      ---^--!';
        const expected = '      -a----#';

        const result = outer.group({ e1, e2: inner.runner({ run: () => NEVER, teardown: () => teardown }) });

        expectObservable(result).toBe(
          expected,
          undefined,
          new outer.RunGroupError([{ path: ['e2'], phase: 'teardown', error: 'flush failed' }]),
        );
        expectSubscriptions(e1.subscriptions).toBe(e1subs);
        expectSubscriptions(teardown.subscriptions).toBe(tearsubs);
      });
    });

    it('should await every other owner, and what is registered by hand', () => {
      run(({ cold, expectObservable, expectSubscriptions }) => {
        const { outer, inner } = copies(direction);
        const e1 = cold('        -a-|      ');
        const e1subs = '         ^--!      ';
        const finalizer = cold('    --|    ');
        const finsubs = '        ---^-!    ';
        const release = cold('      ----|  ');
        const relsubs = '        ---^---!  ';
        const work = cold('         ------|');
        const worksubs = '       ---^-----!';
        const expected = '       -a-------|';

        const result = outer.group([
          e1,
          NEVER.pipe(inner.finalizeAsync(() => finalizer)),
          inner.withResource({ acquire: () => 1, use: () => NEVER, release: () => release }),
          new Observable<never>(() => () => {
            inner.awaitTeardown(work);
          }),
        ]);

        expectObservable(result).toBe(expected);
        expectSubscriptions(e1.subscriptions).toBe(e1subs);
        expectSubscriptions(finalizer.subscriptions).toBe(finsubs);
        expectSubscriptions(release.subscriptions).toBe(relsubs);
        expectSubscriptions(work.subscriptions).toBe(worksubs);
      });
    });

    it('should await what settle, stopWhen and drain trigger', () => {
      run(({ cold, expectObservable, expectSubscriptions }) => {
        const { outer, inner } = copies(direction);
        const e1 = cold('       -a-b-c');
        const teardown = cold('  ---|');
        const stop = cold('     --s');

        const runner = inner.runner({ run: () => e1, teardown: () => teardown });
        const subscription = runner.subscribe();

        expectObservable(runner.pipe(take(1), outer.settle())).toBe('     -a--|', undefined);
        expectObservable(runner.pipe(outer.stopWhen(stop))).toBe('        -a---|');
        expectObservable(outer.drain(subscription)).toBe('                ---(u|)', { u: undefined });
        expectSubscriptions(stop.subscriptions).toBe('                    ^-!');
        expectSubscriptions(teardown.subscriptions).toBe(['^--!', '       -^--!', '       --^--!']);
      });
    });

    it('should flatten the errors of a nested group', () => {
      run(({ cold, expectObservable, expectSubscriptions }) => {
        const { outer, inner } = copies(direction);
        const e1 = cold('       -a-#   ', undefined, 'e1 failed');
        const e1subs = '        ^--!   ';
        const teardown = cold('    ---#', undefined, 'e2 failed');
        const tearsubs = '      ---^--!';
        const expected = '      -a----#';

        const nested = inner.group({ e1, e2: inner.runner({ run: () => NEVER, teardown: () => teardown }) });
        const result = outer.group({ nested, other: NEVER });

        expectObservable(result).toBe(
          expected,
          undefined,
          new outer.RunGroupError([
            { path: ['nested', 'e1'], phase: 'run', error: 'e1 failed' },
            { path: ['nested', 'e2'], phase: 'teardown', error: 'e2 failed' },
          ]),
        );
        expectSubscriptions(e1.subscriptions).toBe(e1subs);
        expectSubscriptions(teardown.subscriptions).toBe(tearsubs);
      });
    });

    it('should flatten the errors of a nested group that is stopped', () => {
      run(({ cold, expectObservable, expectSubscriptions }) => {
        const { outer, inner } = copies(direction);
        const e1 = cold('       -a-|     ');
        const e1subs = '        ^--!     ';
        const teardown1 = cold('   -----#', undefined, 'e2 failed');
        const tear1subs = '     ---^----!';
        const teardown2 = cold('   ---#  ', undefined, 'e3 failed');
        const tear2subs = '     ---^--!  ';
        const expected = '      -a------#';

        const nested = inner.group({
          e2: inner.runner({ run: () => NEVER, teardown: () => teardown1 }),
          e3: outer.runner({ run: () => NEVER, teardown: () => teardown2 }),
        });
        const result = outer.group({ e1, nested });

        expectObservable(result).toBe(
          expected,
          undefined,
          new outer.RunGroupError([
            { path: ['nested', 'e3'], phase: 'teardown', error: 'e3 failed' },
            { path: ['nested', 'e2'], phase: 'teardown', error: 'e2 failed' },
          ]),
        );
        expectSubscriptions(e1.subscriptions).toBe(e1subs);
        expectSubscriptions(teardown1.subscriptions).toBe(tear1subs);
        expectSubscriptions(teardown2.subscriptions).toBe(tear2subs);
      });
    });

    it('should hand the one reason of the stop to every run, and take its echo for a clean stop', async () => {
      const { outer, inner } = copies(direction);
      const reasons: unknown[] = [];
      const stop = new Subject<never>();
      const aborted = ({ signal }: Package.RunContext) =>
        new Promise<never>((_, reject) => {
          signal.addEventListener('abort', () => {
            reasons.push(signal.reason);
            reject(signal.reason as Package.StopError);
          });
        });

      const run$ = outer.start(outer.group({ stop, first: outer.runner(aborted), second: inner.runner(aborted) }));
      stop.complete();
      await run$.done;

      expect(reasons).toHaveLength(2);
      expect(reasons[1]).toBe(reasons[0]);
      expect(reasons[0]).toBeInstanceOf(outer.StopError);
      expect(reasons[0]).toMatchObject({ name: 'AbortError', by: ['stop'] });
    });

    it('should abort the signal of a nested teardown when the grace period is over', () => {
      run(({ cold, flush, expectObservable, expectSubscriptions }) => {
        const { outer, inner } = copies(direction);
        const e1 = cold(' -a-|   ');
        const e1subs = '  ^--!   ';
        const grace = cold(' --g ');
        const gracesubs = '---^-!';
        const expected = '-a---# ';
        const signals: AbortSignal[] = [];

        const hanging = inner.runner({
          run: () => NEVER,
          teardown: ({ signal }) => {
            signals.push(signal);
            return NEVER;
          },
        });
        const result = outer.group({ e1, nested: inner.group({ hanging }) }, { grace });

        expectObservable(result).toBe(
          expected,
          undefined,
          new outer.RunGroupError([
            { path: ['nested'], phase: 'grace', error: new outer.GraceExceededError(['nested'], grace) },
          ]),
        );
        expectSubscriptions(e1.subscriptions).toBe(e1subs);
        expectSubscriptions(grace.subscriptions).toBe(gracesubs);
        flush();
        expect(signals.map(({ aborted }) => aborted)).toStrictEqual([true]);
      });
    });

    it('should not wait for itself where a finalizer of a nested group unsubscribes the outer one', () => {
      const { outer, inner } = copies(direction);
      const log: string[] = [];
      const teardown = new Subject<never>();
      const stop = new Subject<never>();
      const worker = NEVER.pipe(
        inner.finalizeAsync(() => {
          subscription.unsubscribe();
          return teardown;
        }),
      );
      const nested = inner.group({ worker });
      const lifecycle = { next: ({ path, type }: Package.LifecycleEvent) => log.push(`${path.join('/')} ${type}`) };
      const subscription = outer.group({ stop, nested }, { lifecycle }).subscribe();
      log.length = 0;

      stop.complete();
      expect(subscription.closed).toBe(true);
      expect(log).toStrictEqual(['stop ready', 'stop completed', 'nested stopping', 'nested/worker stopping']);

      log.length = 0;
      teardown.complete();
      expect(log).toStrictEqual(['nested/worker stopped', 'nested stopped']);
    });

    it('should name members, tell of their readiness and relay their events', () => {
      const { outer, inner } = copies(direction);
      const innerEvents: string[] = [];
      const outerEvents: string[] = [];
      const observer = (log: string[]) => ({
        next: ({ path, type }: Package.LifecycleEvent) => log.push(`${path.join('/')} ${type}`),
      });
      let ready: () => void = () => undefined;
      const stop = new Subject<number>();
      const api = inner.runner({
        name: 'api',
        run: (context) => {
          ready = () => {
            context.ready();
          };
          return stop.pipe(map((value) => value + 1));
        },
      });
      const nested = inner.group({ api, worker: NEVER }, { lifecycle: observer(innerEvents) });

      outer
        .group([nested.pipe(inner.named('nested')), inner.runner({ name: 'late', run: () => NEVER })], {
          lifecycle: observer(outerEvents),
        })
        .subscribe();
      expect(outerEvents).toStrictEqual([
        'nested starting',
        'nested/api starting',
        'nested/worker starting',
        'late starting',
      ]);

      outerEvents.length = 0;
      ready();
      expect(outerEvents).toStrictEqual(['nested/api ready']);

      outerEvents.length = 0;
      stop.complete();
      expect(innerEvents).toStrictEqual([
        'api starting',
        'worker starting',
        'api ready',
        'api completed',
        'worker stopping',
        'worker stopped',
      ]);
      expect(outerEvents).toStrictEqual([
        'nested/api completed',
        'nested/worker stopping',
        'nested/worker stopped',
        'nested ready',
        'nested completed',
        'late stopping',
        'late stopped',
      ]);
    });

    it('should have a nested group ready when all its members are', () => {
      const { outer, inner } = copies(direction);
      const events: string[] = [];
      const first = new Subject<number>();
      const second = new Subject<number>();
      const lifecycle = { next: ({ path, type }: Package.LifecycleEvent) => events.push(`${path.join('/')} ${type}`) };

      const subscription = outer.group({ nested: inner.group({ first, second }) }, { lifecycle }).subscribe();
      events.length = 0;
      first.next(1);
      expect(events).toStrictEqual(['nested/first ready']);
      second.next(2);
      expect(events).toStrictEqual(['nested/first ready', 'nested/second ready', 'nested ready']);
      subscription.unsubscribe();
    });

    it('should share the one listener of a signal', () => {
      const { outer, inner } = copies(direction);
      const source = new EventEmitter();
      const log: string[] = [];
      const listeners = () => [source.listenerCount('SIGINT'), source.listenerCount('SIGTERM')];

      const subscriptions = [outer, inner, outer, inner].map(({ interrupt }, index) =>
        interrupt({ source, debounce: 0 }).subscribe((signal) => log.push(`${index} ${signal}`)),
      );
      expect(listeners()).toStrictEqual([1, 1]);

      subscriptions[0]?.unsubscribe();
      subscriptions[1]?.unsubscribe();
      expect(listeners()).toStrictEqual([1, 1]);

      source.emit('SIGTERM');
      expect(log).toStrictEqual(['2 SIGTERM', '3 SIGTERM']);
      expect(listeners()).toStrictEqual([0, 0]);
    });
  });

  it('should have one listener of the process between them', () => {
    const count = () => [process.listenerCount('SIGINT'), process.listenerCount('SIGTERM')];
    const before = count();

    const subscriptions = [copyA, copyB, copyB].map(({ interrupt }) => interrupt().subscribe());
    expect(count()).toStrictEqual(before.map((listeners) => listeners + 1));

    for (const subscription of subscriptions) subscription.unsubscribe();
    expect(count()).toStrictEqual(before);
  });
});
