// A stop is `takeUntil`; a cleanup is what a finalizer begins, and nobody waits for it.
import { finalize, fromEvent, merge, NEVER, takeUntil, timer } from 'rxjs';
import { completes, alpha, running, beta, stopWork } from '../scenario.mjs';

const stop = merge(fromEvent(process, 'SIGINT'), fromEvent(process, 'SIGTERM'), fromEvent(process, 'SIGHUP'));
const service = (cleanup) => (completes ? timer(1) : NEVER).pipe(finalize(() => void cleanup()));

merge(service(alpha), service(beta)).pipe(takeUntil(stop)).subscribe({ complete: stopWork });
running();
