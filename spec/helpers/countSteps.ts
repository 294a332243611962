/** What walks through a list, or moves all of it. */
const walks = ['forEach', 'some', 'every', 'find', 'filter', 'map', 'flatMap', 'reduce'];
const scans = ['indexOf', 'includes', 'unshift', 'splice', 'shift', 'slice', 'concat'];

type Method = (this: { readonly length?: number; readonly size?: number }, first: unknown, second: unknown) => unknown;

/**
 * How many steps of loops over lists, sets and maps an action takes: unlike a time, the same on every machine.
 *
 * With a number in place of a time, twice as many members must be twice as many steps, and a loop in a loop is seen at once.
 */
export function countSteps(action: () => void): number {
  let steps = 0;
  const restore: (() => void)[] = [];

  function patch(prototype: object, name: string, wrap: (original: Method) => Method): void {
    const methods = prototype as Record<string, Method | undefined>;
    const original = methods[name];
    if (!original) return;
    methods[name] = wrap(original);
    restore.push(() => (methods[name] = original));
  }

  for (const list of [[], new Set(), new Map()]) {
    patch(Object.getPrototypeOf(list[Symbol.iterator]()) as object, 'next', (original) => {
      return function (first, second) {
        steps++;
        return original.call(this, first, second);
      };
    });
    for (const name of walks)
      patch(Object.getPrototypeOf(list) as object, name, (original) => {
        return function (first, second) {
          steps += this.length ?? this.size ?? 0;
          return original.call(this, first, second);
        };
      });
  }
  for (const name of scans)
    patch(Array.prototype, name, (original) => {
      return function () {
        steps += this.length ?? 0;
        // eslint-disable-next-line prefer-rest-params -- a rest would itself take steps
        return original.apply(this, arguments as unknown as [unknown, unknown]);
      };
    });
  try {
    action();
  } finally {
    for (const undo of restore.splice(0)) undo();
  }
  return steps;
}
