import type { IncomingMessage, ServerResponse } from 'node:http';
import type { HealthState } from './memberStates.js';

/** Answers a probe; false where the request is none. */
export function answerProbe(
  { url = '', method = '' }: IncomingMessage,
  response: ServerResponse,
  state: HealthState,
): boolean {
  const [, probe] = /^(?:GET|HEAD) \/(livez|readyz|healthz)(\?|$)/.exec(`${method} ${url}`) ?? [];
  if (!probe) return false;
  const isFine = probe !== 'readyz' || state.ready;
  response.writeHead(isFine ? 200 : 503, { 'Cache-Control': 'no-store', 'Content-Type': 'application/json' });
  response.end(`${JSON.stringify(state)}\n`);
  return true;
}
