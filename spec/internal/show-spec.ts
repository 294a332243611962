import { describe, expect, it } from '@jest/globals';
import { NEVER } from 'rxjs';
import { show } from '../../src/internal/show.js';

class Server {
  readonly port = 80;
}

const revoked = (): unknown => {
  const { proxy, revoke } = Proxy.revocable({}, {});
  revoke();
  return proxy;
};

describe('show', () => {
  it.each<[unknown, string]>([
    ['text', "'text'"],
    [7, '7'],
    [7n, '7'],
    [undefined, 'undefined'],
    [null, 'null'],
    [Symbol('odd'), 'Symbol(odd)'],
    [[], '[]'],
    [['SIGFOO', 1, null], "['SIGFOO', 1, null]"],
    [[[1], { a: 1 }, []], '[[…], {…}, []]'],
    [[1, 2, 3, 4, 5, 6], '[1, 2, 3, 4, 5, 6]'],
    [{}, '{}'],
    [{ a: 'x', b: [1], c: { d: 1 } }, "{a: 'x', b: […], c: {…}}"],
    [Object.create(null), '{}'],
    [new Server(), '[Server]'],
    [new Map([['a', 1]]), '[Map]'],
    [NEVER, '[Observable]'],
    [Server, '[function Server]'],
    [(): void => undefined, '[function (anonymous)]'],
    [new TypeError('sad'), 'TypeError: sad'],
    [new Date(NaN), 'Invalid Date'],
  ])('should show %p in short', (value, text) => {
    expect(show(value)).toBe(text);
  });

  it('should not grow with the value, but for text', () => {
    const long = 'x'.repeat(1_000);

    expect(show([long])).toBe(`['${long.slice(0, 79)}…]`);
    expect(show({ [long]: 1 })).toBe(`{${long.slice(0, 80)}…}`);
    expect(show(long)).toBe(`'${long}'`);
  });

  it.each<[string, unknown, string]>([
    ['a revoked proxy', revoked(), '[unreadable]'],
    [
      'an error with a message that throws',
      Object.defineProperty(new Error(), 'message', {
        get() {
          throw new Error('lazy');
        },
      }),
      '[unreadable]',
    ],
    ['a list with a revoked proxy', [1, revoked()], '[1, [unreadable]]'],
    [
      'an object with a getter that throws',
      {
        get a() {
          throw new Error('lazy');
        },
      },
      '[unreadable]',
    ],
  ])('should survive %s', (_, value, text) => {
    expect(show(value)).toBe(text);
  });
});
