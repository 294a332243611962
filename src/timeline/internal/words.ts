// what has no width of its own, moves the cursor, turns the direction of a line, or is not allowed in XML; but the joiner
// of emoji is harmless
const unseen = /(?!\u200d)[\p{C}\p{Zl}\p{Zp}]+/gu;

// Chinese, Japanese and Korean signs, and emoji
const wide = /[\u1100-\u115f\u2e80-\ua4cf\uac00-\ud7a3\uf900-\ufaff\uff01-\uff60\p{EPres}]/gu;

// the selector that makes an emoji of a letter makes it wide, too
const narrow = /(?!\ufe0f)[\p{M}\u200d]/gu;

/** Text that stays in its line, whoever wrote it. */
export function clean(text: string): string {
  return text.replace(unseen, ' ');
}

/** A value as text, whatever it is: an object may have no `toString`. */
export function show(value: unknown): string {
  return Object(value) === value ? {}.toString.call(value) : String(value);
}

/** How many columns a text takes. */
export function widthOf(text: string): number {
  return Array.from(text.replace(wide, '00').replace(narrow, '')).length;
}

/** The text, or as much of it as there is room for. */
export function fit(text: string, room: number): string {
  if (widthOf(text) <= room) return text;
  let left = room - 1;
  return `${Array.from(text)
    .filter((sign) => (left -= widthOf(sign)) >= 0)
    .join('')}…`;
}
