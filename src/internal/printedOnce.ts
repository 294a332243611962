import type { Failure } from '../types.js';
import { carefully } from './carefully.js';
import { show } from './show.js';

/** What Node prints values with: it hands itself over, with its options. */
type Inspect = (value: unknown, options: object) => string;

interface Printable {
  readonly name: string;
  readonly failures: readonly Failure[];
}

/** Those that are being printed: a cause may lead back to the error that it is printed with. */
const printing = new WeakSet();

/** Has Node print the failures of such an error, each once, in place of the properties that hold them several times. */
export function printedOnce(errorClass: { readonly prototype: Printable }): void {
  // as Node's documentation has it for code that runs elsewhere too
  Object.defineProperty(errorClass.prototype, Symbol.for('nodejs.util.inspect.custom'), { value: print });
}

/** `depth` is how deep it may still look, null without a limit. */
function print(this: Printable, depth: number, options: object, inspect: Inspect): string {
  const { name, failures } = this;
  if (depth < 0 || printing.has(this)) return `[${name}]`;
  printing.add(this);
  const lines = failures.map(({ path, phase, error }) => {
    // what throws where it is read, throws here too
    const text = carefully(() => inspect(error, { ...options, depth }), show(error));
    return `\n${path.join('/')}${path.length ? ' ' : ''}(${phase}): ${text}`;
  });
  printing.delete(this);
  return (`${name}: ${failures.length} failure${lines.length > 1 ? 's' : ''}` + lines.join('')).replaceAll(
    '\n',
    '\n  ',
  );
}
