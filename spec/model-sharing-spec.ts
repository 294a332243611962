import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { config, Observable, Subject, type Subscriber } from 'rxjs';
import {
  awaitTeardown,
  detached,
  GraceExceededError,
  RunGroupError,
  shareResource,
  stopWhen,
  type RunContext,
  type TeardownContext,
} from '../src/index.js';

// A script is played twice, step by step: with a shared resource and its users, and with the model below, which is written
// without Observables and scopes. After each step both must have seen the same. Nothing takes time.

/** What a callback does to the users, re-entrantly. */
type Action = { readonly do: 'use' | 'stop'; readonly at: number } | undefined;

interface Step {
  readonly do:
    | 'use'
    | 'stop'
    | 'grace'
    | 'complete'
    | 'error'
    | 'settle'
    | 'failTeardown'
    | 'open'
    | 'refuse'
    | 'settleOpening'
    | 'failOpening'
    | 'release'
    | 'failRelease';
  readonly at: number;
}

interface OpeningSpec {
  readonly acquire: 'now' | 'throws' | 'later' | 'heedsSignal';
  /** Whether what brings the resource has a teardown that takes time. */
  readonly lingers: boolean;
  readonly onAcquire: Action;
  readonly onAbort: Action;
  readonly release: 'now' | 'throws' | 'later';
  readonly onRelease: Action;
}

interface UserSpec {
  /** What its project does at once. */
  readonly end: 'stays' | 'complete' | 'error';
  readonly teardown: 'none' | 'later';
  readonly onProject: Action;
  /** What is done when its end is told. */
  readonly onEnd: Action;
}

interface Script {
  readonly openings: readonly OpeningSpec[];
  readonly users: readonly UserSpec[];
  readonly steps: readonly Step[];
}

/** Everything that can be seen from outside, each list in its order. */
interface Sight {
  readonly resource: readonly string[];
  readonly users: readonly (readonly string[])[];
}

/** No script goes on for ever. */
const mostUsers = 14;

function pick<T>(list: readonly T[], at: number): T | undefined {
  return list[at % Math.max(1, list.length)];
}

function unreachable(): never {
  throw new Error('released what was never opened');
}

interface Seen {
  readonly phase: string;
  readonly error: string;
}

function shown(failures: readonly Seen[]): string {
  const [first, second] = failures;
  if (!first) return 'complete';
  return `error ${second ? failures.map(({ phase, error }) => `${phase}: ${error}`).join() : first.error}`;
}

// ---------------------------------------------------------------------------------------------------- the model

interface ModelUser {
  readonly index: number;
  readonly spec: UserSpec;
  readonly log: string[];
  readonly failures: Seen[];
  /** `waits`: for its turn, or for the resource; `vain`: for the end of an opening, as the last who has left. */
  state: 'waits' | 'works' | 'vain' | 'settling' | 'lettingGo';
  calls: number;
  tearsDown: boolean;
  releases: Tenure | undefined;
  stopped: boolean;
  forced: boolean;
  over: boolean;
}

interface Tenure {
  readonly index: number;
  readonly spec: OpeningSpec;
  users: ModelUser[];
  state: 'opening' | 'open' | 'failed';
  acquiring: boolean;
  acquired: boolean;
  lingers: boolean;
  aborted: boolean;
  last: ModelUser | undefined;
}

class Model {
  readonly resource: string[] = [];
  readonly users: ModelUser[] = [];
  readonly #script: Script;
  readonly #tenures: Tenure[] = [];
  #tenure: Tenure | undefined;
  #waiting: ModelUser[] = [];

  constructor(script: Script) {
    this.#script = script;
  }

  get sight(): Sight {
    return { resource: this.resource, users: this.users.map(({ log }) => log) };
  }

  get isOver(): boolean {
    const isOver = this.users.every(({ over, tearsDown, releases }) => over && !tearsDown && !releases);
    return isOver && !this.#tenure && this.#waiting.length === 0 && this.#tenures.every(({ lingers }) => !lingers);
  }

  play({ do: what, at }: Step): void {
    const user = pick(this.users, at);
    const tenure = pick(this.#tenures, at);
    switch (what) {
      case 'use':
      case 'stop':
        this.#act({ do: what, at });
        break;
      case 'grace':
        if (user?.stopped && !user.over) this.#graceOver(user);
        break;
      case 'complete':
      case 'error':
        if (user?.state === 'works') this.#endProject(user, what === 'error' ? `error ${user.index}` : undefined);
        break;
      case 'settle':
      case 'failTeardown':
        if (!user?.tearsDown) break;
        if (what === 'failTeardown') fail(user, 'teardown', `teardown ${user.index}`);
        user.tearsDown = false;
        this.#settle(user);
        break;
      case 'open':
      case 'refuse': {
        const current = this.#tenures.at(-1);
        if (!current?.acquiring) break;
        if (what === 'open') this.#acquired(current);
        else this.#refuse(current, `refused ${current.index}`);
        break;
      }
      case 'settleOpening':
      case 'failOpening':
        if (!tenure?.lingers) break;
        tenure.lingers = false;
        if (what === 'settleOpening') this.#opened(tenure);
        else this.#refuse(tenure, `opening ${tenure.index}`, 'teardown');
        break;
      case 'release':
      case 'failRelease': {
        const releasing = this.users.find(({ releases }) => releases);
        if (!releasing) break;
        if (what === 'failRelease') fail(releasing, 'teardown', `release ${releasing.releases?.index}`);
        releasing.releases = undefined;
        this.#tell(releasing);
        this.#end();
      }
    }
  }

  #act(action: Action): void {
    if (action?.do === 'use') {
      const spec = pick(this.#script.users, action.at);
      if (!spec || this.users.length >= mostUsers) return;
      const user = newUser(this.users.length, spec);
      this.users.push(user);
      this.#call(user, () => {
        this.#join(user);
      });
    }
    const user = action?.do === 'stop' ? pick(this.users, action.at) : undefined;
    if (!user || user.stopped || user.over) return;
    user.stopped = true;
    if (user.state === 'works') this.#endProject(user, undefined);
    if (user.state === 'waits')
      this.#call(user, () => {
        this.#leave(user);
      });
  }

  #call(user: ModelUser, call: () => void): void {
    user.calls++;
    call();
    user.calls--;
    this.#settle(user);
  }

  #join(user: ModelUser): void {
    const tenure = this.#tenure;
    if (!tenure) this.#open([user]);
    else if (tenure.last || tenure.state === 'failed') this.#waiting.push(user);
    else {
      tenure.users.push(user);
      if (tenure.state === 'open') this.#grant(tenure, user);
    }
  }

  #open(users: ModelUser[]): void {
    const index = this.#tenures.length;
    const spec = pick(this.#script.openings, index) ?? unreachable();
    const tenure: Tenure = {
      index,
      spec,
      users,
      state: 'opening',
      acquiring: false,
      acquired: false,
      lingers: false,
      aborted: false,
      last: undefined,
    };
    this.#tenure = tenure;
    this.#tenures.push(tenure);
    this.resource.push(`acquire ${index}`);
    this.#act(spec.onAcquire);
    if (spec.acquire === 'now') this.#acquired(tenure);
    else if (spec.acquire === 'throws') this.#refuse(tenure, `refused ${index}`);
    else if (spec.acquire === 'heedsSignal' && tenure.aborted) this.#refuse(tenure, undefined);
    else tenure.acquiring = true;
  }

  #acquired(tenure: Tenure): void {
    tenure.acquiring = false;
    tenure.acquired = true;
    if (tenure.spec.lingers) tenure.lingers = true;
    else this.#opened(tenure);
  }

  #opened(tenure: Tenure): void {
    tenure.state = 'open';
    if (tenure.last?.state === 'vain') this.#finishVain(tenure.last);
    for (const user of [...tenure.users]) this.#grant(tenure, user);
  }

  /** Without an error it is but the echo of the stop. */
  #refuse(tenure: Tenure, error: string | undefined, phase = 'run'): void {
    tenure.acquiring = false;
    tenure.state = 'failed';
    if (!tenure.acquired) this.#tenure = undefined;
    for (const user of tenure.last ? [tenure.last] : [...tenure.users]) {
      if (user.state !== 'waits' && user.state !== 'vain') continue;
      if (error !== undefined) fail(user, phase, error);
      this.#finishVain(user);
    }
    if (!tenure.acquired) this.#admit();
  }

  #finishVain(user: ModelUser): void {
    user.state = 'settling';
    this.#settle(user);
  }

  #grant(tenure: Tenure, user: ModelUser): void {
    if (!tenure.users.includes(user)) return;
    user.state = 'works';
    this.#call(user, () => {
      user.log.push(`project ${tenure.index}`);
      this.#act(user.spec.onProject);
      const { end } = user.spec;
      if (end !== 'stays') this.#endProject(user, end === 'error' ? `error ${user.index}` : undefined);
    });
  }

  #endProject(user: ModelUser, error: string | undefined): void {
    if (user.state !== 'works') return;
    if (error !== undefined) fail(user, 'run', error);
    this.#call(user, () => {
      user.state = 'settling';
      user.log.push('torn down');
      user.tearsDown = user.spec.teardown === 'later';
    });
  }

  #leave(user: ModelUser): void {
    user.state = 'settling';
    const tenure = this.#tenure;
    if (this.#waiting.includes(user)) this.#waiting = this.#waiting.filter((other) => other !== user);
    else if (tenure?.users.includes(user)) {
      tenure.users = tenure.users.filter((other) => other !== user);
      if (tenure.users.length > 0) return;
      tenure.last = user;
      if (tenure.state !== 'opening') return;
      user.state = 'vain';
      tenure.aborted = true;
      this.resource.push(`abort ${tenure.index}`);
      this.#act(tenure.spec.onAbort);
      if (tenure.acquiring && tenure.spec.acquire === 'heedsSignal') this.#refuse(tenure, undefined);
    }
  }

  #settle(user: ModelUser): void {
    if (user.calls === 0 && user.state === 'settling' && !user.tearsDown) this.#letGo(user);
  }

  #letGo(user: ModelUser): void {
    user.state = 'lettingGo';
    const tenure = this.#tenure;
    if (tenure?.users.includes(user)) {
      tenure.users = tenure.users.filter((other) => other !== user);
      if (tenure.users.length === 0) tenure.last = user;
    }
    if (tenure?.last === user && tenure.acquired) this.#release(tenure, user);
    else this.#tell(user);
  }

  #release(tenure: Tenure, user: ModelUser): void {
    const { spec, index } = tenure;
    this.resource.push(`release ${index}${user.forced ? ' aborted' : ''}`);
    this.#act(spec.onRelease);
    if (spec.release === 'later') {
      user.releases = tenure;
      return;
    }
    if (spec.release === 'throws') fail(user, 'teardown', `release ${index}`);
    this.#end();
    if (!user.forced) this.#tell(user);
  }

  #end(): void {
    this.#tenure = undefined;
    this.#admit();
  }

  #admit(): void {
    const users = this.#waiting;
    this.#waiting = [];
    if (this.#tenure) for (const user of users) this.#join(user);
    else if (users.length > 0) this.#open(users);
  }

  #graceOver(user: ModelUser): void {
    fail(user, 'grace', 'grace');
    user.forced = true;
    const tenure = this.#tenure;
    if (user.releases) this.resource.push(`told ${user.releases.index}`);
    else if (user.state !== 'lettingGo' && tenure?.acquired && (tenure.last === user || tenure.users.includes(user)))
      this.#letGo(user);
    this.#tell(user);
  }

  #tell(user: ModelUser): void {
    if (user.over) return;
    user.over = true;
    user.log.push(shown(user.failures));
    this.#act(user.spec.onEnd);
  }
}

function newUser(index: number, spec: UserSpec): ModelUser {
  return {
    index,
    spec,
    log: [],
    failures: [],
    state: 'waits',
    calls: 0,
    tearsDown: false,
    releases: undefined,
    stopped: false,
    forced: false,
    over: false,
  };
}

/** What comes when its end has been told, nobody hears of. */
function fail(user: ModelUser, phase: string, error: string): void {
  if (!user.over) user.failures.push({ phase, error });
}

// ---------------------------------------------------------------------------------------------------- what is played

/* eslint-disable rxjs-x/throw-error, @typescript-eslint/only-throw-error -- strings can be compared as they are */

interface PlayedUser {
  readonly log: string[];
  readonly stop: Subject<void>;
  readonly grace: Subject<void>;
  project: Subscriber<never> | undefined;
  teardown: Subject<never> | undefined;
}

interface Opening {
  readonly spec: OpeningSpec;
  subscriber: Subscriber<number> | undefined;
  /** Its own teardown. */
  lingering: Subject<never> | undefined;
  releasing: Subject<never> | undefined;
}

class Played {
  readonly resource: string[] = [];
  readonly users: PlayedUser[] = [];
  /** Resources that have been opened, and not been released. */
  alive = 0;
  mostAlive = 0;
  readonly #script: Script;
  readonly #openings: Opening[] = [];
  readonly #database = shareResource<number>({
    acquire: (context) => this.#acquire(context),
    release: (index, context) => this.#release(index, context),
  });

  constructor(script: Script) {
    this.#script = script;
  }

  get sight(): Sight {
    return { resource: this.resource, users: this.users.map(({ log }) => log) };
  }

  get leaks(): readonly unknown[] {
    const subjects = this.users.flatMap(({ stop, grace, teardown }) => [stop, grace, teardown]);
    const ofOpenings = this.#openings.flatMap(({ lingering, releasing }) => [lingering, releasing]);
    const open = this.#openings.filter(({ subscriber }) => subscriber && !subscriber.closed);
    return [...[...subjects, ...ofOpenings].filter((subject) => subject?.observed), ...open];
  }

  play({ do: what, at }: Step): void {
    const user = pick(this.users, at);
    const opening = pick(this.#openings, at);
    switch (what) {
      case 'use':
      case 'stop':
        this.#act({ do: what, at });
        break;
      case 'grace':
        user?.grace.next();
        break;
      case 'complete':
        user?.project?.complete();
        break;
      case 'error':
        user?.project?.error(`error ${at % this.users.length}`);
        break;
      case 'settle':
        user?.teardown?.complete();
        break;
      case 'failTeardown':
        user?.teardown?.error(`teardown ${at % this.users.length}`);
        break;
      case 'open':
        this.#emit(this.#openings.length - 1);
        break;
      case 'refuse':
        this.#openings.at(-1)?.subscriber?.error(`refused ${this.#openings.length - 1}`);
        break;
      case 'settleOpening':
        opening?.lingering?.complete();
        break;
      case 'failOpening':
        opening?.lingering?.error(`opening ${at % this.#openings.length}`);
        break;
      case 'release':
      case 'failRelease': {
        const released = this.#openings.findIndex(({ releasing }) => releasing?.observed);
        const { releasing } = this.#openings[released] ?? {};
        if (what === 'release') releasing?.complete();
        else releasing?.error(`release ${released}`);
      }
    }
  }

  #act(action: Action): void {
    if (action?.do === 'stop') pick(this.users, action.at)?.stop.next();
    if (action?.do !== 'use') return;
    const spec = pick(this.#script.users, action.at);
    if (spec && this.users.length < mostUsers) this.#use(spec);
  }

  #use(spec: UserSpec): void {
    const index = this.users.length;
    const log: string[] = [];
    const user: PlayedUser = {
      log,
      stop: new Subject(),
      grace: new Subject(),
      project: undefined,
      teardown: undefined,
    };
    this.users.push(user);
    const project = (resource: number): Observable<never> =>
      new Observable((subscriber) => {
        log.push(`project ${resource}`);
        user.project = subscriber;
        subscriber.add(() => {
          log.push('torn down');
          if (spec.teardown === 'later') awaitTeardown((user.teardown = new Subject()));
        });
        this.#act(spec.onProject);
        if (spec.end === 'complete') subscriber.complete();
        if (spec.end === 'error') subscriber.error(`error ${index}`);
      });
    const told = (outcome: string): void => {
      log.push(outcome);
      this.#act(spec.onEnd);
    };
    this.#database
      .use(project)
      .pipe(stopWhen(user.stop, { grace: user.grace }))
      .subscribe({
        error: (error: unknown) => {
          told(`error ${described(error)}`);
        },
        complete: () => {
          told('complete');
        },
      });
  }

  #acquire({ signal }: Pick<RunContext, 'signal'>): Observable<number> {
    const index = this.#openings.length;
    const spec = pick(this.#script.openings, index) ?? unreachable();
    const opening: Opening = { spec, subscriber: undefined, lingering: undefined, releasing: undefined };
    this.#openings.push(opening);
    this.resource.push(`acquire ${index}`);
    signal.addEventListener('abort', () => {
      this.resource.push(`abort ${index}`);
      this.#act(spec.onAbort);
      if (spec.acquire === 'heedsSignal') opening.subscriber?.error(signal.reason);
    });
    this.#act(spec.onAcquire);
    if (spec.acquire === 'throws') throw `refused ${index}`;
    return new Observable((subscriber) => {
      opening.subscriber = subscriber;
      if (spec.acquire === 'heedsSignal' && signal.aborted) subscriber.error(signal.reason);
      if (spec.acquire === 'now') this.#emit(index);
    });
  }

  #emit(index: number): void {
    const opening = this.#openings[index];
    const { subscriber, spec } = opening ?? {};
    if (!opening || !subscriber || subscriber.closed) return;
    this.mostAlive = Math.max(this.mostAlive, ++this.alive);
    subscriber.add(() => {
      if (spec?.lingers) awaitTeardown((opening.lingering = new Subject()));
    });
    subscriber.next(index);
  }

  #release(index: number, { signal }: TeardownContext): Observable<never> | undefined {
    const opening = this.#openings[index] ?? unreachable();
    const { spec } = opening;
    this.resource.push(`release ${index}${signal.aborted ? ' aborted' : ''}`);
    // in no scope: what is begun when a grace period is over has none of its own
    detached(() => {
      this.#act(spec.onRelease);
    });
    if (spec.release !== 'later') this.alive--;
    if (spec.release === 'throws') throw `release ${index}`;
    if (spec.release === 'now') return undefined;
    signal.addEventListener('abort', () => this.resource.push(`told ${index}`));
    const releasing = new Subject<never>();
    const released = (): void => {
      this.alive--;
    };
    releasing.subscribe({ error: released, complete: released });
    return (opening.releasing = releasing);
  }
}

function described(error: unknown): string {
  if (error instanceof GraceExceededError) return 'grace';
  if (!(error instanceof RunGroupError)) return String(error);
  return error.failures.map(({ phase, error: each }) => `${phase}: ${described(each)}`).join();
}

// ---------------------------------------------------------------------------------------------------- the scripts

const index = fc.nat({ max: mostUsers - 1 });

const action: fc.Arbitrary<Action> = fc.oneof(
  { weight: 3, arbitrary: fc.constant(undefined) },
  { weight: 2, arbitrary: fc.record({ do: fc.constantFrom('use', 'stop'), at: index }) },
);

const opening: fc.Arbitrary<OpeningSpec> = fc.record({
  acquire: fc.constantFrom('now', 'throws', 'later', 'later', 'later', 'heedsSignal'),
  lingers: fc.constantFrom(false, false, true),
  onAcquire: action,
  onAbort: action,
  release: fc.constantFrom('now', 'throws', 'later', 'later'),
  onRelease: action,
});

const user: fc.Arbitrary<UserSpec> = fc.record({
  end: fc.constantFrom('stays', 'stays', 'stays', 'complete', 'error'),
  teardown: fc.constantFrom('none', 'later', 'later'),
  onProject: action,
  onEnd: action,
});

const step: fc.Arbitrary<Step> = fc.record({
  do: fc.constantFrom(
    'use',
    'use',
    'use',
    'stop',
    'stop',
    'grace',
    'complete',
    'error',
    'settle',
    'settle',
    'failTeardown',
    'open',
    'open',
    'refuse',
    'settleOpening',
    'failOpening',
    'release',
    'failRelease',
  ),
  at: index,
});

const script: fc.Arbitrary<Script> = fc.record({
  openings: fc.array(opening, { minLength: 1, maxLength: 4 }),
  users: fc.array(user, { minLength: 1, maxLength: 4 }),
  steps: fc.array(step, { maxLength: 40, size: 'max' }),
});

describe('shareResource', () => {
  const { onUnhandledError } = config;

  beforeEach(() => {
    config.onUnhandledError = null;
  });

  afterEach(() => {
    config.onUnhandledError = onUnhandledError;
  });

  /** Plays a script with both, and compares what they have seen after each step. */
  function compare(played: Played, model: Model, steps: readonly Step[]): void {
    for (const each of steps) {
      played.play(each);
      model.play(each);
      // the matcher is a hundred times as slow: it is asked for the difference
      if (JSON.stringify(played.sight) !== JSON.stringify(model.sight)) expect(played.sight).toStrictEqual(model.sight);
      expect(played.mostAlive).toBeLessThanOrEqual(1);
    }
  }

  it('should do as its model does, whoever comes, goes, fails or is stopped when', () => {
    fc.assert(
      fc.property(script, (each) => {
        const played = new Played(each);
        const model = new Model(each);

        compare(played, model, each.steps);
        const all = Array.from({ length: mostUsers }, (_, at) => at);
        const endings = (['stop', 'open', 'settleOpening', 'settle', 'release'] as const).flatMap((what) =>
          all.map((at): Step => ({ do: what, at })),
        );
        for (let round = 0; round < mostUsers && !model.isOver; round++) compare(played, model, endings);

        expect(model.isOver).toBe(true);
        expect(played.alive).toBe(0);
        expect(played.leaks).toStrictEqual([]);
        const released = played.resource.filter((entry) => entry.startsWith('release'));
        expect(new Set(released).size).toBe(released.length);
      }),
      { numRuns: Number(process.env.MODEL_RUNS ?? 500), seed: Number(process.env.MODEL_SEED ?? 20_260_101) },
    );
  }, 120_000);
});
