import { check, checkInteger, isName, longest } from './check.js';

/** Checks where it listens, and for how long it goes on after the stop. */
export function checkListening(where: string, options: unknown): void {
  const { port, host = 'any', path, delay = 0 } = (options ?? {}) as Record<string, unknown>;
  if (path === undefined) checkInteger(where, "'port'", port, 65_535);
  else check(isName(path), where, "'path'", 'a path', path);
  check(isName(host), where, "'host'", 'a host', host);
  checkInteger(where, "'delay'", delay, longest);
}
