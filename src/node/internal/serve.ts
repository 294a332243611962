import type { EventEmitter } from 'node:events';
import type { AddressInfo } from 'node:net';
import type { Observable } from 'rxjs';
import type { StopError } from '../../index.js';
import { checkListening } from './checkListening.js';
import { connectionsOf, type Connected } from './connectionsOf.js';
import { hosted } from './hosted.js';
import { intercept, type Handlers } from './intercept.js';
import { onAbort } from './onAbort.js';
import { AlreadyRunningError, awaitTeardown, wait } from './imports.js';

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

/** How a server of some kind is drained. */
export interface Drain<C> {
  /** What it hears of meanwhile. */
  readonly events?: Handlers;
  /** Closes the listener. */
  close(reason: StopError): void;
  /** Sends somebody away, as soon as may be. */
  dismiss(connection: C): void;
}

// A server that still drains does not listen, and is not free.
const inUse = new WeakSet<Listenable>();

/** A runner that listens until it is stopped, and then drains. */
export function serve<S extends Listenable, C extends Connected>(
  name: string,
  options: PortOptions | PathOptions,
  open: () => S,
  drainOf: (server: S) => Drain<C>,
): Observable<AddressInfo | string> {
  checkListening(name, options);
  const { delay = 0, ...target } = options;
  return hosted(name, (subscriber, ready) => {
    const server = open();
    if (inUse.has(server) || (server as { listening?: boolean }).listening) throw new AlreadyRunningError();
    inUse.add(server);
    const removals: (() => void)[] = [];
    const heard = <V>(event: string): Promise<V> =>
      new Promise((resolve) => {
        const hear = (value: V): boolean => {
          resolve(value);
          // which would be thrown, if nobody heard it
          return event === 'error' && !server.listenerCount(event);
        };
        removals.push(intercept(server, { [event]: hear }));
      });
    let isOpen = false;
    const closed = heard('close').then(() => {
      isOpen = false;
    });
    const failed = heard('error').then((error) => {
      throw error;
    });
    const ended = Promise.race([closed, failed]);
    const listening = heard('listening').then(() => {
      isOpen = true;
      ready();
      subscriber.next(server.address() ?? '');
    });
    const drain = drainOf(server);
    const connections = connectionsOf('setSecureContext' in server, (connection) => {
      try {
        drain.dismiss(connection as C);
      } catch (error: unknown) {
        server.emit('error', error);
        connection.destroy?.();
      }
    });
    for (const events of [drain.events, connections.events]) if (events) removals.push(intercept(server, events));
    try {
      server.listen(target);
    } catch (error: unknown) {
      server.emit('error', error);
    }
    const stop = (isKnown: boolean): void => {
      const patience = isOpen && !isKnown ? delay : 0;
      awaitTeardown(async ({ reason, signal }) => {
        // to fail is told below
        await Promise.race([listening, failed]).catch(() => undefined);
        if (patience) await wait(patience, undefined, { signal }).catch(() => undefined);
        if (isOpen) {
          drain.close(reason);
          connections.dismiss();
          onAbort(signal, connections.destroy);
          await closed;
        }
        inUse.delete(server);
        for (const remove of removals) remove();
        if (!isKnown) await ended;
      });
    };
    return [ended, stop];
  });
}
