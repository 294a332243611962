// The tests of a small service, as its authors would write them: the same under each test framework.
import assert from 'node:assert/strict';
import { group, restart, runner, start, stopWhen } from 'rx-runner';
import { expectNoOpenRunners, expectNoOpenRunnersAfterEach, lifecycleMarbles } from 'rx-runner/testing';
import { interval, NEVER, throwError, timer } from 'rxjs';

/** Registers the tests with the framework whose functions these are. */
export function suite({ describe, it, beforeEach, afterEach }) {
  expectNoOpenRunnersAfterEach({ beforeEach, afterEach });

  describe('a service in virtual time', () => {
    it('is stopped by Ctrl-C, and waited for', () => {
      lifecycleMarbles(({ runner, interrupt, expectObservable, expectTeardowns, expectLifecycle }) => {
        const api = runner('      -a-b-c    ', { teardown: '---|' });
        const db = runner('       --r       ', { teardown: '-|' });
        const ctrlC = interrupt(' -----i    ', { i: 'SIGINT' });

        const app = group({ api, db, ctrlC });

        expectObservable(app).toBe('-arb-i--|', { a: 'a', b: 'b', r: 'r', i: 'SIGINT' });
        expectTeardowns(api.teardowns).toBe('-----^--!');
        expectTeardowns(db.teardowns).toBe(' -----^!  ');
        expectLifecycle(app).toBe({
          api: '                  sr---x--| ',
          db: '                   s-r--x|   ',
          ctrlC: '                (sr)-c    ',
        });
      });
    });

    it('takes a double Ctrl-C for one', () => {
      lifecycleMarbles(({ runner, interrupt, expectObservable, expectTeardowns }) => {
        const api = runner('      -a        ', { teardown: '---|' });
        const ctrlC = interrupt(' --i-i     ');

        expectObservable(group({ api, ctrlC })).toBe('-ai--|', { a: 'a', i: 'SIGINT' });
        expectObservable(ctrlC.kills).toBe('-');
        expectTeardowns(api.teardowns).toBe('--^--!');
      });
    });

    it('fails with what failed in a teardown', () => {
      lifecycleMarbles(({ runner, cold, expectTeardowns, expectLifecycle }) => {
        const db = runner('  -r       ', { teardown: '--#' });
        const stop = cold('  ---x     ');

        expectLifecycle(group({ db }).pipe(stopWhen(stop))).toBe({ db: 'sr-x-#' });
        expectTeardowns(db.teardowns).toBe('                    ---^-#');
      });
    });

    it('is restarted', () => {
      lifecycleMarbles(({ runner, expectSubscriptions, expectLifecycle }) => {
        const worker = runner('-j-#');

        expectLifecycle(group({ worker: worker.pipe(restart({ delay: 2 })) }), '---------!').toBe({
          worker: '            sr-~----~(x|)',
        });
        expectSubscriptions(worker.subscriptions).toBe(['^--!', '-----^--!']);
      });
    });
  });

  describe('a service in real time', () => {
    it('leaves nothing running', async () => {
      const api = runner({ name: 'api', run: () => interval(5), teardown: () => timer(10) });
      const run = start(group({ api }));
      await run.ready;

      await run.stop();

      expectNoOpenRunners();
    });

    it('tells of what it has left running', () => {
      const run = start(runner({ name: 'ticker', run: () => NEVER }));

      assert.throws(expectNoOpenRunners, /^Error: 1 run of a runner has not ended\n\n'ticker', made\n/);
      void run.stop();
    });
  });
}

/** Registers the tests of the matchers. */
export function matcherSuite({ describe, it, expect }) {
  describe('the matchers', () => {
    const api = runner({ run: () => NEVER, teardown: () => timer(10) });
    const broken = runner({ run: () => throwError(() => new Error('no port')) });

    it('know a clean stop', async () => {
      await expect(group({ api })).toStopCleanly({ after: 5 });
      await expect(start(api)).toStopCleanly();
      await expect(group({ api, broken })).not.toStopCleanly();
    });

    it('know a failure', async () => {
      await expect(group({ api, broken })).toFailWith({ path: ['broken'], error: /port/ });
      await expect(group({ api, broken })).not.toFailWith({ path: ['api'] });
      await assert.rejects(
        async () => expect(group({ api, broken })).toFailWith({ path: ['api'] }),
        /expected the run to fail with { path: \['api'\] }, but it failed:\n\n {2}broken \(run\): Error: no port/,
      );
    });
  });
}
