// Three tests that fail, each with the message that docs/testing.md shows for it.
import { group, runner, start } from 'rx-runner';
import { expectNoOpenRunnersAfterEach, lifecycleMarbles } from 'rx-runner/testing';
import { NEVER } from 'rxjs';

/** Registers the tests with the framework whose functions these are. */
export function failing({ it, beforeEach, afterEach }) {
  expectNoOpenRunnersAfterEach({ beforeEach, afterEach });

  it('leaves a runner running', function leavesTicker() {
    const ticker = runner({ name: 'ticker', run: () => NEVER });
    start(group({ ticker }));
  });

  it('has a teardown that is late', () => {
    lifecycleMarbles(({ runner, interrupt, expectTeardowns, expectObservable }) => {
      const db = runner('       -a-b-c     ', { teardown: '-----|' });
      const ctrlC = interrupt(' ---i       ', { i: 'SIGINT' });

      expectObservable(group({ db, ctrlC }));
      expectTeardowns(db.teardowns).toBe('---^--!');
    });
  });

  it('expects an event in the wrong frame', () => {
    lifecycleMarbles(({ runner, interrupt, expectLifecycle }) => {
      const api = runner('      -a-b-c     ', { teardown: '--|' });
      const db = runner('       --a-b      ', { teardown: '----|' });
      const ctrlC = interrupt(' -----i     ', { i: 'SIGINT' });

      expectLifecycle(group({ api, db, ctrlC })).toBe({
        api: '                  sr---x-|   ',
        db: '                   s-r--x-|   ',
        ctrlC: '                (sr)-c     ',
      });
    });
  });
}
