import { carefully } from './carefully.js';

/** How many characters of the parts of an object are shown. */
const most = 80;

/** A value as text, whatever it is; of an object its class, or its parts, each of which in a word. */
export function show(value: unknown, isPart = false): string {
  const read = (): string => {
    if (typeof value === 'string') return `'${value}'`;
    if (typeof value === 'function') return `[function ${value.name || '(anonymous)'}]`;
    if (Object(value) !== value || value instanceof Date || value instanceof Error) return String(value);
    const isList = Array.isArray(value);
    const { name = 'Object' } = Object((value as object).constructor) as { readonly name?: string };
    if (!isList && name !== 'Object') return `[${name}]`;
    const part = ([key, each]: [string, unknown]): string => (isList ? '' : `${key}: `) + show(each, true);
    const parts = Object.entries(value as object)
      .map(part)
      .join(', ');
    const text = (isPart && parts) || parts.length > most ? `${isPart ? '' : parts.slice(0, most)}…` : parts;
    return isList ? `[${text}]` : `{${text}}`;
  };
  // it may have no `toString`, or one that throws
  return carefully(read, '[unreadable]');
}
