import { of, type Observable } from 'rxjs';
import { interrupt, runGroup, runner } from 'rx-runner';

const members = of(
  runner(() => of(1, 2)),
  runner({ run: ({ signal }) => Promise.resolve(signal.aborted ? 0 : 1), teardown: () => of('released') }),
);

export const values: Observable<number> = members.pipe(runGroup());
export const signals: Observable<string> = interrupt();
