import type { Observable, ObservableInput, ObservedValueOf } from 'rxjs';
import type { StopError } from './StopError.js';

/** What `run` is given. @public */
export interface RunContext {
  /** Aborts, with a {@link StopError} as its reason, when the run is told to stop. */
  readonly signal: AbortSignal;
  /** Says that the run does its work now: a server listens, a consumer has joined. */
  readonly ready: () => void;
}

/**
 * What a teardown is given.
 *
 * @public
 */
export interface TeardownContext {
  /** Why it is torn down. */
  readonly reason: StopError;
  /** Aborts when the grace period is over: the moment to destroy sockets, to kill children. */
  readonly signal: AbortSignal;
}

/**
 * What `run` may return: values as they come, a result, or nothing.
 *
 * @public
 */
export type RunResult = ObservableInput<unknown> | void;

/**
 * The values of what `run` returned: an `undefined` from a promise is none, and an Observable, an async iterable or a
 * `ReadableStream` from one is run in its place; a list from one is a value.
 *
 * @public
 */
export type RunValue<R> = R extends undefined | null
  ? never
  : R extends Observable<infer T>
    ? T
    : R extends PromiseLike<infer T>
      ? ResultOf<T>
      : R extends ObservableInput<unknown>
        ? ObservedValueOf<R>
        : never;

// `void` is no subtype of `undefined`: both must go, else `async () => {}` would be a runner of `void`
type ResultOf<T> = T extends undefined | void ? never : T extends Exclude<Member, RunFunction> ? ObservedValueOf<T> : T;

/**
 * The work of a teardown: whatever can be waited for, or nothing. What an arrow function returns by the way, a number, say,
 * is nothing.
 *
 * @public
 */
export type TeardownResult = ObservableInput<unknown> | string | number | boolean | null | void;

/**
 * How a source came to its end.
 *
 * @public
 */
export type FinalizeKind = 'complete' | 'error' | 'unsubscribe';

/**
 * A runner as an object: a literal, or an instance of a class.
 *
 * @public
 */
export interface RunnerDefinition<R extends RunResult = RunResult> {
  /** Names the member in errors and events. */
  readonly name?: string;
  /** The work; the runner ends when what it returns has ended. */
  run(context: RunContext): R;
  /** Called at most once, and only when the run is stopped before it has ended by itself. */
  teardown?(context: TeardownContext): TeardownResult;
}

/**
 * A run function: what `runner(run)` takes, and a group makes a runner of.
 *
 * @public
 */
export type RunFunction<R extends RunResult = RunResult> = (context: RunContext) => R;

/**
 * A member of a group: a runner, or whatever else brings values over time, or a run function. A list of runners, or any other
 * iterable, is none: nest a group.
 *
 * @public
 */
export type Member = Exclude<ObservableInput<unknown>, Iterable<unknown> | ArrayLike<unknown>> | RunFunction;

/**
 * Members under their names: a record, or an interface; no list, whose members have none.
 *
 * @public
 */
export type MemberRecord<R> = object & { readonly [K in keyof R]: K extends typeof Symbol.iterator ? never : Member };

/**
 * The values that a member emits.
 *
 * @public
 */
export type MemberValue<M> = M extends (...args: never[]) => infer R
  ? RunValue<R>
  : M extends ObservableInput<unknown>
    ? ObservedValueOf<M>
    : never;

/**
 * A grace period: milliseconds, or anything that fires with its first value or its completion.
 *
 * @public
 */
export type Grace = number | ObservableInput<unknown>;

/**
 * The option that every owner of a teardown has.
 *
 * @public
 */
export interface GraceOptions {
  /**
   * How long the teardowns are waited for, in milliseconds, or an `ObservableInput` whose first value or completion is
   * the end of it. Default: no limit. `0` does not wait, which is no error.
   */
  readonly grace?: Grace;
}

/**
 * Says how long to wait before a restart: milliseconds, or anything that fires with its first value or its completion.
 *
 * `attempt` counts from 1; `error` is what the run failed with, undefined after a completion. What it returns may have a
 * number `delay`, in milliseconds, which the event of the restart tells.
 *
 * @public
 */
export interface DelayStrategy {
  (attempt: number, error: unknown): number | ObservableInput<unknown>;
  /** Makes another such strategy; `restart` asks for one at each subscription, where the strategy remembers something. */
  readonly anew?: () => DelayStrategy;
}

/**
 * In which part of a member's life something failed.
 *
 * @public
 */
export type FailurePhase = 'run' | 'teardown' | 'grace';

/**
 * One thing that went wrong, and where.
 *
 * @public
 */
export interface Failure {
  /** The names on the way to the member: `['api', 'socket']` is member `socket` of the group that is member `api`. */
  readonly path: readonly string[];
  readonly phase: FailurePhase;
  readonly error: unknown;
}

/**
 * What happened to a member.
 *
 * @public
 */
export type LifecycleEventType =
  'starting' | 'ready' | 'stopping' | 'completed' | 'stopped' | 'failed' | 'forced' | 'restarting' | 'late' | 'refused';

/**
 * One step in the life of a group's member.
 *
 * @public
 */
export interface LifecycleEvent {
  readonly type: LifecycleEventType;
  /** The member, seen from the group that is observed. */
  readonly path: readonly string[];
  /** When, in milliseconds, as RxJS's scheduler tells the time: virtual in marble tests. */
  readonly at: number;
  /** Why it failed (`failed`, `late`, `restarting`). */
  readonly error?: unknown;
  /** Why it is told to stop (`stopping`), or was never started (`refused`). */
  readonly reason?: StopError;
  /** Which restart this is, from 1 (`restarting`). */
  readonly attempt?: number;
  /** Milliseconds until the restart (`restarting`). */
  readonly delay?: number;
}

/**
 * Who is told of the lifecycle: a `Subject` will do.
 *
 * @public
 */
export interface LifecycleObserver {
  next(event: LifecycleEvent): void;
}

/**
 * When a group stops by itself.
 *
 * @public
 */
export type Until<Name extends string = string> = 'first' | 'error' | 'all' | readonly Name[];

/**
 * The options of a group.
 *
 * @public
 */
export interface GroupOptions<Name extends string = string> extends GraceOptions {
  /**
   * `'first'` (default): when the first member ends · `'error'`: at the first error · `'all'`: never · names: when one of
   * these completes, or any member errs.
   */
  readonly until?: Until<Name>;
  /** `'all'` (default): one `RunGroupError` with everything that failed · `'first'`: the first error, as it is. */
  readonly errors?: 'all' | 'first';
  /** How many members run at once; the others wait. Default: no limit. */
  readonly concurrency?: number;
  /** Stops the group from outside, which is no failure. */
  readonly signal?: AbortSignal;
  /** Is told of each step in the life of each member. Only its `next` is called. */
  readonly lifecycle?: LifecycleObserver;
}

/**
 * The options of `group`.
 *
 * @public
 */
export interface ListOptions<Name extends string = string> extends GroupOptions<Name> {
  /** Keeps a report of each member, which the group's `RunGroupError` carries. Default: false; `start` keeps one itself. */
  readonly report?: boolean;
}

/**
 * The options of `group` for a record, whose members have names.
 *
 * @public
 */
export interface RecordOptions<Name extends string = string, Tagged extends boolean = false> extends ListOptions<Name> {
  /**
   * `{ api: ['db', 'broker'] }`: `api` starts when `db` and `broker` are ready, and is torn down before they are. Ready is what
   * says so, or has emitted its first value, or has completed.
   */
  readonly needs?: Readonly<Partial<Record<Name, readonly Name[]>>>;
  /** Milliseconds in which each member has to be ready, from its start on; else it fails with a `StartTimeoutError`. */
  readonly startWithin?: number;
  /** Emits `{ member, value }` in place of the bare values. Default: false. */
  readonly tagged?: Tagged;
}

/**
 * What a group is made of: a list of members, or a record.
 *
 * @public
 */
export type Members<G> = Iterable<Member> | Readonly<Record<string, Member>> | MemberRecord<G>;

/**
 * The options of a group of these members: of a list, or of a record, whose names they know. What `tagged` is has to be known,
 * for the type of the values depends on it: `boolean` will not do.
 *
 * @public
 */
export type GroupOptionsOf<G, Tagged> =
  G extends Iterable<unknown>
    ? ListOptions
    : RecordOptions<
        Extract<keyof G, string>,
        unknown extends Tagged ? false : boolean extends Tagged ? never : Tagged & boolean
      >;

/**
 * The values of a group of these members.
 *
 * @public
 */
export type GroupValue<G, Tagged> =
  G extends Iterable<infer M> ? MemberValue<M> : Tagged extends true ? TaggedValue<G> : MemberValue<G[keyof G]>;

/**
 * What a group with `tagged: true` emits: a value, and the name of the member that it is of.
 *
 * @public
 */
export type TaggedValue<R> = {
  [K in Extract<keyof R, string>]: { readonly member: K; readonly value: MemberValue<R[K]> };
}[Extract<keyof R, string>];

/**
 * Where a member is in its life.
 *
 * `waiting` (for its turn, or for what it needs), `starting`, `ready`, `stopping` (told to stop) · at the end `completed`
 * (by itself), `stopped` (after being told to), `failed` (in its run or its teardown), `forced` (left behind when the grace
 * period was over), `notStarted` (refused, because the group was stopping or a need had failed).
 *
 * @public
 */
export type MemberState =
  'waiting' | 'starting' | 'ready' | 'stopping' | 'completed' | 'stopped' | 'failed' | 'forced' | 'notStarted';

/**
 * What is known of one member, or of a whole run. Times are in milliseconds, as RxJS's scheduler tells them.
 *
 * @public
 */
export interface MemberReport {
  /** The names on the way to it; empty for the run itself. */
  readonly path: readonly string[];
  readonly state: MemberState;
  /** What its run failed with. */
  readonly error?: unknown;
  /** What its teardown failed with. */
  readonly teardownError?: unknown;
  readonly startedAt?: number;
  readonly readyAt?: number;
  /** When it was told to stop. */
  readonly stoppingAt?: number;
  /** When it had ended, its teardown included. */
  readonly endedAt?: number;
}

/**
 * How a run is, or how it was: plain, frozen data of one moment.
 *
 * @public
 */
export interface RunReport extends MemberReport {
  /**
   * Every member, those of nested groups too, by its path joined with `/`; of two that are alive and have the same path the
   * second is `path#2`. Of members that have ended the last thousand are kept.
   */
  readonly members: Readonly<Record<string, MemberReport>>;
  /** Which of them are stopping right now. */
  readonly stopping: readonly string[];
}
