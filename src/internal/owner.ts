import type { Observable, Subscription, TeardownLogic } from 'rxjs';
import { GraceExceededError } from '../GraceExceededError.js';
import { RunGroupError } from '../RunGroupError.js';
import { StopError } from '../StopError.js';
import type { Failure, GroupOptions, LifecycleEvent } from '../types.js';
import {
  ambient,
  enclosingScope,
  type MemberEvent,
  type MemberLink,
  type Report,
  type Reported,
  type TeardownScope,
} from './ambient.js';
import { Child, type ChildOwner, type Work } from './child.js';
import { delayOf } from './delayOf.js';
import { failureOf, flatten, passingOn } from './failures.js';
import { outcomeOf } from './outcomeOf.js';
import type { Recorder } from './recorder.js';
import { reportUnhandledError } from './reportUnhandledError.js';
import { safely } from './safely.js';
import { asyncScheduler, EMPTY, from, take } from './rxjs.js';

/** Why an owner stops. */
export interface Why {
  readonly by?: readonly string[];
  readonly cause?: unknown;
}

/** What to subscribe to for a member. */
export type ToSource<T> = (member: unknown, label: string | number) => Observable<T>;

/** What a group is told by whoever makes it; `watched`: its members' readiness matters, though nobody observes it. */
export interface OwnerOptions extends GroupOptions {
  readonly watched?: boolean;
  /** Why it will be stopped, if that is known. */
  readonly reason?: StopError | undefined;
}

/** Whom an owner tells what came of it; a `Subscriber` is one. */
export interface Destination<T> {
  readonly closed?: boolean;
  next(value: T): void;
  error(error: unknown): void;
  complete(): void;
  add(teardown: TeardownLogic): void;
}

/**
 * One run of whatever waits for teardowns, of a group as of an operator with one source, which is a group of one without
 * names: it passes values on, stops everything when one ends, and holds back its own end until all has settled.
 *
 * While it runs, `destination` hears from it; unsubscribed, the enclosing teardown scope does.
 */
export class Owner<T> implements ChildOwner<T> {
  calls = 0;
  inside = false;
  outer: TeardownScope | undefined;
  /** The scope that waits for this. */
  waiter: TeardownScope | undefined;
  readonly link: MemberLink | undefined = ambient.scope?.member;
  readonly observed: boolean;
  /** Called when all has settled, however late. */
  released: (() => void) | undefined = undefined;
  /** Called when nobody waits any longer, and everything has been told so. */
  givenUp: (() => void) | undefined = undefined;
  /** Keeps the report, where one is asked for. */
  recorder: Recorder | undefined;
  /** What has not settled yet, in the order in which it came. */
  protected readonly children: Set<Child<T>> = new Set<Child<T>>();
  /** Why it stops: from here on nothing is started, and no value passed on. */
  protected why: Why | undefined;
  protected readonly options: OwnerOptions;
  private readonly destination: Destination<T>;
  readonly #toSource: ToSource<T>;
  readonly #failures: Failure[] = [];
  /** Those of them that were to be passed on when the subscriber left. */
  #heldBack: Set<Failure> | undefined;
  /** The scope in which this was subscribed: whom to tell when none is current at its unsubscription. */
  readonly #home = ambient.scope;
  /** The member around this group, if its readiness is this group's. */
  readonly #answersFor: MemberLink | undefined;
  readonly #stopNames: ReadonlySet<unknown>;
  #reason: StopError | undefined;
  #stopping = false;
  #forced = false;
  private over = false;
  #report: Report | undefined;
  #graceTimer: Subscription | undefined;
  /** Behind it is the queue. */
  #lastStarted: { following: Child<T> | undefined } = { following: undefined };
  #lastQueued: { following: Child<T> | undefined } = this.#lastStarted;
  #starting = false;
  #arrived = 0;
  #active = 0;
  #unready = 1;

  /** Without `errors` in the options it is no group: one failure is passed on as it is, and nothing has a name. */
  constructor(destination: Destination<T>, options: OwnerOptions = {}, toSource: ToSource<T> = () => EMPTY) {
    const { link } = this;
    const isGroup = options.errors !== undefined;
    this.destination = destination;
    this.options = options;
    this.#toSource = toSource;
    this.#reason = options.reason;
    this.observed = isGroup && !!(options.watched ?? options.lifecycle ?? link?.observed);
    this.#answersFor = isGroup && link?.claim(undefined, false) ? link : undefined;
    this.#stopNames = new Set(typeof options.until === 'object' ? options.until : []);
    if (this.#home) this.#home.hasOwners = true;
    destination.add(() => {
      this.#leave();
    });
  }

  /** Made when somebody asks for it: most stops need none. */
  get reason(): StopError | undefined {
    return (this.#reason ??= this.why && new StopError(this.why));
  }

  child(label?: string | number, receive?: (value: T) => void): Child<T> {
    const child = new Child<T>(this, label, receive);
    child.forced = this.#forced || !!this.#home?.forced;
    this.children.add(child);
    return child;
  }

  /** Hands a member to the group. */
  add(input: unknown, label: string | number = this.#arrived++): void {
    const member = new Child<T>(this, label);
    if (this.why) {
      this.emit(member, 'refused');
      return;
    }
    member.source = this.#toSource(input, label);
    this.children.add(member);
    this.#unready++;
    this.enqueue(member);
  }

  /** From here on nothing is started, and no value passed on. */
  close(why: Why): void {
    this.why ??= why;
  }

  /** Unsubscribes all children at once, in the order in which they were started. */
  stop(why: Why = {}): void {
    this.close(why);
    if (!this.#stopping) {
      this.#stopping = true;
      this.endGrace();
      this.calls++;
      // none, where the subscriber was closed before: then a subclass has not been constructed yet
      if (this.children.size > 0) this.stopChildren();
      this.calls--;
    }
    if (!this.calls && this.children.size) this.beginGrace();
  }

  /** Subscribes to the source; not when it is too late: as `takeUntil`, for a notifier that fires at once. */
  run(source: Work<T>, child: Child<T> = this.child()): void {
    if (this.why) child.stop();
    else child.call(source);
  }

  ready(member: Child<T>): void {
    if (!this.observed || this.why || member.isReady) return;
    member.isReady = true;
    this.emit(member, 'ready');
    this.#oneReady();
  }

  /** Tells of an event whose path is seen from the member. */
  tell(member: Child<T>, step: MemberEvent, from: Reported): void {
    if (!/^starting|refused|waiting/.test(step.type)) this.emit(member, 'starting');
    const event = { ...step, path: [...member.path, ...step.path] };
    this.recorder?.record(event, from);
    const { lifecycle } = this.options;
    if (event.type !== 'waiting') {
      member.announced = true;
      if (lifecycle)
        this.callDown(() => {
          safely(() => {
            lifecycle.next(event as LifecycleEvent);
          });
        });
    }
    this.link?.relay(event, from);
  }

  value(child: Child<T>, value: T): void {
    if (this.observed && child.valueIsReadiness) this.ready(child);
    if (this.why) return;
    // most values come when nothing of this is on the call stack: they are what must cost nothing
    if (this.calls === 0) this.destination.next(value);
    else {
      this.callDown(() => {
        this.destination.next(value);
      });
    }
  }

  ended(child: Child<T>): void {
    if (!child.failure && !child.receive) this.ready(child);
    this.#judge(child);
  }

  tornDown(): void {
    if (this.why) this.stop();
  }

  failed(child: Child<T>, { path, phase, error }: Failure, heldBack?: boolean): void {
    const failure = failureOf(error, phase, [...child.path, ...path]);
    child.failure ??= failure;
    child[phase === 'run' ? 'runFailure' : 'teardownFailure'] ??= failure;
    if (!this.over && this.children.has(child)) this.#fail(failure, heldBack);
    // Left behind. After a grace period that was announced, by name; without one nobody knows of it yet.
    else if (this.options.grace === 0) reportUnhandledError(error);
  }

  settled(child: Child<T>): void {
    this.children.delete(child);
    if (child.source) {
      this.emit(child, 'refused');
    } else {
      if (child.receive) this.#oneReady();
      else this.#active--;
      this.#judge(child);
      this.emit(child, endOf(child), child.failure);
      this.tornDown();
      this.startNext();
    }
    if (this.idle) this.released?.();
    if (this.idle) this.finish();
  }

  /** All that it waited for has settled. */
  finish(): void {
    if (this.over) return;
    this.over = true;
    this.endGrace();
    const [first] = this.#failures;
    if (this.#report) this.#report();
    else if (!this.destination.closed)
      this.callDown(() => {
        passingOn(first, () => {
          if (first) this.destination.error(this.#outcome());
          else this.destination.complete();
        });
      });
    else this.#tellNobody();
  }

  /** The subscriber has left, and nobody waits: what it was to be told comes too late, all else nobody has handled. */
  #tellNobody(): void {
    const flat = this.#failures.flatMap((failure) => {
      const heldBack = this.#heldBack?.has(failure);
      return (this.options.errors === 'first' ? [failure] : flatten(failure)).map((each) => ({ each, heldBack }));
    });
    const tooLate = flat.filter(({ each, heldBack }) => heldBack && each.phase === 'run');
    const unhandled = flat.filter((failure) => !tooLate.includes(failure));
    // a closed subscriber hands it to `config.onStoppedNotification`
    if (tooLate.length > 0) this.destination.error(this.#outcome(tooLate.map(({ each }) => each)));
    if (unhandled.length > 0) reportUnhandledError(this.#outcome(unhandled.map(({ each }) => each)));
  }

  /** What the failures are for whoever is downstream: outside a group, one that is no member's is passed on as it is. */
  #outcome(failures: readonly Failure[] = this.#failures): unknown {
    const { errors } = this.options;
    if (!errors) return outcomeOf(failures);
    const error = errors === 'first' ? failures[0]?.error : new RunGroupError(failures);
    this.recorder?.failed(failureOf(error, 'run'));
    return error;
  }

  /** Whether this is the end that stops the others. */
  #judge(child: Child<T>): void {
    if (this.why || !this.isDecisive(child)) return;
    const { failure, path } = child;
    this.why = { by: path, cause: failure?.error };
    // whatever failed before without stopping anything, this comes first
    const failures = this.#failures;
    if (!failure || failure === failures[0]) return;
    if (this.options.errors === 'first') failures[0] = failure;
    else failures.unshift(...failures.splice(failures.indexOf(failure), 1));
  }

  /** Whether the end of this one stops the others. */
  protected isDecisive({ failure, path, receive, stopped }: Child<T>): boolean {
    const { until = 'first' } = this.options;
    return failure ? until !== 'all' : !receive && !stopped && (until === 'first' || this.#stopNames.has(path[0]));
  }

  /** Whether it was told to stop by somebody who waits. */
  protected get isAwaited(): boolean {
    return !!this.#report;
  }

  /** Nothing is left to wait for. */
  protected get idle(): boolean {
    return this.children.size === 0;
  }

  #fail(failure: Failure, heldBack?: boolean): void {
    // of the others nobody would ever hear
    if (this.options.errors === 'first' && this.#failures.length > 0) return;
    this.#failures.push(failure);
    if (heldBack) this.#holdBack(failure);
    this.#relay(failure);
  }

  #holdBack(failure: Failure): void {
    this.#heldBack = (this.#heldBack ?? new Set()).add(failure);
  }

  /** Tells the enclosing scope, as far as it is to know: with `errors: 'first'` of the first, as it is. */
  #relay(failure: Failure): void {
    const told = this.options.errors === 'first' ? { ...failure, path: [] } : failure;
    this.#report?.(told, this.#heldBack?.has(failure));
  }

  #leave(): void {
    if (this.over) return;
    const scope = (this.waiter = enclosingScope(this, this.#home));
    this.#report = scope?.register(() => {
      // not within this call: what ends by it could not be reported yet
      if (this.#report) this.force();
    });
    this.#failures.forEach((failure) => {
      this.#holdBack(failure);
      this.#relay(failure);
    });
    if (!this.why) this.#reason ??= scope?.reason;
    this.stop();
    if (scope?.forced && this.children.size > 0) this.force();
  }

  /** Tells all to stop, as far as they may. */
  protected stopChildren(): void {
    this.#stopAll();
  }

  protected stopChild(child: Child<T>): void {
    if (child.running && !child.source) this.emit(child, 'stopping');
    child.stop();
  }

  protected queue(member: Child<T>): void {
    this.#lastQueued = this.#lastQueued.following = member;
  }

  protected enqueue(member: Child<T>): void {
    this.queue(member);
    this.#startWaiting();
    if (member.source) this.emit(member, 'waiting');
  }

  #stopAll(): void {
    this.calls++;
    this.children.forEach((child) => {
      this.stopChild(child);
    });
    this.calls--;
  }

  protected beginGrace(): void {
    const { grace } = this.options;
    if (grace === undefined || this.over || this.#graceTimer?.closed === false) return;
    const limit: Observable<unknown> = typeof grace === 'number' ? delayOf(grace) : from(grace);
    this.#graceTimer = limit.pipe(take(1)).subscribe({
      complete: () => {
        this.graceOver();
      },
      error: (error: unknown) => {
        this.#fail(failureOf(error, 'grace'));
        this.graceOver();
      },
    });
  }

  protected endGrace(): void {
    this.#graceTimer?.unsubscribe();
    this.#graceTimer = undefined;
  }

  protected graceOver(): void {
    const { grace } = this.options;
    // in mid-run it is the stop: nothing that waits for its turn is started any more
    this.close({});
    this.#stopping = true;
    this.#stopAll();
    if (grace) {
      this.children.forEach(({ lagging, path }) => {
        if (lagging) this.#fail(failureOf(new GraceExceededError(path, grace), 'grace', path));
      });
    }
    this.force();
    this.finish();
  }

  /** Nobody waits any longer. */
  force(): void {
    const isTold = this.#forced;
    this.#forced = true;
    this.#stopAll();
    this.children.forEach((child) => {
      if (!child.lagging) return;
      if (!isTold) this.emit(child, 'forced');
      child.force();
    });
    this.givenUp?.();
  }

  /** A place is free. */
  protected startNext(): void {
    // not by recursion: members that end while they are being subscribed would not fit on the stack
    if (!this.#starting) this.#startWaiting();
  }

  /** Starts what waits, as far as it may. */
  #startWaiting(): void {
    const { concurrency = Infinity } = this.options;
    this.#starting = true;
    let member;
    while ((member = this.#lastStarted.following) && this.#active < concurrency && !this.why) {
      this.#lastStarted.following = undefined;
      this.#lastStarted = member;
      if (!member.running) continue;
      const { source } = member;
      member.source = undefined;
      this.#active++;
      this.start(member, source);
    }
    this.#starting = false;
  }

  protected start(member: Child<T>, source: Observable<T> | undefined): void {
    member.call(source);
    this.emit(member, 'starting');
  }

  #oneReady(): void {
    if (!--this.#unready && !this.why) this.#answersFor?.ready();
  }

  /** Tells of what happens to a member; that it has started comes first, but when it had its chance to be named. */
  emit(member: Child<T>, type: MemberEvent['type'], failure?: Failure): void {
    if (!this.observed || member.receive || (type === 'starting' && member.announced)) return;
    // asked for only where it is told: asking makes it
    const reason = /stopping|refused/.test(type) && this.reason;
    this.tell(
      member,
      {
        type,
        path: [],
        at: asyncScheduler.now(),
        ...(failure && { error: failure.error }),
        ...(reason && { reason }),
      },
      member,
    );
  }

  /**
   * Calls downstream, or what belongs to the user, with the scope that was current before any of this owner: a handler
   * that unsubscribes a stranger must not make this owner wait for it.
   */
  callDown<R>(call: () => R): R {
    const { inside } = this;
    const { scope } = ambient;
    if (inside || scope?.owner === this) ambient.scope = this.outer;
    this.inside = false;
    try {
      return call();
    } finally {
      ambient.scope = scope;
      this.inside = inside;
    }
  }
}

function endOf<T>({ forced, failure, stopped }: Child<T>): MemberEvent['type'] {
  return forced ? 'late' : failure ? 'failed' : stopped ? 'stopped' : 'completed';
}
