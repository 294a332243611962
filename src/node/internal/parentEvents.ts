import type { Observable } from 'rxjs';
import { defer, fromEvent, merge, share } from './imports.js';

/**
 * What a child process has to hear of its parent: that it exits, and errors of its standard output. However many children
 * there are, the process has one listener for each.
 */
export const parentEvents: Observable<unknown> = defer(() =>
  merge(fromEvent(process, 'exit'), fromEvent(process.stdout, 'error')),
).pipe(share());
