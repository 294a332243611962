import { afterEach, describe, expect, it, jest } from '@jest/globals';
import { filter, map, NEVER, take } from 'rxjs';
import { offline } from '../../src/angular/index.js';
import { group, start } from '../../src/index.js';
import { run } from '../helpers/marbles.js';
import { listeners } from './helpers/listeners.js';

function network(state: 'online' | 'offline', event = state): void {
  jest.spyOn(navigator, 'onLine', 'get').mockReturnValue(state === 'online');
  window.dispatchEvent(new Event(event));
}

describe('offline', () => {
  afterEach(() => {
    jest.restoreAllMocks();
  });

  it('should follow the network', () => {
    run(({ hot, expectObservable }) => {
      hot<'x' | 'o'>('     -----x-----o---').subscribe((state) => network(state === 'x' ? 'offline' : 'online'));
      const unsub = '      --------------!';
      const expected = '   f----t-----f---';

      expectObservable(offline(), unsub).toBe(expected, { t: true, f: false });
    });
  });

  it('should say at once how it is, and whenever that changes', () => {
    const seen: unknown[] = [];
    const subscription = offline().subscribe((is) => seen.push(is));
    expect(seen).toStrictEqual([false]);

    network('offline');
    network('offline');
    network('online');

    expect(seen).toStrictEqual([false, true, false]);
    subscription.unsubscribe();
  });

  it('should say that there is no network from the start', () => {
    network('offline');
    const seen: unknown[] = [];

    offline()
      .pipe(take(1))
      .subscribe((is) => seen.push(is));

    expect(seen).toStrictEqual([true]);
  });

  it('should stop a group with filter and take', async () => {
    const running = start(group({ offline: offline().pipe(filter(Boolean), take(1)), service: NEVER }));
    expect(running.closed).toBe(false);

    network('offline');
    await running.done;

    expect(running.report().members).toMatchObject({ offline: { state: 'completed' }, service: { state: 'stopped' } });
  });

  it('should listen only while it is subscribed', () => {
    const counted = listeners(window);
    const source = offline().pipe(map((is) => !is));
    expect(counted()).toStrictEqual([]);

    const subscription = source.subscribe();
    expect(counted()).toStrictEqual(['online', 'offline']);
    subscription.unsubscribe();

    expect(counted()).toStrictEqual([]);
  });
});
