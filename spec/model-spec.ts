import { getEventListeners } from 'node:events';
import { afterEach, beforeEach, describe, expect, it, jest } from '@jest/globals';
import fc from 'fast-check';
import { config, defer, EMPTY, finalize, Observable, Subject, type Subscriber, throwError } from 'rxjs';
import {
  awaitTeardown,
  drain,
  GraceExceededError,
  group,
  named,
  RunGroupError,
  runGroup,
  runner,
  type GroupOptions,
  type LifecycleEvent,
  type LifecycleEventType,
  type TeardownContext,
  type TeardownResult,
} from '../src/index.js';
import { expectLeftRunning } from './helpers/leftRunning.js';

// A script is played twice, step by step: with a group made of Subjects, and with the model below, which is written
// without Observables and scopes. After each step both must have seen the same. Nothing takes time.

/** What a member's teardown does; `later` waits for a step of the script, which may never come. */
type TeardownKind = 'none' | 'sync' | 'failsSync' | 'throws' | 'later';

/** What is done from outside, or within a callback. */
type Action =
  | { readonly do: 'value' | 'complete' | 'error'; readonly member: number }
  | { readonly do: 'add'; readonly spec: MemberSpec }
  | { readonly do: 'unsubscribe' | 'abort' | 'grace' | 'completeSource' };

type Step =
  | Action
  | { readonly do: 'settle' | 'failTeardown'; readonly member: number }
  | { readonly do: 'failSource' | 'stopOuter' };

interface MemberSpec {
  /** An Observable, a `runner`, or a group with one member. */
  readonly kind: 'plain' | 'runner' | 'nested';
  /** What it does while it is being subscribed to. */
  readonly values: number;
  readonly end: 'stays' | 'complete' | 'error' | 'throw';
  /** Whether the teardown is returned at the end of the subscription, or added at its beginning. */
  readonly returned: boolean;
  readonly teardown: TeardownKind;
  readonly onStart: Action | undefined;
  /** What is done downstream with its first value. */
  readonly onValue: Action | undefined;
  readonly onTeardown: Action | undefined;
}

interface Script {
  readonly until: 'first' | 'error' | 'all' | readonly string[];
  readonly errors: 'all' | 'first';
  readonly concurrency: number;
  readonly grace: 'none' | 'zero' | 'notifier' | 'over';
  /** Who waits for the group when it is unsubscribed from outside. */
  readonly waiter: 'nobody' | 'drain' | 'group';
  readonly observed: boolean;
  readonly onEvent: { readonly type: LifecycleEventType; readonly member: number; readonly action: Action } | undefined;
  readonly steps: readonly Step[];
}

/** Everything that can be seen from outside. */
interface Sight {
  readonly downstream: readonly string[];
  readonly events: readonly string[];
  /** Members that have started, each once. */
  readonly announced: readonly string[];
  readonly teardowns: readonly string[];
  readonly unhandled: readonly string[];
  /** What came too late for the subscriber. */
  readonly late: readonly string[];
  readonly drained: readonly string[];
  readonly runs: { readonly started: number; readonly ended: number };
  readonly pending: { readonly begun: number; readonly settled: number };
  /** Members whose teardown was told that the grace period is over. */
  readonly aborted: readonly number[];
  readonly sourceObserved: boolean;
  readonly graceObserved: boolean;
}

function nameOf(index: number, { kind }: MemberSpec): string {
  return kind === 'runner' ? `runner${index}` : String(index);
}

// ---------------------------------------------------------------------------------------------------- the model

interface ModelFailure {
  readonly path: readonly string[];
  readonly phase: 'run' | 'teardown' | 'grace';
  /** The failures of a nested group are a list. */
  readonly error: string | readonly ModelFailure[];
}

interface ModelMember {
  readonly index: number;
  readonly name: string;
  readonly spec: MemberSpec;
  state: 'waiting' | 'running' | 'stopped' | 'ended';
  /** What runs within a runner or a nested group, whose own end is held back until that has ended and was torn down. */
  inner: 'running' | 'ended';
  innerBusy: number;
  innerReady: boolean;
  readonly held: ModelFailure[];
  calls: number;
  subscribing: boolean;
  teardownIsDue: boolean;
  ready: boolean;
  /** The first failure. */
  failure: ModelFailure | undefined;
  forced: boolean;
  pending: boolean;
  settled: boolean;
  readonly used: Set<string>;
}

class Model {
  readonly downstream: string[] = [];
  readonly events: string[] = [];
  readonly announced: string[] = [];
  readonly teardowns: string[] = [];
  readonly unhandled: string[] = [];
  readonly late: string[] = [];
  readonly drained: string[] = [];
  readonly runs = { started: 0, ended: 0 };
  readonly pending = { begun: 0, settled: 0 };
  readonly aborted: number[] = [];
  private readonly script: Script;
  private readonly members: ModelMember[] = [];
  private running = 0;
  private queue: ModelMember[] = [];
  private startingQueued = false;
  private sourceOpen = true;
  /** Members and the source that have not settled, and stops in progress. */
  private open = 1;
  /** Subscriptions to and unsubscriptions of members that are in progress. */
  private depth = 0;
  private reason: { readonly by: string } | undefined;
  private decided = false;
  private stopping = false;
  /** Not every member has been told to stop yet. */
  private telling = false;
  private graceStarted = false;
  private graceIsOver = false;
  private over = false;
  private readonly failures: ModelFailure[] = [];
  private toldTo: 'downstream' | 'drain' | 'outer' | 'nobody' = 'downstream';
  private outerUnsubscribed = false;
  private heldBack = new Set<ModelFailure>();
  private eventUsed = false;

  constructor(script: Script) {
    this.script = script;
  }

  get sight(): Sight {
    const { downstream, events, announced, teardowns, unhandled, late, drained, runs, pending, aborted } = this;
    const sourceObserved = this.sourceOpen;
    const graceObserved = this.graceStarted && !this.graceIsOver && !this.over;
    return {
      downstream,
      events,
      announced: [...announced].sort(),
      teardowns,
      unhandled,
      late,
      drained,
      runs,
      pending,
      aborted: [...aborted].sort(),
      sourceObserved,
      graceObserved,
    };
  }

  get live(): number {
    const runs = this.members.filter(({ state, inner }) => state === 'running' && inner === 'running').length;
    return runs + this.members.filter(({ pending }) => pending).length;
  }

  get pendingMembers(): readonly number[] {
    return this.members.filter(({ pending }) => pending).map(({ index }) => index);
  }

  play(step: Step): void {
    const { drained } = this;
    switch (step.do) {
      case 'settle':
      case 'failTeardown':
        this.settleTeardown(step.member, step.do === 'failTeardown');
        break;
      case 'failSource':
        this.endSource(true);
        break;
      case 'stopOuter':
        if (this.script.waiter === 'group' && this.toldTo === 'downstream' && !this.over)
          this.unsubscribed('outer', 'stop');
        break;
      case 'unsubscribe':
        if (this.script.waiter === 'drain' && (this.over || this.toldTo !== 'downstream')) {
          drained.push('drained');
        } else this.unsubscribe(this.script.waiter === 'drain' ? 'drain' : 'nobody');
        break;
      default:
        this.act(step);
    }
  }

  private act(action: Action | undefined): void {
    switch (action?.do) {
      case 'add':
        this.add(action.spec);
        break;
      case 'value':
        this.valueOf(this.member(action.member));
        break;
      case 'complete':
      case 'error':
        this.endOf(
          this.member(action.member),
          action.do === 'error' ? `error ${this.member(action.member)?.index}` : undefined,
        );
        break;
      case 'unsubscribe':
        this.unsubscribe('nobody');
        break;
      case 'abort':
        this.stop({ by: '' });
        break;
      case 'grace':
        if (this.graceStarted && this.script.grace === 'notifier') this.endGrace();
        break;
      case 'completeSource':
        this.endSource(false);
        break;
      case undefined:
    }
  }

  private once(member: ModelMember, callback: 'onStart' | 'onValue' | 'onTeardown'): void {
    if (member.used.has(callback)) return;
    member.used.add(callback);
    this.act(member.spec[callback]);
  }

  private member(index: number): ModelMember | undefined {
    return this.members[index % Math.max(this.members.length, 1)];
  }

  private add(spec: MemberSpec): void {
    const index = this.members.length;
    const member: ModelMember = {
      index,
      name: nameOf(index, spec),
      spec,
      state: 'waiting',
      inner: 'running',
      innerBusy: 0,
      innerReady: false,
      held: [],
      calls: 0,
      subscribing: false,
      teardownIsDue: false,
      ready: false,
      failure: undefined,
      forced: false,
      pending: false,
      settled: false,
      used: new Set(),
    };
    this.members.push(member);
    if (!this.sourceOpen) return;
    // a name is known only where it was started
    if (this.decided) this.emit('refused', String(index));
    else if (this.running < this.script.concurrency && this.queue.length === 0) this.start(member);
    else this.queue.push(member);
  }

  private start(member: ModelMember): void {
    const { spec } = member;
    this.running++;
    this.open++;
    member.state = 'running';
    this.runs.started++;
    if (this.script.observed) this.announced.push(member.name);
    this.call(member, () => {
      member.subscribing = true;
      this.once(member, 'onStart');
      for (let count = 0; count < spec.values; count++) this.valueOf(member);
      if (spec.end !== 'stays') this.endOf(member, spec.end === 'complete' ? undefined : `${spec.end} ${member.index}`);
      member.subscribing = false;
      if (member.teardownIsDue) this.teardown(member);
      if (member.innerReady && member.inner === 'running') this.becomesReady(member);
      this.mayEnd(member);
    });
  }

  private valueOf(member: ModelMember | undefined): void {
    if (member?.state !== 'running' || member.inner !== 'running') return;
    if (member.spec.kind === 'nested') this.innerBecomesReady(member);
    if (this.decided) return;
    if (member.spec.kind !== 'nested') this.becomesReady(member);
    this.passOn(member);
  }

  private passOn(member: ModelMember): void {
    // the observer of the event before may have stopped the group
    if (this.decided) return;
    this.downstream.push(`value ${member.index}`);
    this.once(member, 'onValue');
  }

  /** The run of a member ends, which is the end of the member only where nothing is around it. */
  private endOf(member: ModelMember | undefined, error: string | undefined): void {
    if (member?.state !== 'running' || member.inner !== 'running') return;
    const { kind } = member.spec;
    if (kind === 'plain') {
      this.ended(member, error);
      return;
    }
    member.inner = 'ended';
    member.innerBusy++;
    if (error !== undefined) member.held.push({ path: kind === 'nested' ? ['inner'] : [], phase: 'run', error });
    else if (kind === 'nested') this.innerBecomesReady(member);
    this.runEnds(member, kind === 'nested');
    member.innerBusy--;
    if (!member.subscribing) this.mayEnd(member);
  }

  private mayEnd(member: ModelMember): void {
    if (member.inner !== 'ended' || member.pending || member.innerBusy > 0 || member.subscribing) return;
    if (member.state !== 'running') this.settleIfOver(member);
    else if (member.spec.kind === 'runner') this.ended(member, member.held[0]?.error);
    else this.ended(member, member.held.length > 0 ? member.held : undefined);
  }

  private innerBecomesReady(member: ModelMember): void {
    member.innerReady = true;
    if (!member.subscribing) this.becomesReady(member);
  }

  private becomesReady(member: ModelMember): void {
    if (member.ready || this.decided) return;
    member.ready = true;
    this.emit('ready', member.name);
  }

  private ended(member: ModelMember, error: ModelFailure['error'] | undefined): void {
    const { until } = this.script;
    member.state = 'ended';
    // told of it, but not torn down yet
    this.depth++;
    if (error !== undefined) this.failed(member, { path: [member.name], phase: 'run', error });
    else if (!this.decided) this.becomesReady(member);
    const stops =
      error === undefined
        ? until === 'first' || (typeof until === 'object' && until.includes(member.name))
        : until !== 'all';
    if (stops) this.decide(member.name, member.failure);
    this.depth--;
    this.call(member, () => {
      if (member.spec.kind === 'plain') this.runEnds(member);
    });
  }

  /** What is done when the member's own subscription is closed. */
  private runEnds(member: ModelMember, tearsDown = true): void {
    this.runs.ended++;
    if (!tearsDown) return;
    const atReturn = member.spec.kind === 'runner' || (member.spec.returned && member.spec.end !== 'throw');
    if (member.subscribing && atReturn) member.teardownIsDue = true;
    else this.teardown(member);
  }

  private teardown(member: ModelMember): void {
    const { spec, index } = member;
    member.teardownIsDue = false;
    const by = spec.kind === 'plain' && spec.teardown === 'throws' ? '?' : (this.reason?.by ?? '');
    this.teardowns.push(spec.kind === 'nested' ? `${index}` : `${index} by ${by}`);
    this.once(member, 'onTeardown');
    if (spec.teardown === 'failsSync' || spec.teardown === 'throws') this.teardownFailed(member);
    if (spec.teardown !== 'later') return;
    this.pending.begun++;
    member.pending = true;
  }

  private settleTeardown(index: number, fails: boolean): void {
    const member = this.member(index);
    if (!member?.pending) return;
    this.pending.settled++;
    if (fails) this.teardownFailed(member);
    member.pending = false;
    if (member.spec.kind === 'nested') this.mayEnd(member);
    else this.settleIfOver(member);
  }

  private teardownFailed(member: ModelMember): void {
    const error = `teardown ${member.index}`;
    const nested = member.spec.kind === 'nested';
    if (nested && member.state === 'running') member.held.push({ path: ['inner'], phase: 'teardown', error });
    else this.failed(member, { path: nested ? [member.name, 'inner'] : [member.name], phase: 'teardown', error });
  }

  private failed(member: ModelMember, failure: ModelFailure): void {
    member.failure ??= failure;
    if (!this.over) this.failures.push(failure);
    // nobody was told that it had been left behind
    else if (this.script.grace === 'zero') this.unhandled.push(shown(failure.error));
  }

  /** A call of the member's, to subscribe or to unsubscribe: only at its end the member may settle. */
  private call(member: ModelMember, call: () => void): void {
    this.depth++;
    member.calls++;
    call();
    member.calls--;
    this.depth--;
    if (member.calls > 0 || member.state === 'running') return;
    this.settleIfOver(member);
    if (this.reason) this.stop(this.reason);
    this.startGrace();
  }

  private settleIfOver(member: ModelMember): void {
    if (member.settled || member.calls > 0 || member.pending || member.innerBusy > 0) return;
    member.settled = true;
    this.running--;
    const end = member.failure ? 'failed' : member.state === 'stopped' ? 'stopped' : 'completed';
    if (member.failure && this.script.until !== 'all') this.decide(member.name, member.failure);
    this.emit(member.forced ? 'late' : end, member.name);
    if (this.reason) this.stop(this.reason);
    else this.startQueued();
    this.release();
  }

  private startQueued(): void {
    if (this.startingQueued) return;
    this.startingQueued = true;
    while (!this.decided && this.running < this.script.concurrency) {
      const next = this.queue.shift();
      if (!next) break;
      this.start(next);
    }
    this.startingQueued = false;
  }

  /** From here on nothing is started and no value passed on; the failure that stops the group comes first. */
  private decide(by: string, failure: ModelFailure | undefined): void {
    this.decided = true;
    if (this.reason) return;
    this.reason = { by };
    if (failure) this.failures.unshift(...this.failures.splice(this.failures.indexOf(failure), 1));
  }

  private stop(reason: { readonly by: string }): void {
    if (this.stopping || this.over) return;
    this.decided = this.stopping = true;
    this.reason ??= reason;
    this.open++;
    this.telling = true;
    if (this.sourceOpen) {
      this.sourceOpen = false;
      this.release();
    }
    const queue = new Set(this.queue.splice(0));
    for (const member of this.members.filter((each) => each.state === 'running' || queue.has(each))) {
      if (queue.has(member)) this.emit('refused', String(member.index));
      else this.stopMember(member);
    }
    this.telling = false;
    this.startGrace(1);
    this.release();
  }

  private stopMember(member: ModelMember): void {
    if (member.state !== 'running') return;
    this.emit('stopping', member.name);
    this.stopIfRunning(member);
  }

  private stopIfRunning(member: ModelMember): void {
    // the observer of the event before may have ended it
    if (member.state !== 'running') return;
    member.state = 'stopped';
    this.call(member, () => {
      for (const { path, ...held } of member.held) {
        const failure = { path: [member.name, ...path], ...held };
        this.heldBack.add(failure);
        this.failed(member, failure);
      }
      if (member.inner !== 'running') return;
      if (member.spec.kind === 'nested') member.inner = 'ended';
      this.runEnds(member);
    });
  }

  private endSource(fails: boolean): void {
    if (!this.sourceOpen) return;
    this.sourceOpen = false;
    if (fails) {
      const failure: ModelFailure = { path: ['source'], phase: 'run', error: 'source failed' };
      this.failures.push(failure);
      if (this.script.until !== 'all') this.decide('source', failure);
    }
    this.release();
    if (this.reason) this.stop(this.reason);
  }

  private unsubscribe(by: 'drain' | 'nobody'): void {
    const { toldTo } = this;
    if (this.over || this.outerUnsubscribed) return;
    if (this.script.waiter !== 'group') {
      if (toldTo === 'downstream') this.unsubscribed(by, '');
      return;
    }
    this.outerUnsubscribed = true;
    this.heldBack = new Set(this.failures);
    if (toldTo === 'downstream') this.unsubscribed('outer', '');
  }

  private unsubscribed(toldTo: 'drain' | 'outer' | 'nobody', by: string): void {
    this.toldTo = toldTo;
    if (toldTo === 'nobody') this.heldBack = new Set(this.failures);
    this.stop({ by });
  }

  private startGrace(holds = 0): void {
    if (!this.stopping || this.telling || this.graceStarted || this.over || this.depth > 0 || this.open <= holds)
      return;
    if (this.script.grace === 'none') return;
    this.graceStarted = true;
    if (this.script.grace !== 'notifier') this.endGrace();
  }

  private endGrace(): void {
    if (this.over || this.graceIsOver) return;
    this.graceIsOver = true;
    const late = this.members.filter(({ state, settled }) => state !== 'waiting' && !settled);
    this.open++;
    if (this.script.grace !== 'zero') {
      for (const { name } of late) this.failures.push({ path: [name], phase: 'grace', error: `grace ${name}` });
    }
    for (const member of late) {
      this.emit('forced', member.name);
      member.forced = true;
      if (member.pending) this.aborted.push(member.index);
    }
    this.finish();
  }

  private release(): void {
    this.open--;
    if (this.open === 0) this.finish();
  }

  private finish(): void {
    if (this.over) return;
    this.over = true;
    this.tell();
  }

  private tell(): void {
    const { failures, toldTo } = this;
    const groupError = failures.flatMap(flat);
    const error = this.script.errors === 'first' ? failures[0]?.error : groupError;
    const outcome = failures.length > 0 && error !== undefined ? shown(error) : undefined;
    if (toldTo === 'drain') {
      const [first] = failures;
      const ofNoMember = failures.length === 1 && first?.path.length === 0;
      const inOrder = [
        ...groupError.filter(({ phase }) => phase === 'run'),
        ...groupError.filter(({ phase }) => phase !== 'run'),
      ];
      const bare = this.script.errors === 'first' || ofNoMember;
      this.drained.push(!first ? 'drained' : shown(bare ? first.error : inOrder));
    } else if (toldTo === 'nobody') {
      this.tellNobody(failures);
    } else if (this.script.waiter === 'group') {
      const outer: ModelFailure[] =
        toldTo === 'outer'
          ? this.script.errors === 'first'
            ? failures.slice(0, 1).map((failure) => ({ ...failure, path: ['inner'] }))
            : failures.map(({ path, ...failure }) => ({ path: ['inner', ...path], ...failure }))
          : error !== undefined && failures.length > 0
            ? [
                {
                  path: ['inner'],
                  phase: this.script.errors === 'first' ? (failures[0]?.phase ?? 'run') : 'run',
                  error,
                },
              ]
            : [];
      if (outer.length > 0) {
        if (this.outerUnsubscribed) this.tellNobody(failures, ['inner']);
        else this.downstream.push(`error ${shown(outer.flatMap(flat))}`);
      } else if (!this.outerUnsubscribed) this.downstream.push('complete');
    } else this.downstream.push(outcome ? `error ${outcome}` : 'complete');
  }

  /** What a run had failed with before the subscriber left comes too late for that; all else nobody has handled. */
  private tellNobody(failures: readonly ModelFailure[], path?: readonly string[]): void {
    const isFirst = this.script.errors === 'first';
    const told = (isFirst ? failures.slice(0, 1) : failures).flatMap((failure) => {
      const heldBack = this.heldBack.has(failure);
      const parts = flat({ ...failure, path: isFirst && path ? [] : failure.path });
      return parts.map((each) => ({ ...each, path: [...(path ?? []), ...each.path], heldBack }));
    });
    const isLate = ({ phase, heldBack }: (typeof told)[number]): boolean => heldBack && phase === 'run';
    const isMixed = told.some(isLate) && !told.every(isLate);
    const show = (list: typeof told): string[] => {
      const [first] = list;
      if (!first) return [];
      if (!isFirst || path) return [shown(list)];
      // the first one as it is, or if that is of both kinds, its parts of one kind
      if (!isMixed) return [shown(failures[0]?.error ?? '')];
      return [list.length === 1 ? shown(first.error) : shown(list)];
    };
    this.late.push(...show(told.filter(isLate)));
    this.unhandled.push(...show(told.filter((failure) => !isLate(failure))));
  }

  private emit(type: LifecycleEventType, name: string): void {
    if (!this.script.observed) return;
    this.events.push(`${name} ${type}`);
    const { onEvent } = this.script;
    if (this.eventUsed || onEvent?.type !== type || onEvent.member !== Number.parseInt(name.replace('runner', ''), 10))
      return;
    this.eventUsed = true;
    this.act(onEvent.action);
  }
}

function flat(failure: ModelFailure): readonly ModelFailure[] {
  const { path, phase, error } = failure;
  if (typeof error === 'string') return [failure];
  return error.map((inner) => ({
    path: [...path, ...inner.path],
    phase: phase === 'run' ? inner.phase : phase,
    error: inner.error,
  }));
}

function shown(error: ModelFailure['error']): string {
  if (typeof error === 'string') return error;
  return `[${error.map((each) => `${each.path.join('/')} ${each.phase}: ${shown(each.error)}`).join(', ')}]`;
}

// ---------------------------------------------------------------------------------------------------- the group

/* eslint-disable rxjs-x/throw-error, @typescript-eslint/only-throw-error -- strings can be compared as they are */

/** What the script needs of a member, to play on it. */
interface PlayedMember {
  readonly index: number;
  readonly spec: MemberSpec;
  readonly teardown: Subject<never>;
  subscriber: Subscriber<string> | undefined;
  context: TeardownContext | undefined;
  readonly used: Set<string>;
}

class Played {
  readonly downstream: string[] = [];
  readonly events: string[] = [];
  readonly announced: string[] = [];
  readonly teardowns: string[] = [];
  readonly unhandled: string[] = [];
  readonly late: string[] = [];
  readonly drained: string[] = [];
  readonly runs = { started: 0, ended: 0 };
  readonly pending = { begun: 0, settled: 0 };
  readonly controller = new AbortController();
  private readonly script: Script;
  private readonly members: PlayedMember[] = [];
  private readonly source = new Subject<Observable<string>>();
  private readonly grace = new Subject<void>();
  private readonly outerStop = new Subject<never>();
  private readonly subscription;
  private eventUsed = false;

  constructor(script: Script) {
    this.script = script;
    const inner = this.source.pipe(runGroup(this.options()));
    const result = script.waiter === 'group' ? group({ inner, stop: this.outerStop }) : inner;
    this.subscription = result.subscribe({
      next: (value) => {
        this.downstream.push(`value ${value}`);
        const member = this.members[Number(value)];
        if (member) this.once(member, 'onValue');
      },
      error: (error: unknown) => this.downstream.push(`error ${describeError(error)}`),
      complete: () => this.downstream.push('complete'),
    });
  }

  get sight(): Sight {
    const { downstream, events, announced, teardowns, unhandled, late, drained, runs, pending } = this;
    const aborted = this.members.filter(({ context }) => context?.signal.aborted).map(({ index }) => index);
    return {
      downstream,
      events,
      announced: [...announced].sort(),
      teardowns,
      unhandled,
      late,
      drained,
      runs,
      pending,
      aborted: aborted.sort(),
      sourceObserved: this.source.observed,
      graceObserved: this.grace.observed,
    };
  }

  get leaks(): readonly string[] {
    const { source, grace, outerStop, controller, subscription } = this;
    const closed = subscription.closed ? [] : ['the subscription'];
    const listeners = getEventListeners(controller.signal, 'abort').map(() => 'an abort listener');
    const observed = Object.entries({ source, grace, outerStop }).filter(([, { observed }]) => observed);
    return [...closed, ...listeners, ...observed.map(([name]) => name)];
  }

  play(step: Step): void {
    switch (step.do) {
      case 'settle':
      case 'failTeardown': {
        const member = this.member(step.member);
        if (!member?.teardown.observed) break;
        if (step.do === 'settle') member.teardown.complete();
        else member.teardown.error(`teardown ${member.index}`);
        break;
      }
      case 'failSource':
        this.source.error('source failed');
        break;
      case 'stopOuter':
        this.outerStop.complete();
        break;
      case 'unsubscribe':
        if (this.script.waiter === 'drain') {
          drain(this.subscription).subscribe({
            error: (error: unknown) => this.drained.push(describeError(error)),
            complete: () => this.drained.push('drained'),
          });
        } else this.subscription.unsubscribe();
        break;
      default:
        this.act(step);
    }
  }

  private act(action: Action | undefined): void {
    switch (action?.do) {
      case 'add':
        this.source.next(this.newMember(action.spec));
        break;
      case 'value': {
        const member = this.member(action.member);
        member?.subscriber?.next(String(member.index));
        break;
      }
      case 'complete':
        this.member(action.member)?.subscriber?.complete();
        break;
      case 'error': {
        const member = this.member(action.member);
        member?.subscriber?.error(`error ${member.index}`);
        break;
      }
      case 'unsubscribe':
        this.subscription.unsubscribe();
        break;
      case 'abort':
        this.controller.abort();
        break;
      case 'grace':
        this.grace.next();
        break;
      case 'completeSource':
        this.source.complete();
        break;
      case undefined:
    }
  }

  private options(): GroupOptions {
    const { until, errors, concurrency, grace, observed } = this.script;
    return {
      until,
      errors,
      concurrency,
      signal: this.controller.signal,
      ...(grace === 'none' ? {} : { grace: { zero: 0, notifier: this.grace, over: EMPTY }[grace] }),
      ...(observed ? { lifecycle: { next: (event: LifecycleEvent) => this.happened(event) } } : {}),
    };
  }

  cameTooLate(error: unknown, subscriber: Subscriber<unknown>): void {
    // what a member says when it has been unsubscribed is nothing that a group tells
    if (!this.members.some((member) => member.subscriber === subscriber)) this.late.push(describeError(error));
  }

  private happened({ type, path: [name = '', ...inner] }: LifecycleEvent): void {
    if (inner.length > 0) return;
    if (type === 'starting') {
      this.announced.push(name);
      return;
    }
    this.events.push(`${name} ${type}`);
    const { onEvent } = this.script;
    if (this.eventUsed || onEvent?.type !== type || onEvent.member !== Number.parseInt(name.replace('runner', ''), 10))
      return;
    this.eventUsed = true;
    this.act(onEvent.action);
  }

  private once(member: PlayedMember, callback: 'onStart' | 'onValue' | 'onTeardown'): void {
    if (member.used.has(callback)) return;
    member.used.add(callback);
    this.act(member.spec[callback]);
  }

  private member(index: number): PlayedMember | undefined {
    return this.members[index % Math.max(this.members.length, 1)];
  }

  private newMember(spec: MemberSpec): Observable<string> {
    const index = this.members.length;
    const member: PlayedMember = {
      index,
      spec,
      teardown: new Subject<never>(),
      subscriber: undefined,
      context: undefined,
      used: new Set(),
    };
    this.members.push(member);
    switch (spec.kind) {
      case 'plain':
        return this.observable(member);
      case 'runner':
        return runner({
          name: nameOf(index, spec),
          run: () => this.observable(member),
          teardown: (context) => this.tearDown(member, context),
        });
      case 'nested':
        return group({ inner: this.observable(member) });
    }
  }

  private observable(member: PlayedMember): Observable<string> {
    const { spec, index } = member;
    return new Observable<string>((subscriber) => {
      const teardown = (): void => {
        if (spec.kind === 'runner') return;
        // what throws does so itself, instead of within a work that is awaited
        if (spec.teardown === 'throws') void this.tearDown(member, undefined);
        else awaitTeardown((context) => this.tearDown(member, context));
      };
      member.subscriber = subscriber;
      this.runs.started++;
      subscriber.add(() => {
        this.runs.ended++;
      });
      const returned = spec.returned && spec.end !== 'throw';
      if (!returned) subscriber.add(teardown);
      this.once(member, 'onStart');
      for (let count = 0; count < spec.values; count++) subscriber.next(String(index));
      if (spec.end === 'complete') subscriber.complete();
      if (spec.end === 'error') subscriber.error(`error ${index}`);
      if (spec.end === 'throw') throw `throw ${index}`;
      return returned ? teardown : undefined;
    });
  }

  private tearDown(member: PlayedMember, context: TeardownContext | undefined): TeardownResult {
    const { spec, index } = member;
    const error = `teardown ${index}`;
    const by = spec.kind === 'nested' ? '' : ` by ${context ? (context.reason.by?.join('/') ?? '') : '?'}`;
    this.teardowns.push(`${index}${by}`);
    member.context = context;
    this.once(member, 'onTeardown');
    switch (spec.teardown) {
      case 'none':
        return undefined;
      case 'sync':
        return EMPTY;
      case 'failsSync':
        return throwError(() => error);
      case 'throws':
        throw error;
      case 'later':
        return defer(() => {
          this.pending.begun++;
          return member.teardown.pipe(finalize(() => this.pending.settled++));
        });
    }
  }
}

function describeError(error: unknown): string {
  if (error instanceof GraceExceededError) return `grace ${error.path.join('/')}`;
  if (!(error instanceof RunGroupError)) return String(error);
  const { failures, errors, cause } = error;
  expect(errors).toStrictEqual(failures.map((failure) => failure.error));
  expect(cause).toBe(errors[0]);
  return `[${failures.map((each) => `${each.path.join('/')} ${each.phase}: ${describeError(each.error)}`).join(', ')}]`;
}

// ---------------------------------------------------------------------------------------------------- the scripts

const memberIndex = fc.nat({ max: 5 });

const simpleAction: fc.Arbitrary<Action> = fc.oneof(
  fc.record({ do: fc.constantFrom('value', 'complete', 'error'), member: memberIndex }),
  fc.record({ do: fc.constantFrom('unsubscribe', 'abort', 'grace', 'completeSource') }),
);

function memberSpec(action: fc.Arbitrary<Action>): fc.Arbitrary<MemberSpec> {
  const callback = fc.option(action, { freq: 3, nil: undefined });
  return fc
    .record<MemberSpec>({
      kind: fc.constantFrom('plain', 'runner', 'nested'),
      values: fc.constantFrom(0, 0, 1),
      end: fc.constantFrom('stays', 'stays', 'stays', 'stays', 'stays', 'complete', 'error', 'throw'),
      returned: fc.boolean(),
      teardown: fc.constantFrom('none', 'later', 'sync', 'later', 'failsSync', 'later', 'throws'),
      onStart: callback,
      onValue: callback,
      onTeardown: callback,
    })
    .map((spec) => ({ ...spec, onTeardown: spec.kind === 'nested' ? undefined : spec.onTeardown }));
}

const action: fc.Arbitrary<Action> = fc.oneof(
  { weight: 4, arbitrary: simpleAction },
  { weight: 1, arbitrary: fc.record({ do: fc.constant('add'), spec: memberSpec(simpleAction) }) },
);

const step: fc.Arbitrary<Step> = fc.oneof(
  { weight: 8, arbitrary: fc.record({ do: fc.constant('add'), spec: memberSpec(action) }) },
  { weight: 8, arbitrary: fc.record({ do: fc.constantFrom('settle', 'failTeardown'), member: memberIndex }) },
  { weight: 8, arbitrary: fc.record({ do: fc.constantFrom('value', 'complete', 'error'), member: memberIndex }) },
  { weight: 1, arbitrary: fc.record({ do: fc.constantFrom('unsubscribe', 'abort', 'completeSource') }) },
  { weight: 1, arbitrary: fc.record({ do: fc.constantFrom('failSource', 'stopOuter', 'grace') }) },
  { weight: 1, arbitrary: fc.record({ do: fc.constant('grace') }) },
);

const script: fc.Arbitrary<Script> = fc.record({
  until: fc.constantFrom<Script['until'][]>('first', 'error', 'all', ['0', 'runner1', '3']),
  errors: fc.constantFrom('all', 'all', 'first'),
  concurrency: fc.constantFrom(Infinity, Infinity, 1, 2),
  grace: fc.constantFrom('none', 'none', 'notifier', 'notifier', 'zero', 'over'),
  waiter: fc.constantFrom('nobody', 'drain', 'group'),
  observed: fc.boolean(),
  onEvent: fc.option(
    fc.record({
      type: fc.constantFrom<LifecycleEventType[]>(
        'ready',
        'stopping',
        'completed',
        'stopped',
        'failed',
        'forced',
        'late',
        'refused',
      ),
      member: memberIndex,
      action,
    }),
    { nil: undefined },
  ),
  steps: fc.array(step, { maxLength: 30, size: 'max' }),
});

describe('runGroup', () => {
  const { onUnhandledError, onStoppedNotification } = config;
  let unhandled: (error: unknown) => void;
  let late: (error: unknown, subscriber: Subscriber<unknown>) => void;

  beforeEach(() => {
    // the one thing that is told later is what nobody handles
    jest.useFakeTimers();
    config.onUnhandledError = (error: unknown) => {
      unhandled(error);
    };
    config.onStoppedNotification = (notification, subscriber) => {
      if (notification.kind === 'E') late(notification.error, subscriber);
    };
  });

  afterEach(() => {
    config.onUnhandledError = onUnhandledError;
    config.onStoppedNotification = onStoppedNotification;
    jest.useRealTimers();
  });

  /** Plays a script with both, and compares what they have seen after each step. */
  function compare(played: Played, model: Model, steps: Iterable<Step>): void {
    for (const each of steps) {
      played.play(each);
      model.play(each);
      jest.runAllTimers();
      expect(played.sight).toStrictEqual(model.sight);
      const { runs, pending } = played;
      expect(runs.started - runs.ended + (pending.begun - pending.settled)).toBe(model.live);
    }
  }

  it('should do as its model does, whatever happens in whatever order', () => {
    fc.assert(
      fc.property(script, (each) => {
        const played = new Played(each);
        const model = new Model(each);
        unhandled = (error) => played.unhandled.push(describeError(error));
        late = (error, subscriber) => played.cameTooLate(error, subscriber);

        compare(played, model, each.steps);
        compare(played, model, [{ do: 'unsubscribe' }]);
        compare(
          played,
          model,
          model.pendingMembers.map((member) => ({ do: 'settle', member })),
        );

        expect(model.live).toBe(0);
        expect(played.leaks).toStrictEqual([]);
      }),
      { numRuns: Number(process.env.MODEL_RUNS ?? 500), seed: Number(process.env.MODEL_SEED ?? 20_260_101) },
    );
  }, 120_000);

  // what scripts have found, each on its own
  describe('from the scripts', () => {
    const eventsOf = (log: string[]) => ({
      next: ({ path, type }: LifecycleEvent) => log.push(`${path.join('/')} ${type}`),
    });

    it('should not begin the grace period when a member ends that stops nobody', () => {
      const [grace, e1, e2] = [new Subject<void>(), new Subject<never>(), new Subject<never>()];
      const subscription = group([e1, e2], { until: 'all', grace }).subscribe();

      e1.complete();
      expect(grace.observed).toBe(false);
      subscription.unsubscribe();
    });

    it('should not begin the grace period when the stream of runners completes', () => {
      const [grace, e1, runners] = [new Subject<void>(), new Subject<never>(), new Subject<Subject<never>>()];
      const subscription = runners.pipe(runGroup({ grace })).subscribe();

      runners.next(e1);
      runners.complete();
      expect(grace.observed).toBe(false);
      subscription.unsubscribe();
    });

    it.each([0, EMPTY])('should leave nobody behind who stops at once, whatever the grace period', (grace) => {
      const [e1, runners] = [new Subject<never>(), new Subject<Observable<never>>()];
      const events: string[] = [];
      const seen: string[] = [];
      runners.pipe(runGroup({ grace, lifecycle: eventsOf(events) })).subscribe({
        error: (error: unknown) => seen.push(describeError(error)),
        complete: () => seen.push('complete'),
      });
      runners.next(e1);
      runners.next(new Subject<never>());
      runners.next(new Subject<never>());
      events.length = 0;

      e1.complete();
      expect(seen).toStrictEqual(['complete']);
      expect(events).toStrictEqual(['0 ready', '0 completed', '1 stopping', '1 stopped', '2 stopping', '2 stopped']);
    });

    it('should name a member that is left behind though it is told to be ready when the grace period is over', () => {
      const [e1, teardown, controller] = [new Subject<never>(), new Subject<never>(), new AbortController()];
      const seen: string[] = [];
      const lifecycle = {
        next: ({ type }: LifecycleEvent) => {
          if (type === 'ready') controller.abort();
        },
      };
      const member = e1.pipe(finalize(() => awaitTeardown(teardown)));
      group([member], { grace: EMPTY, signal: controller.signal, lifecycle }).subscribe({
        error: (error: unknown) => seen.push(describeError(error)),
        complete: () => seen.push('complete'),
      });

      e1.complete();
      expect(teardown.observed).toBe(true);
      expect(seen).toStrictEqual(['[0 grace: grace 0]']);
    });

    it('should tell of every start, whether anything else happens to the member or not', () => {
      const events: string[] = [];
      const runners = new Subject<Observable<unknown>>();
      const subscription = runners
        .pipe(runGroup({ until: 'all', lifecycle: eventsOf(events) }))
        .subscribe({ error: () => events.push('error') });

      runners.next(new Subject<never>());
      expect(events).toStrictEqual(['0 starting']);
      runners.next(new Subject<never>().pipe(named('second')));
      expect(events).toStrictEqual(['0 starting', 'second starting']);
      runners.next(throwError(() => 'failed'));
      expect(events).toStrictEqual(['0 starting', 'second starting', '2 starting', '2 failed']);
      subscription.unsubscribe();
    });

    it('should start the members that wait in the order in which they came', () => {
      const events: string[] = [];
      const runners = new Subject<Observable<never>>();
      const e1 = new Subject<never>();
      const lifecycle = {
        next: ({ path, type }: LifecycleEvent) => {
          events.push(`${path.join('/')} ${type}`);
          if (type === 'completed') runners.next(new Subject<never>().pipe(named('last')));
        },
      };
      const subscription = runners.pipe(runGroup({ until: 'all', concurrency: 1, lifecycle })).subscribe();
      runners.next(e1);
      runners.next(runner({ name: 'second', run: () => new Subject<never>() }));
      events.length = 0;

      e1.complete();
      expect(events).toStrictEqual(['0 ready', '0 completed', 'second starting']);
      subscription.unsubscribe();
    });

    it('should not start a member any more when it tells that one has failed', () => {
      const started: string[] = [];
      const runners = new Subject<Observable<never>>();
      const teardown = new Subject<never>();
      const lifecycle = {
        next: ({ type }: LifecycleEvent) => {
          if (type === 'failed') runners.next(defer(() => (started.push('late'), new Subject<never>())));
        },
      };
      const seen: string[] = [];
      runners.pipe(runGroup({ until: 'error', lifecycle })).subscribe({
        error: (error: unknown) => seen.push(describeError(error)),
      });
      runners.next(EMPTY.pipe(finalize(() => awaitTeardown(teardown))));

      teardown.error('flush failed');
      expect(started).toStrictEqual([]);
      expect(seen).toStrictEqual(['[0 teardown: flush failed]']);
    });

    it('should not wait for a stranger that is unsubscribed downstream by a member that another one adds', () => {
      const stranger = runner({ run: () => new Subject<never>(), teardown: () => new Subject<never>() }).subscribe();
      const [runners, e1] = [new Subject<Observable<string>>(), new Subject<never>()];
      const seen: string[] = [];
      runners.pipe(runGroup()).subscribe({
        next: (value) => {
          seen.push(value);
          stranger.unsubscribe();
        },
        complete: () => seen.push('complete'),
      });

      runners.next(
        runner(() => {
          runners.next(new Observable<string>((subscriber) => subscriber.next('of the second')));
          return e1;
        }),
      );
      e1.complete();
      expect(seen).toStrictEqual(['of the second', 'complete']);
      expectLeftRunning(1);
    });

    it('should not wait for a stranger that is unsubscribed downstream, however deep in a start', () => {
      const stranger = runner({ run: () => new Subject<never>(), teardown: () => new Subject<never>() }).subscribe();
      const runners = new Subject<Observable<string>>();
      const seen: string[] = [];
      let first: Subscriber<string> | undefined;
      runners.pipe(runGroup()).subscribe({
        next: (value) => {
          seen.push(value);
          if (value === 'of the second') first?.next('of the first');
          else stranger.unsubscribe();
        },
        complete: () => seen.push('complete'),
      });

      runners.next(
        runner(
          () =>
            new Observable<string>((subscriber) => {
              first = subscriber;
              runners.next(new Observable<string>((second) => second.next('of the second')));
            }),
        ),
      );
      first?.complete();
      expect(seen).toStrictEqual(['of the second', 'of the first', 'complete']);
      expectLeftRunning(1);
    });
  });
});
