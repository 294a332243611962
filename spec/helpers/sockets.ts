import { once } from 'node:events';
import { readFileSync } from 'node:fs';
import { createServer, type RequestListener, type Server } from 'node:http';
import { createServer as createSecureServer } from 'node:https';
import { connect, type AddressInfo, type Socket } from 'node:net';
import { connect as connectSecurely } from 'node:tls';
import { afterEach } from '@jest/globals';
import { Subject, type Observable } from 'rxjs';
import { group, start, type LifecycleEvent, type Run } from '../../src/index.js';

const pem = (name: string) => readFileSync(new URL(`../fixtures/localhost-${name}.pem`, import.meta.url));

/** Certificate and key of a server on this machine. */
export const identity = { cert: pem('cert'), key: pem('key') };

/** `http` or `https`: each behaviour of a drain holds for both. */
export type Scheme = 'http' | 'https';

export function serverOf(scheme: Scheme, handler?: RequestListener): Server {
  const server = scheme === 'http' ? createServer(handler) : createSecureServer(identity, handler);
  // what does not end by itself is seen not to
  return Object.assign(server, { keepAliveTimeout: 30_000 });
}

/** A client that sees the bytes. */
class RawClient {
  readonly socket: Socket;
  text = '';
  /** How the connection ended: undefined, or the code of the error. */
  readonly closed: Promise<string | undefined>;

  constructor(scheme: Scheme | 'net', port: number) {
    const where = { port, host: '127.0.0.1' };
    this.socket = scheme === 'https' ? connectSecurely({ ...where, rejectUnauthorized: false }) : connect(where);
    let code: string | undefined;
    this.closed = new Promise((resolve) => {
      this.socket
        .setEncoding('latin1')
        .on('data', (text: string) => {
          this.text += text;
        })
        .on('error', (error: NodeJS.ErrnoException) => {
          code = error.code;
        })
        .on('close', () => {
          resolve(code);
        });
    });
  }

  send(text: string): this {
    this.socket.write(text);
    return this;
  }

  get(path: string, headers = ''): this {
    return this.send(`GET ${path} HTTP/1.1\r\nHost: localhost\r\n${headers}\r\n`);
  }

  /** Waits until it has received this; fails when the connection has ended without it. */
  async received(text: string): Promise<void> {
    while (!this.text.includes(text)) {
      const more = await Promise.race([once(this.socket, 'data'), this.closed.then(() => undefined)]);
      if (!more && !this.text.includes(text)) throw new Error(`ended before '${text}', after '${this.text}'`);
    }
  }
}

/** A server that runs as the only member of a group, whose grace period ends when the spec says so. */
export interface Serving {
  readonly port: number;
  readonly run: Run;
  readonly events: readonly string[];
  /** The end of the grace period. */
  readonly deadline: () => void;
}

/** What a spec opens, and what is closed after it, also if it fails. */
export interface Opened {
  /** Starts a server, and waits until it listens. */
  readonly served: (member: Observable<AddressInfo>) => Promise<Serving>;
  readonly client: (scheme: Scheme | 'net', port: number) => RawClient;
  /** To be called, and waited for, after the spec; the last one first. */
  readonly afterwards: (close: () => unknown) => void;
}

/** To be called where the specs of a file are described. */
export function opened(): Opened {
  const closings: (() => unknown)[] = [];
  afterEach(async () => {
    for (const close of closings.splice(0).reverse()) await close();
  });
  return {
    async served(member) {
      const serving = await serve(member);
      closings.push(() => {
        const stopped = serving.run.stop().catch(() => undefined);
        serving.deadline();
        return stopped;
      });
      return serving;
    },
    client(scheme, port) {
      const client = new RawClient(scheme, port);
      closings.push(() => client.socket.destroy());
      return client;
    },
    afterwards(close) {
      closings.push(close);
    },
  };
}

async function serve(member: Observable<AddressInfo>): Promise<Serving> {
  const deadline = new Subject<void>();
  const events: string[] = [];
  const lifecycle = { next: ({ type }: LifecycleEvent) => events.push(type) };
  let run!: Run;
  const { port } = await new Promise<AddressInfo>((resolve, reject) => {
    run = start(group({ member }, { grace: deadline, lifecycle }), { next: resolve, error: reject });
  });
  return { port, run, events, deadline: () => deadline.next() };
}

/** Whether somebody listens there. */
export async function isOpen(port: number): Promise<boolean> {
  const socket = connect({ port, host: '127.0.0.1' });
  try {
    await once(socket, 'connect');
    return true;
  } catch {
    return false;
  } finally {
    socket.destroy();
  }
}
