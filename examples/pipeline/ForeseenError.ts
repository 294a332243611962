import { inspect } from 'node:util';

/** Something that does go wrong, and whose message says what to do: printed as one line, without its stack and its cause. */
export class ForeseenError extends Error {
  [inspect.custom](): string {
    return this.message;
  }
}
