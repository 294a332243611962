import { getEventListeners } from 'node:events';
import { afterEach, describe, expect, it } from '@jest/globals';
import { config } from 'rxjs';
import { onAbort } from '../../src/internal/onAbort.js';
import { afterReports, unhandled } from '../helpers/unhandled.js';

describe('onAbort', () => {
  afterEach(() => {
    config.onUnhandledError = null;
  });

  it('should call all in the order in which they came, with the reason, though some throw', async () => {
    const errors = unhandled();
    const controller = new AbortController();
    const log: unknown[] = [];
    const sad = new Error('sad');
    onAbort(controller.signal, (reason) => log.push(['first', reason]));
    onAbort(controller.signal, () => {
      throw sad;
    });
    onAbort(controller.signal, (reason) => log.push(['last', reason]));

    controller.abort('enough');
    await afterReports();

    expect(log).toStrictEqual([
      ['first', 'enough'],
      ['last', 'enough'],
    ]);
    expect(errors).toStrictEqual([sad]);
  });

  it('should call the same callback as often as it came, and once less when one of them has gone', () => {
    const controller = new AbortController();
    let calls = 0;
    const callback = (): void => {
      calls++;
    };
    onAbort(controller.signal, callback);
    const off = onAbort(controller.signal, callback);
    onAbort(controller.signal, callback);

    off();
    off();
    controller.abort();

    expect(calls).toBe(2);
  });

  it('should have one listener as long as anybody waits, and none before and after that', () => {
    const { signal } = new AbortController();
    const counts: number[] = [];
    const count = (): void => void counts.push(getEventListeners(signal, 'abort').length);

    count();
    const offs = [1, 2, 3].map(() => onAbort(signal, count));
    count();
    offs[1]?.();
    offs[0]?.();
    count();
    offs[2]?.();
    count();
    const again = onAbort(signal, count);
    // one that has gone before takes nobody else with it
    offs[2]?.();
    count();
    again();
    count();

    expect(counts).toStrictEqual([0, 1, 1, 0, 1, 0]);
  });

  it('should not call who has gone while the others are called, and call who comes meanwhile at once', () => {
    const controller = new AbortController();
    const log: string[] = [];
    onAbort(controller.signal, () => {
      log.push('first');
      offSecond();
      onAbort(controller.signal, () => log.push('late'));
    });
    const offSecond = onAbort(controller.signal, () => log.push('second'));
    onAbort(controller.signal, () => log.push('third'));

    controller.abort();

    expect(log).toStrictEqual(['first', 'late', 'third']);
    expect(getEventListeners(controller.signal, 'abort')).toHaveLength(0);
  });
});
