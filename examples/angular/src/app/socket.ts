import { fromEvent, map, merge, mergeMap, take, takeUntil, throwError, type Observable } from 'rxjs';

/** An open connection; given up if it is not wanted any more before it is open. */
export function connect(path: string, signal: AbortSignal): Promise<WebSocket> {
  const socket = new WebSocket(`${location.origin.replace('http', 'ws')}${path}`);
  const giveUp = (): void => socket.close();
  signal.addEventListener('abort', giveUp, { once: true });
  return new Promise<WebSocket>((resolve, reject) => {
    socket.addEventListener('open', () => resolve(socket), { once: true });
    socket.addEventListener('close', () => reject(signal.reason ?? new Error(`${path}: no connection`)), {
      once: true,
    });
    // an open one is closed by whoever has acquired it, when all has been sent
  }).finally(() => signal.removeEventListener('abort', giveUp));
}

/** What the server says; it is a failure if it closes the connection. */
export function messages<T>(socket: WebSocket): Observable<T> {
  const closed = fromEvent(socket, 'close').pipe(take(1));
  return merge(
    fromEvent<MessageEvent<string>>(socket, 'message').pipe(
      takeUntil(closed),
      map(({ data }) => JSON.parse(data) as T),
    ),
    closed.pipe(mergeMap(() => throwError(() => new Error('the server has closed the connection')))),
  );
}

/** Closes the connection, and waits until the server has closed it too. */
export function close(socket: WebSocket): Promise<void> {
  return new Promise((resolve) => {
    if (socket.readyState === WebSocket.CLOSED) resolve();
    socket.addEventListener('close', () => resolve(), { once: true });
    socket.close();
  });
}
