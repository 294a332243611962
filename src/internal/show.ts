import { carefully } from './carefully.js';

/** How much of an object is shown: so many parts of it, and so many characters. */
const mostParts = 5;
const mostCharacters = 100;

/** A value as text, whatever it is; an object in short. */
export function show(value: unknown): string {
  // an object may have no `toString`, or one that throws
  const text = carefully(() => shown(value, partsOf), `[unreadable ${typeof value}]`);
  return typeof value === 'string' || text.length <= mostCharacters ? text : `${text.slice(0, mostCharacters)}…`;
}

function shown(value: unknown, inner: (value: object) => string): string {
  if (typeof value === 'string') return `'${value}'`;
  if (typeof value === 'function') return `[function${value.name && ' '}${value.name}]`;
  if (Object(value) !== value || value instanceof Date || value instanceof Error) return String(value);
  if (Array.isArray(value)) return `[${inner(value)}]`;
  const { name = 'Object' } = Object((value as object).constructor) as { readonly name?: string };
  // what an instance holds says less than whose it is
  return name === 'Object' ? `{${inner(value as object)}}` : `[${name}]`;
}

/** Of each part no more than what it is. */
function partsOf(value: object): string {
  const parts = Object.entries(value).map(([key, part]) => {
    const text = carefully(() => shown(part, () => '…'), '…');
    return Array.isArray(value) ? text : `${key}: ${text}`;
  });
  const some = parts.slice(0, mostParts).join(', ') + (parts.length > mostParts ? ', …' : '');
  return some && !Array.isArray(value) ? ` ${some} ` : some;
}
