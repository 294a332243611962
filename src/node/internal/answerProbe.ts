import type { IncomingMessage, ServerResponse } from 'node:http';
import type { HealthState } from './memberStates.js';

/** Answers a probe; false where the request is none. */
export function answerProbe(
  { url = '', method = '' }: IncomingMessage,
  response: ServerResponse,
  state: HealthState,
): boolean {
  const [, probe] = /^\/(livez|readyz|healthz)(\?|$)/.exec(url) ?? [];
  if (!probe) return false;
  response.setHeader('Cache-Control', 'no-store');
  if (method === 'GET' || method === 'HEAD') {
    response.writeHead(probe === 'readyz' && !state.ready ? 503 : 200, { 'Content-Type': 'application/json' });
    response.end(`${JSON.stringify(state)}\n`);
  } else response.writeHead(405, { Allow: 'GET, HEAD' }).end();
  return true;
}
