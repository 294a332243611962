import { Observable } from 'rxjs';
import { awaitTeardown } from './awaitTeardown.js';
import { invalid } from './internal/invalid.js';
import { runContext } from './internal/runContext.js';
import { runOutput } from './internal/runOutput.js';
import { SourceOwner } from './internal/sourceOwner.js';
import type { RunFunction, RunnerDefinition, RunResult, RunValue } from './types.js';

export function runner<R extends RunResult>(run: RunFunction<R> | RunnerDefinition<R>): Observable<RunValue<R>> {
  const definition = definitionOf(run);
  return new Observable<unknown>((subscriber) => {
    const { context, abort } = runContext(definition.name);
    const owner = new SourceOwner<unknown>(subscriber);
    owner.run(
      new Observable((child) => {
        child.add(() => {
          if (owner.stopped && owner.reason) abort(owner.reason);
        });
        runOutput('runner', definition.run(context), context).subscribe(child);
        child.add(() => {
          if (owner.stopped) awaitTeardown((stop) => definition.teardown?.(stop));
        });
      }),
    );
  }) as Observable<RunValue<R>>;
}

function definitionOf<R extends RunResult>(run: RunFunction<R> | RunnerDefinition<R>): RunnerDefinition<R> {
  if (typeof run === 'function') return { name: run.name, run };
  const { name, run: method, teardown } = (run ?? {}) as Partial<RunnerDefinition>;
  if (typeof method !== 'function') throw invalid('runner', "'run'", 'a function', method ?? run);
  if (teardown !== undefined && typeof teardown !== 'function') throw invalid('runner', "'teardown'", 'a function', teardown);
  if (name !== undefined && typeof name !== 'string') throw invalid('runner', "'name'", 'a string', name);
  return run;
}
