import type { Observable } from 'rxjs';
import { check, isFunction } from './internal/check.js';
import { runnerOf } from './internal/runnerOf.js';
import { noop } from './internal/rxjs.js';
import { subscribeOutput } from './internal/subscribeOutput.js';
import { awaitWork } from './internal/teardownWork.js';
import type { RunFunction, RunnerDefinition, RunResult, RunValue } from './types.js';

/**
 * Makes a runner of a function or an object: a cold Observable that runs it, and ends when the run and its teardown have
 * ended.
 *
 * Each subscription is a run of its own. Unsubscribing stops it: the context's signal aborts, with a `StopError` as its
 * reason; what `run` returned is unsubscribed, or, if it is a promise or an async iterator, waited for; then `teardown` is called,
 * and awaited as well. Whoever unsubscribes from within a teardown scope (a group, `settle`, `stopWhen`, `drain`, ...) waits
 * for all of that.
 *
 * ```
 * run         -a-b-c-d-
 * unsub       -----!
 * teardown         ---|
 * ```
 *
 * It emits what `run` returns: the values of an Observable or an iterable, or a promise's value, if that is not
 * `undefined`. An Observable, an async iterable or a stream that a promise brings is run in its place. It completes when that has; at once, if `run` returns nothing. It errs if `run` throws or fails, or if
 * a teardown does. A promise that rejects after the stop, with the signal's reason or an abort error, has stopped cleanly.
 * `teardown` is called at most once, and only if the run was stopped before it had ended by itself.
 *
 * @example
 * ```ts
 * import { createServer } from 'node:http';
 * import { runner } from 'rx-runner';
 *
 * const server = createServer((_, response) => response.end('hello'));
 * const api = runner({
 *   name: 'api',
 *   run: ({ ready }) =>
 *     new Promise<void>((resolve, reject) => {
 *       server.on('error', reject).on('close', resolve).listen(8080, ready);
 *     }),
 *   teardown: () => new Promise<void>((resolve) => server.close(() => resolve())),
 * });
 * ```
 * @param run - the run function, or an object with `run`, and `teardown` and `name` if there are any; an instance of a
 *   class will do, its `this` is kept
 * @returns a cold Observable of the run's values
 * @throws TypeError if `run` or `teardown` is no function, or `name` no string
 * @see oklog/run, whose `Add(execute, interrupt)` is `runner({ run, teardown })`
 * @public
 */
export function runner<R extends RunResult>(run: RunFunction<R> | RunnerDefinition<R>): Observable<RunValue<R>> {
  const definition: RunnerDefinition<R> = typeof run === 'function' ? { name: run.name, run } : run;
  const { name, teardown } = checkDefinition(definition);
  return runnerOf(
    name,
    (run) => {
      subscribeOutput('runner', "what 'run' returns", definition.run(run.context), run);
    },
    teardown &&
      (() => {
        awaitWork('teardown', (context) => definition.teardown?.(context));
      }),
  ) as Observable<RunValue<R>>;
}

function checkDefinition<D extends RunnerDefinition>(definition: D): D {
  const { name = '', run, teardown = noop } = Object(definition) as Partial<D>;
  check(isFunction(run), 'runner', "'run'", 'a function', run);
  check(isFunction(teardown), 'runner', "'teardown'", 'a function', teardown);
  check(typeof name === 'string', 'runner', "'name'", 'a string', name);
  return definition;
}
