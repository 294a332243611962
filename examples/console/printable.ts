/** What somebody else has sent, fit for a terminal and a log: no control characters, which could do anything there, and short. */
export function printable(text: string): string {
  return text.slice(0, 200).replace(/[\p{Cc}\p{Cf}\p{Zl}\p{Zp}]/gu, '\u{FFFD}');
}
