import { carefully } from '../../internal/carefully.js';
import { show } from '../../internal/show.js';

/** How deep a value is looked into. */
const depth = 4;

/** A value as text, for messages. */
export function inspect(value: unknown): string {
  return carefully(() => inspected(value, []), show(value));
}

function inspected(value: unknown, within: readonly unknown[]): string {
  if (typeof value === 'string') return `'${value}'`;
  if (typeof value === 'bigint') return `${String(value)}n`;
  if (typeof value === 'function') return `[function ${value.name}]`;
  if (typeof value !== 'object' || value === null) return String(value);
  if (value instanceof Error) return `${value.name}: ${value.message}`;
  if (value instanceof RegExp || value instanceof Date) return String(value);
  if (within.includes(value) || within.length === depth) return Array.isArray(value) ? '[…]' : '{…}';
  const inner = [...within, value];
  if (Array.isArray(value)) return `[${value.map((each) => inspected(each, inner)).join(', ')}]`;
  const fields = Object.entries(value).map(([key, each]) => `${key}: ${inspected(each, inner)}`);
  const name = (value.constructor as { name?: string } | undefined)?.name ?? 'Object';
  return (name === 'Object' ? '' : `${name} `) + (fields.length > 0 ? `{ ${fields.join(', ')} }` : '{}');
}
