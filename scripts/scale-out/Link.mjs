import { once } from 'node:events';
import { connect, createServer } from 'node:net';

/** The way of one process to a server: it can be cut, as by a network that falls silent, and restored. */
export class Link {
  #server;
  #sockets = new Set();
  #silent = false;

  static async to(url) {
    const { protocol, hostname, port } = new URL(url);
    const link = new Link();
    link.#server = createServer((client) => link.#join(client, connect(Number(port), hostname)));
    link.#server.listen(0, '127.0.0.1');
    await once(link.#server, 'listening');
    link.url = `${protocol}//127.0.0.1:${link.#server.address().port}`;
    return link;
  }

  /** Nothing gets through any more, and nobody is told. */
  cut() {
    this.#silent = true;
  }

  /** What was lost stays lost: the connections are closed, and others can be made. */
  restore() {
    this.#silent = false;
    for (const socket of this.#sockets) socket.destroy();
  }

  async close() {
    this.restore();
    this.#server.close();
    await once(this.#server, 'close');
  }

  #join(...ends) {
    for (const [socket, other] of [ends, ends.toReversed()]) {
      this.#sockets.add(socket);
      socket.on('data', (chunk) => this.#silent || other.write(chunk));
      // `close` follows
      socket.on('error', () => undefined);
      socket.on('close', () => {
        this.#sockets.delete(socket);
        other.destroy();
      });
    }
  }
}
