import { checkInteger, longest } from './check.js';

/** Checks where it listens, and for how long it goes on after the stop. */
export function checkListening(where: string, options: unknown): void {
  const { port, path, delay = 0 } = (options ?? {}) as Record<string, unknown>;
  // the rest is checked by `listen`
  if (path === undefined) checkInteger(where, "'port'", port, 65_535);
  checkInteger(where, "'delay'", delay, longest);
}
