import { config } from 'rxjs';

/** Collects what nobody handled, until `config` is set back at the end of the test. */
export function unhandled(): unknown[] {
  const errors: unknown[] = [];
  config.onUnhandledError = (error) => errors.push(error);
  return errors;
}

/** What nobody handled is told in a timer: first every promise that has settled is heard, then those timers fire. */
export async function afterReports(): Promise<void> {
  for (let round = 0; round < 2; round++) {
    await new Promise<void>((resolve) => {
      setTimeout(resolve);
    });
  }
}
