import { Observable } from 'rxjs';
import type { Failure } from '../../index.js';

/** What nobody has caught, as failures named after where Node says that they come from. */
export function uncaughtErrors(): Observable<Failure> {
  return new Observable((subscriber) => {
    const seen = new Set<unknown>();
    const listenTo = (origin: 'uncaughtException' | 'unhandledRejection'): void => {
      const listener = (error: unknown): void => {
        // with `--unhandled-rejections=strict` Node tells of a rejection twice
        if (seen.has(error)) return;
        seen.add(error);
        subscriber.next({ path: [origin], phase: 'run', error });
      };
      process.on(origin, listener);
      subscriber.add(() => process.off(origin, listener));
    };
    listenTo('uncaughtException');
    listenTo('unhandledRejection');
  });
}
