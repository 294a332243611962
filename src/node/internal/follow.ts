import type { EventEmitter } from 'node:events';
import type { Socket } from 'node:net';
import type { StopError } from '../../index.js';

/** What follows whom a server is connected with, and can send them away. */
export interface Following {
  /** Closes the listener, and sends away whoever waits for nothing. */
  drain(reason: StopError): void;
  /** Sends everybody away. */
  destroy(): void;
}

/** Somebody that a server is connected with. */
export interface Connected {
  once(event: 'close', listener: () => void): unknown;
  destroy?(): unknown;
}

/** The listeners that a server is followed with, to be removed together. */
export class Listeners {
  readonly #server: EventEmitter;
  readonly #removals: (() => void)[] = [];

  constructor(server: EventEmitter) {
    this.#server = server;
  }

  /** Before the listeners of the application: what they do may already end what is to be followed. */
  before(event: string, listener: (...values: never[]) => void): void {
    const any = listener as (...values: unknown[]) => void;
    this.#server.prependListener(event, any);
    this.#removals.push(() => this.#server.off(event, any));
  }

  /** Only once the application listens too: that somebody does changes what the server does. */
  along(event: string, listener: (...values: never[]) => void): void {
    if (this.#server.listenerCount(event) > 0) {
      this.before(event, listener);
      return;
    }
    const wait = (added: string | symbol): void => {
      if (added !== event) return;
      this.#server.off('newListener', wait);
      this.before(event, listener);
    };
    this.before('newListener', wait);
  }

  remove(): void {
    this.#removals.forEach((remove) => {
      remove();
    });
  }
}

/** Those whom a server is connected with, each with what there is to know of it. */
export class Connections<C extends Connected, State> {
  readonly open: Map<C, State> = new Map<C, State>();
  /** Sockets of a TLS server that are not secure yet. */
  readonly #handshakes = new Map<unknown, Socket>();

  constructor(server: EventEmitter, listeners: Listeners, opened: (connection: C) => State) {
    const add = (connection: C): void => {
      connection.once('close', () => this.open.delete(connection));
      this.open.set(connection, opened(connection));
    };
    if (!('setSecureContext' in server)) {
      listeners.before('connection', add);
      return;
    }
    listeners.before('connection', (socket: Socket) => {
      const peer = peerOf(socket);
      this.#handshakes.set(peer, socket);
      socket.once('close', () => {
        if (this.#handshakes.get(peer) === socket) this.#handshakes.delete(peer);
      });
    });
    listeners.before('secureConnection', (socket: C & Socket) => {
      this.#handshakes.delete(peerOf(socket));
      add(socket);
    });
  }

  /** Who is not even secure yet has asked for nothing. */
  destroyHandshakes(): void {
    this.#handshakes.forEach((socket, peer) => {
      // of a Unix socket nobody can tell whether it has become secure
      if (peer !== socket) socket.destroy();
    });
  }

  destroyAll(): void {
    for (const socket of this.#handshakes.values()) socket.destroy();
    for (const connection of this.open.keys()) connection.destroy?.();
  }
}

/** The other end: the one thing that a secure socket has publicly in common with the socket below it. */
function peerOf(socket: Socket): unknown {
  const { remoteAddress, remotePort } = socket;
  return remotePort === undefined ? socket : `${String(remoteAddress)} ${remotePort}`;
}
