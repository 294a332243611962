import type { EventEmitter } from 'node:events';
import type { AddressInfo } from 'node:net';
import {
  AsyncSubject,
  concat,
  defer,
  EMPTY,
  finalize,
  fromEvent,
  ignoreElements,
  Observable,
  of,
  Subject,
  takeUntil,
  tap,
  timer,
} from 'rxjs';
import { AlreadyRunningError, withResource, type TeardownContext } from '../../index.js';
import { Listeners, type Following } from './follow.js';

/**
 * Where a server listens.
 *
 * @public
 */
export interface PortOptions {
  /** From 0 to 65535; 0 is any free one. */
  readonly port: number;
  /** The address of this machine; default: all of them, as in Node. */
  readonly host?: string;
  /**
   * Milliseconds for which it goes on as before after the stop: until a load balancer that reads a readiness of 503 sends
   * nobody any more. Cut short by the end of the grace period. Default: 0.
   */
  readonly delay?: number;
}

/**
 * Where a server listens that is not on the network.
 *
 * @public
 */
export interface PathOptions {
  /** A Unix socket, or a named pipe on Windows. */
  readonly path: string;
  /** See {@link PortOptions}. */
  readonly delay?: number;
}

/** What `listen` is called with. */
interface Target {
  readonly port?: number;
  readonly host?: string;
  readonly path?: string;
}

/** What has to be known of a server to run it. */
export interface Listenable extends EventEmitter {
  listen(target: Target): unknown;
  close(): unknown;
  address(): AddressInfo | string | null;
}

/** Begins to follow a server; an error that is told to `failed` is one of the server. */
export type Follow<S> = (server: S, listeners: Listeners, failed: (error: Error) => void) => Following;

/** A server that listens. */
interface Service {
  readonly server: Listenable;
  readonly listeners: Listeners;
  readonly following: Following;
  /** Errs with the server's own error, and completes when it has closed. */
  readonly life: Subject<never>;
  /** Fires when it has closed, whatever went wrong before. */
  readonly closed: AsyncSubject<true>;
  /** Somebody has been told where it listens. */
  announced: boolean;
  /** Its error has been told. */
  failed: boolean;
}

// A server that still drains does not listen, and is not free.
const inUse = new WeakSet<Listenable>();

/** A runner that listens until it is stopped, and then drains. */
export function serve<S extends Listenable>(
  where: string,
  { delay = 0, ...target }: PortOptions | PathOptions,
  open: () => S,
  follow: Follow<S>,
): Observable<AddressInfo | string> {
  return withResource({
    name: where,
    acquire: () => listening(target, open(), follow),
    use(service, { ready }) {
      service.announced = true;
      ready();
      return concat(of(service.server.address() ?? ''), service.life).pipe(
        tap({
          error() {
            service.failed = true;
          },
        }),
      );
    },
    release: (service, context) => drained(service, service.announced && !service.failed ? delay : 0, context),
  });
}

function listening<S extends Listenable>(target: Target, server: S, follow: Follow<S>): Observable<Service> {
  return new Observable((subscriber) => {
    if (inUse.has(server) || (server as { listening?: boolean }).listening) throw new AlreadyRunningError();
    inUse.add(server);
    const listeners = new Listeners(server);
    const life = new Subject<never>();
    const closed = new AsyncSubject<true>();
    const failed = (error: Error): void => {
      life.error(error);
      if (subscriber.closed) return;
      letGo(service);
      subscriber.error(error);
    };
    const following = follow(server, listeners, failed);
    const service: Service = { server, listeners, following, life, closed, announced: false, failed: false };
    listeners.before('error', failed);
    listeners.before('close', () => {
      life.complete();
      closed.next(true);
      closed.complete();
    });
    listeners.before('listening', () => {
      subscriber.next(service);
    });
    try {
      server.listen(target);
    } catch (error: unknown) {
      failed(error as Error);
    }
  });
}

/** Ends when the server has closed. */
function drained(service: Service, delay: number, { reason, signal }: TeardownContext): Observable<never> {
  const { following, closed, life } = service;
  const deadline: Observable<unknown> = signal.aborted ? of(signal) : fromEvent(signal, 'abort');
  const delayed = delay > 0 ? timer(delay).pipe(takeUntil(deadline)) : EMPTY;
  const drain = defer(() => {
    following.drain(reason);
    return deadline;
  }).pipe(
    tap(() => {
      following.destroy();
    }),
    // before all of this where somebody else has closed it
    takeUntil(closed),
  );
  const failed = defer(() => (service.failed ? EMPTY : life));
  return concat(delayed, drain, failed).pipe(
    ignoreElements(),
    finalize(() => {
      letGo(service);
    }),
  );
}

function letGo({ server, listeners }: Service): void {
  listeners.remove();
  inUse.delete(server);
}
