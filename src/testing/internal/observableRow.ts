import type { Diagram, Mark } from './diagram.js';
import { inspect } from './inspect.js';
import { isEqual } from './isEqual.js';
import type { Row } from './message.js';

/** What RxJS's `TestScheduler` compares for an Observable. */
export interface TestMessage {
  readonly frame: number;
  readonly notification: { readonly kind: 'N' | 'E' | 'C'; readonly value?: unknown; readonly error?: unknown };
}

/** A value, or an error, and the one character that it has in the diagrams. */
interface Meaning {
  readonly text: string;
  readonly value: unknown;
}

/** What no letter of a diagram can be. */
const reserved = new Set(' -()^|#!');

const alphabet = Array.from('abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ');

/** The two diagrams of an Observable, with letters for the values, and what the letters stand for. */
export function observableRow(
  actual: readonly TestMessage[],
  expected: readonly TestMessage[],
  values: Readonly<Record<string, unknown>> = {},
): { readonly row: Row; readonly legend: readonly string[] } {
  const known: Meaning[] = Object.entries(values).map(([text, value]) => ({ text, value }));
  const errors: Meaning[] = [];
  const used = new Set<Meaning>();
  const isTaken = (letter: string): boolean => known.some(({ text }) => text === letter);

  const meaningOfValue = (value: unknown): Meaning => {
    const letter = isLetter(value) && !isTaken(value) ? value : alphabet.find((each) => !isTaken(each));
    return found(known, value) ?? added(known, { text: letter ?? '?', value });
  };
  const mark = ({ frame, notification }: TestMessage): Mark => {
    const { kind, value, error } = notification;
    if (kind === 'C') return { frame, text: '|' };
    const meaning =
      kind === 'N' ? meaningOfValue(value) : (found(errors, error) ?? added(errors, { text: '#', value: error }));
    used.add(meaning);
    return { frame, text: meaning.text, meaning };
  };
  const diagramOf = (messages: readonly TestMessage[]): Diagram => messages.map(mark);

  // the expected one first: its values may be matchers of a test framework, which the actual ones are held against
  const row: Row = { label: '', expected: diagramOf(expected), actual: diagramOf(actual) };
  const told = [...used].filter(({ text, value }) => text !== value);
  return { row, legend: told.map(({ text, value }) => `${text} = ${inspect(value)}`) };
}

function found(meanings: readonly Meaning[], value: unknown): Meaning | undefined {
  return meanings.find((meaning) => isEqual(value, meaning.value));
}

function added(meanings: Meaning[], meaning: Meaning): Meaning {
  meanings.push(meaning);
  return meaning;
}

function isLetter(value: unknown): value is string {
  return typeof value === 'string' && Array.from(value).length === 1 && !reserved.has(value);
}
