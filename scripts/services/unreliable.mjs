import { Buffer } from 'node:buffer';
import { once } from 'node:events';
import { connect, createServer } from 'node:net';
import { freePort } from './service.mjs';

/**
 * The way to a Kafka broker, which can be cut, and restored: for its clients the broker goes down, and comes back on the same
 * port with all that it had.
 */
export async function unreliable(brokers) {
  const upstream = addressOf(brokers);
  const port = await freePort();
  const sockets = new Set();
  const server = createServer((client) => {
    const broker = connect(upstream.port, upstream.host);
    client.pipe(broker);
    passOn(broker, client, { host: upstream.host, from: upstream.port, to: port });
    for (const [socket, other] of [
      [client, broker],
      [broker, client],
    ]) {
      sockets.add(socket);
      // `close` follows
      socket.on('error', () => undefined);
      socket.on('close', () => {
        sockets.delete(socket);
        other.destroy();
      });
    }
  });

  const restore = async () => {
    server.listen(port, '127.0.0.1');
    await once(server, 'listening');
  };
  const cut = async () => {
    if (!server.listening) return;
    server.close();
    for (const socket of sockets) socket.destroy();
    await once(server, 'close');
  };
  await restore();
  return { brokers: `127.0.0.1:${port}`, cut, restore };
}

function addressOf(brokers) {
  const [host, port] = brokers.split(':');
  return { host, port: Number(port) };
}

/**
 * Passes a broker's responses on. They name its address, and clients go where that leads; so there the port is replaced. Each
 * response is held back until it is complete, lest the address is in two pieces.
 */
function passOn(broker, client, { host, from, to }) {
  const address = Buffer.concat([Buffer.from(host), int32(from)]);
  let received = Buffer.alloc(0);
  broker.on('data', (chunk) => {
    received = Buffer.concat([received, chunk]);
    for (;;) {
      if (received.length < 4) return;
      const end = 4 + received.readInt32BE();
      if (received.length < end) return;
      const response = Buffer.from(received.subarray(0, end));
      received = received.subarray(end);
      for (let at = response.indexOf(address); at >= 0; at = response.indexOf(address, at + 1)) {
        response.writeInt32BE(to, at + host.length);
      }
      client.write(response);
    }
  });
}

function int32(value) {
  const buffer = Buffer.alloc(4);
  buffer.writeInt32BE(value);
  return buffer;
}
