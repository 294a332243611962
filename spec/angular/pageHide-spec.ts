import { describe, expect, it } from '@jest/globals';
import { map, NEVER } from 'rxjs';
import { pageHide } from '../../src/angular/index.js';
import { group, runner, start } from '../../src/index.js';
import { run } from '../helpers/marbles.js';
import { listeners } from './helpers/listeners.js';

function leave(persisted = false): void {
  window.dispatchEvent(Object.assign(new Event('pagehide'), { persisted }));
}

describe('pageHide', () => {
  it('should be an interrupt', () => {
    run(({ hot, expectObservable }) => {
      hot('                -----p---').subscribe(() => leave());
      const expected = '   -----(p|)';

      expectObservable(pageHide().pipe(map(({ type }) => type))).toBe(expected, { p: 'pagehide' });
    });
  });

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
    const running = start(group({ pageHide: pageHide(), service }));

    leave();
    log.push('after the event');
    await running.done;

    expect(log).toStrictEqual(['teardown', 'after the event']);
  });

  it('should be ready as soon as it listens, and be a member by its name', async () => {
    const running = start(group([pageHide()]));

    await running.ready;

    expect(running.report().members).toMatchObject({ pageHide: { state: 'ready' } });
    await running.stop();
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
