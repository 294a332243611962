import { Observable } from 'rxjs';

/**
 * A synchronous source that stops only when it sees that its subscriber is closed; it writes down what it emitted. The
 * count is there so that a spec fails where it would not come back from an endless one.
 */
export function firehose(emitted: number[], count = 10): Observable<number> {
  return new Observable((subscriber) => {
    for (let value = 0; !subscriber.closed && value < count; value++) {
      emitted.push(value);
      subscriber.next(value);
    }
  });
}
