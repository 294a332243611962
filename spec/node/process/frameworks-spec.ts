import { generateKeyPairSync } from 'node:crypto';
import { EventEmitter, once } from 'node:events';
import { createServer, type Server as HttpServer } from 'node:http';
import { createServer as createNetServer, type AddressInfo } from 'node:net';
import { describe, expect, it } from '@jest/globals';
import express, { type Request, type Response } from 'express';
import fastify, { type FastifyReply } from 'fastify';
import { finalize } from 'rxjs';
import ssh2, { type ClientChannel, type Connection, type ServerChannel } from 'ssh2';
import { finalizeAsync, group, RunGroupError, start } from '../../../src/index.js';
import { drainSignal, health, httpServer, netServer } from '../../../src/node/index.js';
import { isOpen, opened } from '../../helpers/sockets.js';

const anyPort = { port: 0, host: '127.0.0.1' };

const { served, client: connect, afterwards } = opened();
const client = (port: number) => connect('http', port);

describe('httpServer', () => {
  it('should run an Express application', async () => {
    const requests = new EventEmitter();
    const app = express();
    app.use(express.json());
    app.get('/now', (_: Request, response: Response) => void response.json({ now: true }));
    app.get('/slow', (_: Request, response: Response) => void requests.emit('slow', response));
    app.get('/events', (request: Request, response: Response) => {
      response.type('text/event-stream').write('data: 1\n\n');
      drainSignal(request).addEventListener('abort', () => response.end('data: bye\n\n'));
    });
    const { port, run } = await served(httpServer(app, anyPort));
    const idle = client(port).get('/now');
    await idle.received('{"now":true}');
    const events = client(port).get('/events');
    await events.received('data: 1');
    const requested = once(requests, 'slow') as Promise<[Response]>;
    const slow = client(port).get('/slow');
    const [response] = await requested;

    const stopped = run.stop();
    await Promise.all([idle.closed, events.closed]);
    expect(run.closed).toBe(false);
    response.send('x'.repeat(100_000));
    await stopped;

    expect(await slow.closed).toBeUndefined();
    expect(events.text).toMatch(/data: bye/);
    expect(slow.text).toMatch(/Connection: close/);
    expect(slow.text.split('\r\n\r\n')[1]).toHaveLength(100_000);
    const again = await served(httpServer(app, anyPort));
    await client(again.port).get('/missing').received('404 Not Found');
    await again.run.stop();
  });

  it('should run a Fastify application, and close it afterwards', async () => {
    const requests = new EventEmitter();
    const log: string[] = [];
    const app = fastify();
    app.get('/now', async () => Promise.resolve({ now: true }));
    app.get('/slow', (_, reply) => void requests.emit('slow', reply));
    app.get('/events', (request, reply) => {
      reply.raw.writeHead(200, { 'Content-Type': 'text/event-stream' }).write('data: 1\n\n');
      drainSignal(request.raw).addEventListener('abort', () => reply.raw.end('data: bye\n\n'));
    });
    app.addHook('onClose', (_, done) => {
      log.push(`closed, ${app.server.listening ? 'listening' : 'not listening'}`);
      done();
    });
    await app.ready();
    const { port, run } = await served(
      httpServer(app.server, anyPort).pipe(
        finalize(() => log.push('stopping')),
        finalizeAsync(() => app.close()),
      ),
    );
    const idle = client(port).get('/now');
    await idle.received('{"now":true}');
    const events = client(port).get('/events');
    await events.received('data: 1');
    const requested = once(requests, 'slow') as Promise<[FastifyReply]>;
    const slow = client(port).get('/slow');
    const [reply] = await requested;

    const stopped = run.stop();
    await Promise.all([idle.closed, events.closed]);
    expect(log).toStrictEqual(['stopping']);
    void reply.send('x'.repeat(100_000));
    await stopped;

    expect(await slow.closed).toBeUndefined();
    expect(slow.text).toMatch(/connection: close/i);
    expect(slow.text.split('\r\n\r\n')[1]).toHaveLength(100_000);
    expect(events.text).toMatch(/data: bye/);
    expect(log).toStrictEqual(['stopping', 'closed, not listening']);
  });

  it('should share an Express application with health', async () => {
    const app = express();
    app.get('/', (_: Request, response: Response) => void response.send('hello'));
    const server: HttpServer = createServer(app);
    const addresses: AddressInfo[] = [];
    const events = new EventEmitter();
    const run = start(
      group({
        health: health({ server }, [{ type: 'ready', path: ['api'], at: 0 }]),
        api: httpServer(server, anyPort),
      }),
      (address) => {
        addresses.push(address);
        events.emit('address');
      },
    );
    if (addresses.length === 0) await once(events, 'address');
    const [{ port }] = addresses as [AddressInfo];

    await client(port).get('/readyz').received('"ready":true');
    await client(port).get('/').received('hello');
    await client(port).get('/other').received('404');
    await run.stop();
  });
});

describe('netServer', () => {
  // not one of ssh2's own making: of some hundred, it cannot read one itself
  const { privateKey } = generateKeyPairSync('rsa', {
    modulusLength: 2048,
    privateKeyEncoding: { type: 'pkcs1', format: 'pem' },
    publicKeyEncoding: { type: 'pkcs1', format: 'pem' },
  });
  const hostKeys = [privateKey];

  /** A server with one command, which ends when the spec says so. */
  function sshServer(commands: EventEmitter): ssh2.Server {
    return new ssh2.Server({ hostKeys }, (connection) => {
      connection
        .on('error', () => undefined)
        .on('authentication', (context) => context.accept())
        .on('session', (accept) => {
          accept().on('exec', (acceptCommand) => {
            commands.emit('exec', acceptCommand());
          });
        });
    });
  }

  async function connected(port: number): Promise<ssh2.Client> {
    const visitor = new ssh2.Client();
    afterwards(() => visitor.destroy());
    visitor.on('error', () => undefined).connect({ ...anyPort, port, username: 'somebody', password: 'anything' });
    await once(visitor, 'ready');
    return visitor;
  }

  function exec(visitor: ssh2.Client, command: string): Promise<ClientChannel> {
    return new Promise((resolve, reject) => {
      visitor.exec(command, (error, channel) => {
        if (error) reject(error);
        else resolve(channel);
      });
    });
  }

  it('should run an ssh2 server, and end its sessions', async () => {
    const commands = new EventEmitter();
    const { port, run } = await served(netServer(sshServer(commands), anyPort));
    const visitor = await connected(port);
    const closed = once(visitor, 'close');
    const begun = once(commands, 'exec') as Promise<[ServerChannel]>;
    const channel = await exec(visitor, 'uptime');
    const [session] = await begun;
    session.write('up\n');
    expect(String((await once(channel, 'data'))[0])).toBe('up\n');

    await run.stop();

    await closed;
    expect(await isOpen(port)).toBe(false);
  });

  it('should let an ssh2 session say goodbye', async () => {
    const commands = new EventEmitter();
    const server = sshServer(commands);
    const sessions: ServerChannel[] = [];
    commands.on('exec', (session: ServerChannel) => sessions.push(session));
    const { port, run } = await served(
      netServer<Connection & { end(): unknown }>(server, {
        ...anyPort,
        end(connection) {
          for (const session of sessions) {
            session.write('the server stops\n');
            session.exit(3);
            session.end();
          }
          connection.end();
        },
      }),
    );
    const visitor = await connected(port);
    const channel = await exec(visitor, 'uptime');
    let text = '';
    channel.on('data', (data: Buffer) => {
      text += data.toString();
    });
    const exit = once(channel, 'exit');

    await run.stop();

    expect((await exit)[0]).toBe(3);
    expect(text).toBe('the server stops\n');
  });

  it('should destroy what does not end, on a net server that hands its sockets to ssh2', async () => {
    const ssh = sshServer(new EventEmitter());
    const { port, run, deadline } = await served(
      netServer(
        createNetServer({ allowHalfOpen: true }, (socket) => {
          ssh.injectSocket(socket);
        }),
        anyPort,
      ),
    );
    // says nothing, not even what version it has
    const silent = connect('net', port);
    silent.socket.allowHalfOpen = true;
    await silent.received('SSH-2.0');

    const stopped = run.stop();
    await once(silent.socket, 'end');
    expect(run.closed).toBe(false);
    deadline();

    await expect(stopped).rejects.toThrow(RunGroupError);
    silent.socket.end('too late');
    await silent.closed;
  });
});
