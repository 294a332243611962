import { inspect } from 'node:util';
import type { Failure } from '../../index.js';

/** A failure as text: whose it is, then the error with its stack, its causes and the errors within it. */
export function describeFailure({ path, phase, error }: Failure): string {
  const name = path.join('/') || 'main';
  const what = phase === 'teardown' ? `${name} teardown` : name;
  return `${what} failed: ${inspect(error, { depth: Math.max(2, levels(error)) })}`;
}

/**
 * How deep the causes are nested. `inspect` cuts them off at its depth, and a greater depth for everything would print all
 * that hangs on an error: a request, its socket, its server.
 */
function levels(error: unknown, above: readonly unknown[] = []): number {
  if (!(error instanceof Error) || above.includes(error)) return 0;
  const inside = [...above, error];
  const { cause, errors } = error as { cause?: unknown; errors?: unknown };
  const each = Array.isArray(errors) ? errors.map((inner) => 2 + levels(inner, inside)) : [];
  return Math.max(1 + levels(cause, inside), ...each);
}
