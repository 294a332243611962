import { of } from 'rxjs';
import { runGroup, runner } from 'rx-runner';

of(runner(() => of('done')))
  .pipe(runGroup())
  .subscribe((value) => {
    globalThis.result = typeof process === 'undefined' ? value : 'a page has no process';
  });
