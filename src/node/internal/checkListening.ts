/** Throws for what a server cannot be run with: which option, what it has to be, and what it was. */
export function expectThat(valid: boolean, where: string, option: string, expected: string, value: unknown): void {
  if (valid) return;
  const shown = typeof value === 'string' ? `'${value}'` : Object(value) === value ? {}.toString.call(value) : value;
  throw new TypeError(`${where}: ${option} must be ${expected}, got ${String(shown)}`);
}

/** Checks where it listens, and for how long it goes on after the stop. */
export function checkListening(where: string, options: unknown): void {
  const { port, host, path, delay = 0 } = (options ?? {}) as Record<string, unknown>;
  if (path === undefined) expectThat(isInteger(port, 65_535), where, "'port'", 'an integer from 0 to 65535', port);
  else expectThat(isName(path), where, "'path'", 'the path of a socket', path);
  expectThat(host === undefined || isName(host), where, "'host'", 'a host name or an address', host);
  // longer than a timer can be set for
  expectThat(isInteger(delay, 2 ** 31 - 1), where, "'delay'", 'milliseconds (0 to 2147483647)', delay);
}

/** Whether it is a server of node:http or node:https; one of node:http2 may speak http/1 as well, and drains otherwise. */
export function isHttpServer(value: unknown): boolean {
  const { closeIdleConnections, updateSettings } = (value ?? {}) as Record<string, unknown>;
  return typeof closeIdleConnections === 'function' && updateSettings === undefined;
}

function isInteger(value: unknown, most: number): boolean {
  return typeof value === 'number' && value >= 0 && value <= most && Number.isInteger(value);
}

function isName(value: unknown): boolean {
  return typeof value === 'string' && value !== '';
}
