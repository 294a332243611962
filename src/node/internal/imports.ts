/* eslint-disable @typescript-eslint/no-deprecated -- a few overloads of these are, none that is used here */
// What several files take from one module, in one place: the bundle has one import of it then, and one name for each.
export { AlreadyRunningError, awaitTeardown, interrupt, runner, RunGroupError, start, stopWhen } from '../../index.js';
export { readdirSync, readFileSync } from 'node:fs';
export { createServer } from 'node:http';
export { setImmediate as nextTurn, setTimeout as wait } from 'node:timers/promises';
export { inspect } from 'node:util';
export { defer, from, fromEvent, ignoreElements, merge, Observable, share, Subject, tap, timer } from 'rxjs';
