/** Whether it is a server of node:http or node:https; one of node:http2 may speak http/1 as well, and drains otherwise. */
export function isHttpServer(value: unknown): boolean {
  const { closeIdleConnections, updateSettings } = (value ?? {}) as Record<string, unknown>;
  return !!closeIdleConnections && !updateSettings;
}
