import { afterEach, describe, expect, it, jest } from '@jest/globals';
import { filter, NEVER, take } from 'rxjs';
import { hidden } from '../../src/angular/index.js';
import { group, start } from '../../src/index.js';
import { listeners } from './helpers/listeners.js';

function show(state: DocumentVisibilityState): void {
  jest.spyOn(document, 'visibilityState', 'get').mockReturnValue(state);
  document.dispatchEvent(new Event('visibilitychange'));
}

describe('hidden', () => {
  afterEach(() => {
    jest.restoreAllMocks();
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
    const run = start(group({ hidden: hidden().pipe(filter(Boolean), take(1)), service: NEVER }));
    expect(run.closed).toBe(false);

    show('hidden');
    await run.done;

    expect(run.report().members).toMatchObject({ hidden: { state: 'completed' }, service: { state: 'stopped' } });
  });

  it('should listen only while it is subscribed', () => {
    const counted = listeners(document);
    const subscription = hidden().subscribe();
    expect(counted()).toStrictEqual(['visibilitychange']);

    subscription.unsubscribe();

    expect(counted()).toStrictEqual([]);
  });
});
