import { ambient } from './ambient.js';

/** Makes what is being subscribed answer for the member it is part of, if it is the first there; returns what says so. */
export function claimReadiness(name?: string): () => void {
  const member = ambient.scope?.member;
  const claimed = member?.claim(name, true);
  return () => {
    if (claimed) member?.ready();
  };
}
