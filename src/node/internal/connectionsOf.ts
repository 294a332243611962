import type { Handlers } from './intercept.js';

/** Somebody that a server is connected with. */
export interface Connected {
  once(event: 'close', listener: () => void): unknown;
  destroy?(): unknown;
  readonly remoteAddress?: string | undefined;
  readonly remotePort?: number | undefined;
}

/** Those whom a server is connected with. */
export interface Connections {
  readonly events: Handlers;
  /** Dismisses everybody, and who comes later. */
  dismiss(): void;
  /** Sends everybody away at once. */
  destroy(): void;
}

/** Follows whom a server is connected with; `isSecure`: the sockets of a TLS server become secure in a second step. */
export function connectionsOf(isSecure: boolean, dismiss: (connection: Connected) => void): Connections {
  const all = new Set<Connected>();
  const greeted = new Set<Connected>();
  let isDraining = false;
  const add = (to: Set<Connected>, connection: Connected): void => {
    to.add(connection);
    connection.once('close', () => to.delete(connection));
  };
  const greet = (connection: Connected): void => {
    add(greeted, connection);
    if (isDraining) dismiss(connection);
  };
  return {
    events: {
      connection(connection: Connected) {
        add(all, connection);
        if (!isSecure) greet(connection);
      },
      secureConnection: greet,
    },
    dismiss() {
      isDraining = true;
      const peers = new Set([undefined, ...Array.from(greeted, peerOf)]);
      // Who is not even secure yet has asked for nothing. Of a Unix socket nobody can tell whether it has become secure.
      for (const connection of all) if (!peers.has(peerOf(connection))) connection.destroy?.();
      greeted.forEach(dismiss);
    },
    destroy() {
      for (const connection of [...all, ...greeted]) connection.destroy?.();
    },
  };
}

/** The other end: the one thing that a secure socket has publicly in common with the socket below it. */
function peerOf({ remoteAddress, remotePort }: Connected): unknown {
  return remotePort && `${String(remoteAddress)} ${remotePort}`;
}
