import type { Observable } from 'rxjs';
import type { Failure } from '../types.js';
import type { MemberEvent, MemberLink, Reported } from './ambient.js';
import { Child, type ChildOwner } from './child.js';
import type { Lifecycle } from './lifecycle.js';

/** Who has members. */
export interface MemberOwner extends ChildOwner {
  /** Tells of its members' lives, where somebody watches. */
  readonly lifecycle: Lifecycle | undefined;
  ready(member: Member): void;
}

/** A child of a group: it has a name, waits for its turn, and has a life that others may watch. */
export class Member extends Child implements MemberLink, Reported {
  declare readonly owner: MemberOwner;
  /** What it is to run, until it runs. */
  source: Observable<unknown> | undefined;
  claimed = false;
  lent = false;
  valueIsReadiness = true;
  isReady = false;
  /** Somebody has been told of it. */
  announced = false;
  runFailure: Failure | undefined;
  teardownFailure: Failure | undefined;

  get isWaiting(): boolean {
    return !!this.source;
  }

  override get member(): MemberLink | undefined {
    return this.running && !this.receive ? this : undefined;
  }

  get observed(): boolean {
    return !!this.owner.lifecycle;
  }

  suggestName(name: string | undefined): void {
    // what an event, or a runner, has called it by, it stays
    if (name && typeof this.label === 'number' && !this.announced && !this.claimed) this.label = name;
  }

  claim(name: string | undefined, valueIsReadiness: boolean): boolean {
    if (this.claimed && (valueIsReadiness || !this.lent)) return false;
    this.lent = false;
    this.suggestName(name);
    this.valueIsReadiness = valueIsReadiness;
    this.owner.lifecycle?.tell(this, 'starting');
    return (this.claimed = true);
  }

  ready(): void {
    if (this.running) this.owner.ready(this);
  }

  renew(): void {
    // one that has been called by its index keeps that
    if (this.claimed) this.label = this.path[0];
    this.claimed = false;
    this.valueIsReadiness = true;
  }

  relay(event: MemberEvent, from?: Reported): void {
    this.owner.lifecycle?.relay(this, event, from);
  }
}
