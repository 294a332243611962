import type { OperatorFunction } from 'rxjs';
import { checkGroupOptions } from './internal/checkGroupOptions.js';
import { Group } from './internal/group.js';
import { memberSource } from './internal/memberSource.js';
import { runMembers } from './internal/runMembers.js';
import type { GroupOptions, Member, MemberValue } from './types.js';
import { Observable } from './internal/rxjs.js';

/**
 * Runs the runners that a stream brings, together: stops all when the first one ends, waits for every teardown, and
 * reports everything that failed.
 *
 * A member is a runner or any other `ObservableInput`, or a run function. Its values are merged as they come, until the
 * stop. The stop unsubscribes the stream and every member at once, in start order; no member is started after it. Which end
 * stops the others is up to `until`; what is reported, to `errors`; how long the teardowns are waited for, to `grace`.
 *
 * ```
 * a           -a--b--|
 * b           --c--d--e--f--
 * b teardown         ---|
 * result      -ac-bd----|
 * ```
 *
 * The stop unsubscribes the stream too: what it would still bring is not heard of.
 *
 * It completes when the stream and all members have ended, or have been stopped, and every teardown has settled. If anything
 * failed, it errs then with a `RunGroupError`. Unsubscribed, it stops everything; a teardown scope around it waits.
 * Adding, ending and stopping one of n members costs the same for every n.
 *
 * @example
 * ```ts
 * import { interrupt, runGroup, runner } from 'rx-runner';
 * import { Subject } from 'rxjs';
 *
 * const jobs = new Subject<ReturnType<typeof runner>>();
 * jobs.pipe(runGroup({ until: 'error', grace: 5_000 })).subscribe({
 *   error: (error) => console.error(error.message),
 *   complete: () => console.log('all done'),
 * });
 * jobs.next(runner(async () => console.log('one')));
 * jobs.next(runner(async () => console.log('two')));
 * jobs.complete();
 * ```
 * @param options - see {@link GroupOptions}
 * @returns an operator from runners to their values
 * @throws TypeError for a bad option; a bad member is that member's failure
 * @see oklog/run, for the default; errgroup, for `until: 'error'`; conc, for `until: 'all'`
 * @public
 */
export function runGroup<M extends Member>(options: GroupOptions = {}): OperatorFunction<M, MemberValue<M>> {
  checkGroupOptions('runGroup', options);
  return (source) =>
    new Observable((subscriber) => {
      const group = new Group(subscriber, options, memberSource);
      runMembers(subscriber, group, options.signal, (stream) => {
        group.run(source, stream);
      });
    });
}
