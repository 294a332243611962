import { describe, expect, it } from '@jest/globals';
import { NEVER } from 'rxjs';
import { pageHide } from '../../src/angular/index.js';
import { group, runner, start } from '../../src/index.js';
import { listeners } from './helpers/listeners.js';

function leave(persisted = false): void {
  window.dispatchEvent(Object.assign(new Event('pagehide'), { persisted }));
}

describe('pageHide', () => {
  it('should emit when the page is left, and complete', () => {
    const seen: unknown[] = [];
    pageHide().subscribe({ next: ({ type, persisted }) => seen.push(type, persisted), complete: () => seen.push('|') });
    expect(seen).toStrictEqual([]);

    leave(true);
    leave();

    expect(seen).toStrictEqual(['pagehide', true, '|']);
  });

  it('should stop a group, and begin each teardown, within the event', async () => {
    const log: string[] = [];
    const service = runner({ run: () => NEVER, teardown: () => void log.push('teardown') });
    const run = start(group({ pageHide: pageHide(), service }));

    leave();
    log.push('after the event');
    await run.done;

    expect(log).toStrictEqual(['teardown', 'after the event']);
  });

  it('should be ready as soon as it listens, and be a member by its name', async () => {
    const run = start(group([pageHide()]));

    await run.ready;

    expect(run.report().members).toMatchObject({ pageHide: { state: 'ready' } });
    await run.stop();
  });

  it('should listen only while it is subscribed', () => {
    const counted = listeners(window);
    const page = pageHide();
    expect(counted()).toStrictEqual([]);

    const subscription = page.subscribe();
    expect(counted()).toStrictEqual(['pagehide']);
    subscription.unsubscribe();
    expect(counted()).toStrictEqual([]);
    page.subscribe();
    leave();

    expect(counted()).toStrictEqual([]);
  });
});
