import { afterEach, describe, expect, it, jest } from '@jest/globals';
import { filter, map, NEVER, take } from 'rxjs';
import { hidden } from '../../src/angular/index.js';
import { group, runWhile, start } from '../../src/index.js';
import { run } from '../helpers/marbles.js';
import { listeners } from './helpers/listeners.js';
import { probe } from './helpers/probe.js';

function show(state: DocumentVisibilityState): void {
  jest.spyOn(document, 'visibilityState', 'get').mockReturnValue(state);
  document.dispatchEvent(new Event('visibilitychange'));
}

describe('hidden', () => {
  afterEach(() => {
    jest.restoreAllMocks();
  });

  it('should follow the page', () => {
    show('visible');
    run(({ hot, expectObservable }) => {
      hot<'h' | 'v'>('     -----h-----v---').subscribe((state) => show(state === 'h' ? 'hidden' : 'visible'));
      const unsub = '      --------------!';
      const expected = '   f----t-----f---';

      expectObservable(hidden(), unsub).toBe(expected, { t: true, f: false });
    });
  });

  it('should say at once how it is, and whenever that changes', () => {
    show('visible');
    const seen: unknown[] = [];
    const subscription = hidden().subscribe((is) => seen.push(is));
    expect(seen).toStrictEqual([false]);

    show('hidden');
    show('hidden');
    show('visible');

    expect(seen).toStrictEqual([false, true, false]);
    subscription.unsubscribe();
  });

  it('should stop a group with filter and take', async () => {
    show('visible');
    const running = start(group({ hidden: hidden().pipe(filter(Boolean), take(1)), service: NEVER }));
    expect(running.closed).toBe(false);

    show('hidden');
    await running.done;

    expect(running.report().members).toMatchObject({ hidden: { state: 'completed' }, service: { state: 'stopped' } });
  });

  it('should be a condition of runWhile', () => {
    show('visible');
    const { source, teardowns, alive } = probe();
    const subscription = source.pipe(runWhile(hidden().pipe(map((is) => !is)))).subscribe();
    expect(alive.started).toBe(1);

    show('hidden');
    expect(teardowns).toHaveLength(1);
    show('visible');
    expect(alive).toStrictEqual({ now: 1, most: 1, started: 1 });
    teardowns[0]?.complete();

    expect(alive).toStrictEqual({ now: 1, most: 1, started: 2 });
    subscription.unsubscribe();
  });

  it('should listen only while it is subscribed', () => {
    const counted = listeners(document);
    const subscription = hidden().subscribe();
    expect(counted()).toStrictEqual(['visibilitychange']);

    subscription.unsubscribe();

    expect(counted()).toStrictEqual([]);
  });
});
