import { exponentialBackoff, group, restart, runWhile } from 'rx-runner';
import { BehaviorSubject, defer, takeWhile, tap, type Observable, type Observer } from 'rxjs';
import { CommandError } from './CommandError.js';
import { type Roster, type Status } from './Roster.js';

/** Members that are stopped and started one by one while their group runs: each has a switch of its own. */
export class Services {
  readonly #roster: Roster;
  readonly #switches = new Map<string, BehaviorSubject<boolean>>();

  constructor(roster: Roster) {
    this.#roster = roster;
  }

  /** What the program runs in place of the source: the source while its switch is on. */
  service(name: string, source: Observable<unknown>): Observable<unknown> {
    const enabled = new BehaviorSubject(true);
    this.#switches.set(name, enabled);
    // A group of one, for its events: they tell of each run, those of the program only of the member, which stays.
    const run = group({ run: source }, { lifecycle: { next: (event) => this.#roster.followRun(name, event) } });
    return run.pipe(
      restart({ delay: exponentialBackoff({ initial: 500, max: 10_000 }) }),
      runWhile(enabled),
      // What fails here is a teardown, of a run that was switched off. That has been told; it ends nothing else.
      restart(),
    );
  }

  /** Like the other two it acts when it is subscribed, emits how the service gets on, and completes when that is done. */
  stop(name: string): Observable<Status> {
    return defer(() => {
      const wasIdle = this.#isIdle(name);
      this.#switchOf(name).next(false);
      // nothing ran that could have told
      if (wasIdle) this.#roster.followRun(name, { type: 'stopped', at: Date.now() });
      return this.#until('stopped', name);
    });
  }

  start(name: string): Observable<Status> {
    return defer(() => {
      if (this.#isIdle(name)) return this.restart(name);
      this.#switchOf(name).next(true);
      return this.#until('ready', name);
    });
  }

  restart(name: string): Observable<Status> {
    return defer(() => {
      const enabled = this.#switchOf(name);
      enabled.next(false);
      // it starts when the teardown of the run before has settled
      enabled.next(true);
      return this.#until('ready', name);
    });
  }

  #until(awaited: Status['state'], name: string): Observable<Status> {
    return this.#roster.of(name).pipe(
      tap(({ state, note }) => {
        if (state === 'failed') throw new CommandError(`${name} failed: ${note}`);
        // by another session: it may stay so for ever
        const isSwitchedOff = state === 'stopped' && !this.#switches.get(name)?.value;
        if (isSwitchedOff && awaited !== state) throw new CommandError(`${name} has been stopped meanwhile`);
      }),
      takeWhile(({ state }) => state !== awaited, true),
    );
  }

  /** Whether it waits: to be restarted, or for what it needs. */
  #isIdle(name: string): boolean {
    const state = this.#roster.find(name)?.state;
    return state === 'failed' || state === 'waiting';
  }

  #switchOf(name: string): Observer<boolean> {
    const enabled = this.#switches.get(name);
    if (enabled && this.#roster.isStopping) throw new CommandError('the program stops');
    if (enabled) return enabled;
    if (this.#roster.find(name)) throw new CommandError(`${name} is part of the console: it runs until you quit`);
    throw new CommandError(`there is no ${name || 'name'}: ${[...this.#switches.keys()].join(', ')}`);
  }
}
