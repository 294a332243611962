import { carefully } from '../../internal/carefully.js';
import { inspect } from './imports.js';
import type { Failure } from '../../index.js';

/** A failure as text: whose it is, then the error as Node itself prints one that nobody has caught, causes included. */
export function describeFailure({ path, phase, error }: Failure): string {
  const name = path.join('/') || 'main';
  const what = phase === 'teardown' ? `${name} teardown` : name;
  return `${what} failed: ${carefully(() => inspect(error, { depth: 5 }), '[unreadable]')}`;
}
