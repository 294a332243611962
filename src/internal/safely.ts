import { reportUnhandledError } from './reportUnhandledError.js';

/** Calls somebody who is told of something: what that throws never harms who tells it. */
export function safely(tell: () => void): void {
  try {
    tell();
  } catch (error: unknown) {
    reportUnhandledError(error);
  }
}
