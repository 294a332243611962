import { expect } from '@jest/globals';
import { TestScheduler, type RunHelpers } from 'rxjs/testing';

/** Runs marbles in virtual time; what differs is shown as Jest shows it. */
export function run(test: (helpers: RunHelpers) => void): void {
  new TestScheduler((actual, expected) => {
    expect(actual).toStrictEqual(expected);
  }).run(test);
}
