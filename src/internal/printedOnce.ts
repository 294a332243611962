import type { Failure } from '../types.js';
import { carefully } from './carefully.js';
import { show } from './show.js';

/** What prints values in Node hands itself over, with its options. */
type Inspect = (value: unknown, options: InspectOptions) => string;

interface InspectOptions {
  readonly depth?: number | null;
}

interface Printable {
  readonly name: string;
  readonly failures: readonly Failure[];
}

/** Those that are being printed: a cause may lead back to the error that it is printed with. */
const printing = new WeakSet();

/** Prints an error with failures as these, each once, where Node would print the properties that hold them one by one. */
export function printedOnce(errorClass: { readonly prototype: Printable }): void {
  // as Node's documentation has it for code that runs elsewhere too
  Object.defineProperty(errorClass.prototype, Symbol.for('nodejs.util.inspect.custom'), { value: print });
}

function print(this: Printable, depth: number | null, options: InspectOptions, inspect: Inspect): string {
  const { name, failures } = this;
  if (printing.has(this)) return `[Circular ${name}]`;
  if (depth !== null && depth < 0) return `[${name}]`;
  printing.add(this);
  const lines = failures.map(({ path, phase, error }) => {
    const text = carefully(() => inspect(error, { ...options, depth }), show(error));
    return `\n${path.join('/')}${path.length ? ' ' : ''}(${phase}): ${text}`.replaceAll('\n', '\n  ');
  });
  printing.delete(this);
  return `${name}: ${failures.length} failure${failures.length === 1 ? '' : 's'}${lines.join('')}`;
}
