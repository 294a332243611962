import { ambient } from './ambient.js';

/** Makes what is being subscribed answer for the member it is part of, if it is the first there; returns what says so. */
export function claimReadiness(name?: string): () => void {
  const { scope } = ambient;
  const claimed = scope?.member?.claim(name, true);
  return () => {
    // asked again: a scope has a member only as long as it runs, and a run that has ended says nothing of the next one
    if (claimed) scope?.member?.ready();
  };
}
