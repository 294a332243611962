import { from, Subscription, take, timer, type TeardownLogic } from 'rxjs';
import { GraceExceededError } from '../GraceExceededError.js';
import { StopError } from '../StopError.js';
import type { Failure, FailurePhase, Grace } from '../types.js';
import {
  ambient,
  enclosingScope,
  type MemberLink,
  type PendingTeardown,
  type TeardownRegistration,
  type TeardownScope,
} from './ambient.js';
import { reportUnhandledError } from './reportUnhandledError.js';
import { OUTSIDE, type ScopedSubscriber, type SubscriberOwner } from './scopedSubscriber.js';

/** Whom an owner tells what came of it; a `Subscriber` is one. */
export interface Destination<T> {
  next(value: T): void;
  error(error: unknown): void;
  complete(): void;
  add(teardown: TeardownLogic): void;
}

/**
 * One run of whatever waits for teardowns: it holds back its own end until everything it subscribed to has settled.
 *
 * While it runs, `destination` hears from it. When it is unsubscribed, the enclosing teardown scope does.
 */
export abstract class Owner<T> implements SubscriberOwner<T>, PendingTeardown {
  outer: TeardownScope | typeof OUTSIDE | undefined = OUTSIDE;
  calls = 0;
  waiter: TeardownScope | undefined = undefined;
  reason: StopError | undefined = undefined;
  /** The scope in which this was subscribed: whom to tell when no scope is current at its unsubscription. */
  private readonly home: TeardownScope | undefined = ambient.scope;
  /** The group member that this is part of. */
  readonly link: MemberLink | undefined = ambient.scope?.member;
  protected readonly failures: Failure[] = [];
  /** No value is passed on any more. */
  protected muted = false;
  protected stopping = false;
  protected over = false;
  // What is still waited for: children that have not settled, and holds.
  private open = 0;
  private unsubscribed = false;
  private registration: TeardownRegistration | undefined = undefined;
  private graceTimer: Subscription | undefined = undefined;

  private readonly destination: Destination<T>;
  private readonly grace: Grace | undefined;

  constructor(destination: Destination<T>, grace: Grace | undefined) {
    this.destination = destination;
    this.grace = grace;
    destination.add(() => {
      this.unsubscribe();
    });
  }

  /** Unsubscribes every child that still runs, in the order in which they were started. */
  protected abstract stopChildren(): void;
  /** The children that have not settled yet. */
  protected abstract unsettled(): ScopedSubscriber<T>[];
  /** What `destination` gets for the failures. */
  protected abstract outcome(): unknown;
  abstract ended(child: ScopedSubscriber<T>, failed: boolean, error: unknown): void;

  value(_child: ScopedSubscriber<T>, value: T): void {
    if (this.muted) return;
    if (this.outer === OUTSIDE) this.destination.next(value);
    else this.callDown(() => { this.destination.next(value); });
  }

  tornDown(_child: ScopedSubscriber<T>): void {
    if (this.open > 0) this.startGrace();
  }

  settled(_child: ScopedSubscriber<T>): void {
    this.release();
  }

  failed(child: ScopedSubscriber<T>, error: unknown, path: readonly string[], phase: FailurePhase): void {
    if (!this.over) this.fail(error, path, phase);
    // It was left behind. With a grace period that error was announced, by name; with none, nobody knows of it yet.
    else if (this.grace === 0) reportUnhandledError(error);
  }

  stop(reason: StopError): void {
    if (this.stopping || this.over) return;
    this.stopping = true;
    this.muted = true;
    this.reason ??= reason;
    this.hold();
    this.stopChildren();
    // a timer only where there is something to wait for
    if (this.open > 1) this.startGrace();
    this.release();
  }

  /** The grace period of whoever waits for this is over. */
  force(): void {
    for (const child of this.unsettled()) this.forceChild(child);
  }

  /** One more thing to wait for. */
  protected hold(): void {
    this.open++;
  }

  protected release(): void {
    if (--this.open === 0) this.finish();
  }

  protected fail(error: unknown, path: readonly string[], phase: FailurePhase): void {
    if (this.registration) this.registration.failed(error, path, phase);
    else this.failures.push({ path, phase, error });
  }

  protected finish(): void {
    if (this.over) return;
    this.over = true;
    this.graceTimer?.unsubscribe();
    this.letGo();
    if (this.registration) this.registration.settled();
    else if (!this.unsubscribed) this.callDown(() => { this.deliver(); });
    else if (this.failures.length > 0) reportUnhandledError(this.outcome());
  }

  /** Lets go of what only a running owner needs. */
  protected letGo(): void {
    // most owners hold nothing
  }

  protected forceChild(child: ScopedSubscriber<T>): void {
    child.force();
  }

  protected describe(_child: ScopedSubscriber<T>): readonly string[] {
    return [];
  }

  /**
   * Calls downstream, or code of the user, with the scope that was current before this owner entered its own:
   * a handler that unsubscribes a stranger must not make this owner wait for it.
   */
  protected callDown(call: () => void): void {
    const { outer } = this;
    if (outer === OUTSIDE) {
      call();
      return;
    }
    const { scope } = ambient;
    ambient.scope = outer;
    this.outer = OUTSIDE;
    try {
      call();
    } finally {
      ambient.scope = scope;
      this.outer = outer;
    }
  }

  private deliver(): void {
    if (this.failures.length > 0) this.destination.error(this.outcome());
    else this.destination.complete();
  }

  private unsubscribe(): void {
    if (this.over) return;
    this.unsubscribed = true;
    const scope = enclosingScope(this, this.home);
    if (scope) {
      this.waiter = scope;
      const registration = scope.register(this);
      for (const { error, path, phase } of this.failures) registration.failed(error, path, phase);
      this.registration = registration;
    }
    this.stop(scope?.reason ?? new StopError());
  }

  private startGrace(): void {
    const { grace } = this;
    if (grace === undefined || this.calls > 0 || this.over || this.graceTimer) return;
    if (grace === 0) {
      this.endGrace();
      return;
    }
    const over = typeof grace === 'number' ? timer(grace) : from(grace);
    const graceTimer = new Subscription();
    this.graceTimer = graceTimer;
    graceTimer.add(
      over.pipe(take(1)).subscribe({
        error: (error: unknown) => {
          this.fail(error, [], 'grace');
          this.endGrace();
        },
        complete: () => {
          this.endGrace();
        },
      }),
    );
  }

  private endGrace(): void {
    if (this.over) return;
    const { grace } = this;
    const laggards = this.unsettled();
    this.hold();
    if (grace !== 0) {
      for (const child of laggards) {
        const path = this.describe(child);
        this.fail(graceExceeded(path, grace), path, 'grace');
      }
    }
    this.stopChildren();
    for (const child of laggards) this.forceChild(child);
    this.finish();
  }
}

function graceExceeded(path: readonly string[], grace: Grace | undefined): GraceExceededError {
  return new GraceExceededError(path, typeof grace === 'number' ? grace : undefined);
}
