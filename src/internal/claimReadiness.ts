import { ambient, type MemberLink } from './ambient.js';

/** How what is being subscribed answers for the member that it is part of. */
export interface Readiness {
  /** Says that the member is ready. */
  ready(): void;
  /** Subscribes to what stands for it: a group in there answers in its place. */
  lend(subscribe: () => void): void;
  /** The same, but a runner in there answers in its place, too. */
  handOver(subscribe: () => void): void;
}

/** Makes what is being subscribed answer for the member it is part of, if it is the first there. */
export function claimReadiness(name?: string): Readiness {
  const { scope } = ambient;
  const { member } = scope ?? {};
  const claimed = member?.claim(name, true);
  // what a runner around this has lent is lent on
  const mayLend = !!claimed || !!member?.lent;
  // asked again: a scope has a member only as long as it runs, and a run that has ended says nothing of the next one
  const current = (): MemberLink | undefined => scope?.member;
  const lend = (subscribe: () => void): void => {
    lending(mayLend ? current() : undefined, subscribe);
  };
  return {
    ready() {
      if (claimed) current()?.ready();
    },
    lend,
    handOver(subscribe) {
      if (claimed) current()?.renew();
      lend(subscribe);
      // not to be had by what is subscribed after it
      if (claimed) current()?.claim(undefined, true);
    },
  };
}

/** Calls `subscribe` while a group may answer for the member. */
export function lending(member: MemberLink | undefined, subscribe: () => void): void {
  if (!member) {
    subscribe();
    return;
  }
  const { lent } = member;
  member.lent = true;
  try {
    subscribe();
  } finally {
    // not to be had twice: a group may have claimed it
    member.lent &&= lent;
  }
}
