import type { IncomingMessage, ServerResponse } from 'node:http';
import type { HealthState } from './MemberStates.js';

/** Answers a probe; false where the request is none. */
export function answerProbe(
  { url = '', method = '' }: IncomingMessage,
  response: ServerResponse,
  state: HealthState,
): boolean {
  const [path = ''] = url.split('?');
  if (!['/livez', '/readyz', '/healthz'].includes(path)) return false;
  response.setHeader('Cache-Control', 'no-store');
  if (!['GET', 'HEAD'].includes(method)) {
    response.writeHead(405, { Allow: 'GET, HEAD' }).end();
    return true;
  }
  response.writeHead(path === '/readyz' && !state.ready ? 503 : 200, { 'Content-Type': 'application/json' });
  response.end(`${JSON.stringify(state)}\n`);
  return true;
}
