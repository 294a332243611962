import type { Subscription } from 'rxjs';
import { GraceExceededError } from '../GraceExceededError.js';
import { StopError } from '../StopError.js';
import type { Failure, GraceOptions } from '../types.js';
import { ambient, enclosingScope, type Report, type TeardownScope } from './ambient.js';
import { Child, type ChildOwner, type Link, type Work } from './child.js';
import { delayOf } from './delayOf.js';
import { failureOf, flatten, passingOn } from './failures.js';
import { outcomeOf } from './outcomeOf.js';
import { reportUnhandledError } from './reportUnhandledError.js';
import { from, take } from './rxjs.js';

/** Why an owner stops. */
export interface Why {
  readonly by?: readonly string[];
  readonly cause?: unknown;
}

/** Whom an owner tells what came of it; a `Subscriber` is one. */
export interface Destination {
  readonly closed?: boolean;
  next(value: unknown): void;
  error(error: unknown): void;
  complete(): void;
}

const fromOutside: Why = {};

/**
 * One run of whatever waits for teardowns: it passes values on, stops all its children when one ends, and holds back its own
 * end until all have settled.
 *
 * While it runs, its destination hears from it; unsubscribed, the enclosing teardown scope does. Whoever makes one adds it
 * to its subscriber.
 */
export class Owner<C extends Child = Child> implements ChildOwner, Link {
  /** The scope that waits for this. */
  waiter: TeardownScope | undefined;
  /** The scope in which this was subscribed: whom to tell when none is current at its unsubscription. */
  readonly home: TeardownScope | undefined = ambient.scope;
  /** Called when all has settled, however late; may bring more. */
  released: (() => void) | undefined;
  /** Called when nobody waits any longer, and everything has been told so. */
  givenUp: (() => void) | undefined;
  isForced: boolean;
  /** The children that were started and have not settled, in the order of their start: a ring that this closes. */
  before: Link | undefined = this;
  after: Link | undefined = this;
  /** Why it stops: from here on nothing is started, and no value passed on. */
  protected why: Why | undefined;
  /** How many have not settled, or have not even started. */
  protected size = 0;
  protected stopping = false;
  protected readonly failures: Failure[] = [];
  protected readonly options: GraceOptions;
  private readonly destination: Destination;
  private stopReason: StopError | undefined;
  private report: Report | undefined;
  /** Those of the failures that were to be passed on when the subscriber left. */
  private heldBack: Set<Failure> | undefined;
  private isGraceOver = false;
  private isForceDue = false;
  private isFinished = false;
  private limit: Subscription | undefined;
  /** Calls up the chain that are in progress. */
  private calls = 0;
  /** The scope that was current before the first of them. */
  private outer: TeardownScope | undefined;

  constructor(destination: Destination, options: GraceOptions = {}, reason?: StopError) {
    const { home } = this;
    this.destination = destination;
    this.options = options;
    this.stopReason = reason;
    this.isForced = !!home?.forced;
    if (home) home.hasOwners = true;
  }

  /** Made when somebody asks for it: most stops need none. */
  get reason(): StopError | undefined {
    return (this.stopReason ??= this.why && new StopError(this.why));
  }

  child(receive?: (value: never) => void, label?: string): C {
    const child = this.newChild(receive, label);
    child.forced = this.isForced;
    this.size++;
    this.append(child);
    return child;
  }

  /** Does the work in a child; not when it is too late: as `takeUntil`, for a notifier that fires at once. */
  run(work: Work, child: C = this.child()): void {
    if (this.why) child.stop();
    else child.call(work);
  }

  /** From here on nothing is started, and no value passed on. */
  close(why: Why): void {
    this.why ??= why;
  }

  /** Unsubscribes all children at once, in the order in which they were started. */
  stop(why: Why = fromOutside): void {
    this.close(why);
    if (this.stopping) return;
    this.stopping = true;
    this.endGrace();
    this.hold();
    this.stopChildren();
    this.release();
  }

  /** Its subscriber leaves. */
  unsubscribe(): void {
    if (this.isFinished) return;
    const scope = (this.waiter = enclosingScope(this, this.home));
    this.report = scope?.register(() => {
      // at once, where the grace period is over: but first this has to know whom to tell, and to tell its children to stop
      if (this.report) this.force();
      else this.isForceDue = true;
    });
    for (const failure of this.failures) {
      this.holdBack(failure);
      this.relay(failure, true);
    }
    if (!this.why) this.stopReason ??= scope?.reason;
    this.stop();
    if (this.isForceDue) this.force();
  }

  hold(): void {
    if (this.calls++ === 0) this.outer = ambient.scope;
  }

  release(): void {
    if (--this.calls === 0 && this.isTearingDown) this.beginGrace();
  }

  value(_child: C, value: unknown): void {
    if (this.why) return;
    // most values come when nothing of this is on the call stack: they are what must cost nothing
    if (this.calls === 0) this.destination.next(value);
    else
      this.callDown(() => {
        this.destination.next(value);
      });
  }

  ended(child: C): void {
    this.judge(child);
  }

  failed(child: C, { path, phase, error }: Failure, heldBack?: boolean): void {
    const failure = failureOf(error, phase, [...child.path, ...path]);
    child.failure ??= failure;
    if (child.open && !this.isFinished) this.fail(failure, heldBack);
    // Left behind. After a grace period that was announced, by name; without one nobody knows of it yet.
    else if (this.options.grace === 0) reportUnhandledError(error);
  }

  tornDown(): void {
    if (this.why) this.stop();
  }

  settled(child: C): void {
    this.dismiss(child);
    this.judge(child);
    this.gone(child);
    this.goOn();
  }

  /**
   * Calls downstream, or what belongs to the user, with the scope that was current before any of this owner: a handler
   * that unsubscribes a stranger must not make this owner wait for it.
   */
  callDown<R>(call: () => R): R {
    const { scope } = ambient;
    if (this.calls > 0) ambient.scope = this.outer;
    try {
      return call();
    } finally {
      ambient.scope = scope;
    }
  }

  /** Whether somebody waits who has stopped it. */
  protected get isAwaited(): boolean {
    return !!this.report;
  }

  /** Nothing is left to wait for. */
  protected get idle(): boolean {
    return this.size === 0;
  }

  /** Whether a grace period is to limit what is going on. */
  protected get isTearingDown(): boolean {
    return this.stopping && this.size > 0;
  }

  protected newChild(receive?: (value: never) => void, label?: string | number): C {
    return new Child(this, receive, label) as C;
  }

  /** Puts it behind all others. */
  protected append(child: C): void {
    join(this.before, child);
    join(child, this);
  }

  /** A child has settled, and is out of the ring. */
  protected gone(_child: C): void {
    this.tornDown();
  }

  /** Ends, if nothing is left to wait for. */
  protected goOn(): void {
    if (this.idle) this.released?.();
    if (this.idle) this.finish();
  }

  /** Tells all to stop, as far as they may. */
  protected stopChildren(): void {
    this.stopAll();
  }

  protected stopChild(child: C): void {
    child.stop();
  }

  protected forceChild(child: C): void {
    child.force();
  }

  /** Whether the end of this one stops the others. */
  protected isDecisive({ failure, receive, stopped }: C): boolean {
    return !!failure || !(receive ?? stopped);
  }

  protected fail(failure: Failure, heldBack?: boolean): void {
    this.failures.push(failure);
    if (heldBack) this.holdBack(failure);
    this.relay(failure, heldBack);
  }

  /** It has stopped the others, and comes first, whatever failed before without stopping anything. */
  protected putFirst(failure: Failure): void {
    const { failures } = this;
    failures.unshift(...failures.splice(failures.indexOf(failure), 1));
  }

  /** Tells the enclosing scope. */
  protected relay(failure: Failure, heldBack?: boolean): void {
    this.report?.(failure, heldBack);
  }

  /** What failures are for whoever is downstream. */
  protected outcome(failures: readonly Failure[]): unknown {
    return outcomeOf(failures);
  }

  protected endGrace(): void {
    this.limit?.unsubscribe();
    this.limit = undefined;
  }

  protected graceOver(): void {
    // whoever is told of it may unsubscribe
    if (this.isGraceOver) return;
    this.isGraceOver = true;
    const { grace } = this.options;
    // in mid-run it is the stop: nothing that waits for its turn is started any more
    this.close(fromOutside);
    this.stopping = true;
    this.stopAll();
    if (grace) {
      this.each(({ lagging, path }) => {
        if (lagging) this.fail(failureOf(new GraceExceededError(path, grace), 'grace', path));
      });
    }
    this.force();
    this.finish();
  }

  /** All has settled, or nobody waits any longer. */
  private finish(): void {
    if (this.isFinished) return;
    this.isFinished = true;
    this.endGrace();
    const { destination, report, failures } = this;
    const [first] = failures;
    if (report) report();
    else if (destination.closed) this.tellNobody();
    else
      this.callDown(() => {
        passingOn(first, () => {
          if (first) destination.error(this.outcome(failures));
          else destination.complete();
        });
      });
  }

  /** The subscriber has left, and nobody waits: what it was to be told comes too late, all else nobody has handled. */
  private tellNobody(): void {
    const tooLate: Failure[] = [];
    const unhandled: Failure[] = [];
    for (const failure of this.failures)
      for (const part of flatten(failure))
        (this.heldBack?.has(failure) && part.phase === 'run' ? tooLate : unhandled).push(part);
    const isMixed = tooLate.length > 0 && unhandled.length > 0;
    const outcomeOfThose = (parts: readonly Failure[]): unknown => this.outcome(isMixed ? parts : this.failures);
    // a closed subscriber hands it to `config.onStoppedNotification`
    if (tooLate.length > 0) this.destination.error(outcomeOfThose(tooLate));
    if (unhandled.length > 0) reportUnhandledError(outcomeOfThose(unhandled));
  }

  private holdBack(failure: Failure): void {
    this.heldBack = (this.heldBack ?? new Set()).add(failure);
  }

  /** Whether this is the end that stops the others. */
  private judge(child: C): void {
    if (this.why || !this.isDecisive(child)) return;
    const { failure, path } = child;
    this.why = { by: path, cause: failure?.error };
    if (failure) this.putFirst(failure);
  }

  private each(visit: (child: C) => void): void {
    // those that settle meanwhile still lead to the next: see `dismiss`
    for (let link = this.after; link && link !== this; link = link.after) visit(link as C);
  }

  private stopAll(): void {
    this.hold();
    this.each((child) => {
      this.stopChild(child);
    });
    // not `release`: a grace period that is over begins no other one
    this.calls--;
  }

  private dismiss(child: C): void {
    this.size--;
    join(child.before, child.after);
    child.before = undefined;
    // while all are being stopped it shows the way to the next; else it must not hold those that came later
    if (!this.stopping) child.after = undefined;
  }

  private beginGrace(): void {
    const { grace } = this.options;
    if (grace === undefined || this.isFinished || this.limit?.closed === false) return;
    const limit = typeof grace === 'number' ? delayOf(grace) : from(grace);
    this.limit = limit.pipe(take(1)).subscribe({
      complete: () => {
        this.graceOver();
      },
      error: (error: unknown) => {
        this.fail(failureOf(error, 'grace'));
        this.graceOver();
      },
    });
  }

  /** Nobody waits any longer. */
  private force(): void {
    this.isForced = true;
    this.stopAll();
    this.each((child) => {
      if (child.lagging) this.forceChild(child);
    });
    this.givenUp?.();
  }
}

function join(one: Link | undefined, other: Link | undefined): void {
  if (one) one.after = other;
  if (other) other.before = one;
}
