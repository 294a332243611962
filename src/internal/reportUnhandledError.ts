import { throwError } from './rxjs.js';

/** Sends an error that nobody can be told of where RxJS sends its own: to `config.onUnhandledError`, else out of a timer. */
export function reportUnhandledError(error: unknown): void {
  throwError(() => error as Error).subscribe();
}
