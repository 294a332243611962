import { once } from 'node:events';
import { mkdtempSync } from 'node:fs';
import { createServer as createHttpServer } from 'node:http';
import { connect, createServer, type AddressInfo, type Server, type Socket } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { connect as connectSecurely, createServer as createTlsServer } from 'node:tls';
import { describe, expect, it } from '@jest/globals';
import { lastValueFrom, take } from 'rxjs';
import { AlreadyRunningError, group, RunGroupError, settle, start } from '../../../src/index.js';
import { netServer, type NetServerLike } from '../../../src/node/index.js';
import { identity, isOpen, opened } from '../../helpers/sockets.js';

const anyPort = { port: 0, host: '127.0.0.1' };

describe('netServer', () => {
  const { served, client: connected, afterwards } = opened();

  describe.each([
    ['net', 'net'],
    ['tls', 'https'],
  ] as const)('of %s', (kind, scheme) => {
    const serverOf = (handler: (socket: Socket) => void): Server =>
      kind === 'net' ? createServer(handler) : createTlsServer(identity, handler);

    const echo = () => serverOf((socket) => socket.pipe(socket));

    const client = (port: number, of: 'net' | 'https' = scheme) => connected(of, port);

    it('should emit its address when it listens, be ready then, and stay until it is stopped', async () => {
      const { port, run, events } = await served(netServer(echo(), anyPort));

      expect(events).toStrictEqual(['starting', 'ready']);
      await client(port).send('hello').received('hello');
      expect(run.closed).toBe(false);

      await run.stop();
      expect(events).toStrictEqual(['starting', 'ready', 'stopping', 'stopped']);
      expect(await isOpen(port)).toBe(false);
    });

    it('should end its connections when it is stopped, and send what is still to be sent', async () => {
      const size = 1_000_000;
      const { port, run } = await served(
        netServer(
          serverOf((socket) => {
            socket.once('data', () => socket.write('x'.repeat(size)));
          }),
          anyPort,
        ),
      );
      const visitor = client(port).send('go');
      await visitor.received('x');

      await run.stop();

      expect(await visitor.closed).toBeUndefined();
      expect(visitor.text).toHaveLength(size);
    });

    it('should end a connection that has never sent a byte', async () => {
      const { port, run } = await served(netServer(echo(), anyPort));
      const silent = client(port, 'net');
      await once(silent.socket, 'connect');
      await client(port).send('known').received('known');

      await run.stop();
      await silent.closed;
    });

    it('should leave a connection that does not end until the deadline, and destroy it then', async () => {
      // what the other side sends is never read, so its end is not seen either
      const { port, run, deadline } = await served(
        netServer(
          serverOf((socket) => {
            socket.write('hello');
            socket.on('error', () => undefined);
          }),
          anyPort,
        ),
      );
      const hanging = client(port);
      hanging.socket.allowHalfOpen = true;
      await hanging.received('hello');

      const stopped = run.stop();
      await once(hanging.socket, 'end');
      expect(run.closed).toBe(false);
      expect(await isOpen(port)).toBe(false);
      deadline();

      await expect(stopped).rejects.toThrow(RunGroupError);
      hanging.socket.end('too late');
      await hanging.closed;
    });

    it('should say goodbye in the words of the protocol', async () => {
      const { port, run } = await served(
        netServer(echo(), { ...anyPort, end: (socket) => socket.end('421 closing\r\n') }),
      );
      const visitor = client(port).send('hello\r\n');
      await visitor.received('hello');

      await run.stop();

      expect(await visitor.closed).toBeUndefined();
      expect(visitor.text).toBe('hello\r\n421 closing\r\n');
    });

    it('should fail where a goodbye throws, and say it to the others', async () => {
      const failure = new Error('no words');
      let goodbyes = 0;
      const { port, run } = await served(
        netServer(echo(), {
          ...anyPort,
          end(socket) {
            if (goodbyes++ === 0) throw failure;
            socket.end('goodbye');
          },
        }),
      );
      const visitors = [client(port), client(port)] as const;
      for (const visitor of visitors) await visitor.send('hello').received('hello');

      await expect(run.stop()).rejects.toMatchObject({
        failures: [{ path: ['member'], phase: 'teardown', error: failure }],
      });
      await Promise.all(visitors.map(({ closed }) => closed));
      expect(visitors[0].text + visitors[1].text).toBe('hellohellogoodbye');
    });

    it('should go on as before for the delay', async () => {
      const { port, run } = await served(netServer(echo(), { ...anyPort, delay: 600 }));

      const stopped = run.stop();
      await client(port).send('still here').received('still here');
      await stopped;

      expect(await isOpen(port)).toBe(false);
    });

    it('should leave the server as it was, and run it again', async () => {
      const server = echo();
      const names = () => server.eventNames().map((name) => [name, server.listenerCount(name)]);
      const before = names();
      const member = netServer(server, anyPort);

      for (let times = 0; times < 2; times++) {
        const { port, run } = await served(member);
        await expect(start(member).done).rejects.toThrow(AlreadyRunningError);
        await client(port).send('hello').received('hello');
        await run.stop();
        expect(names()).toStrictEqual(before);
      }
    });
  });

  it('should end a connection that becomes secure only during the drain', async () => {
    // on a Unix socket nobody can tell which handshake is over
    const path = join(mkdtempSync(join(tmpdir(), 'rx-runner-')), 'socket');
    const server = createTlsServer(identity, (socket) => socket.pipe(socket));
    const run = start(netServer(server, { path }));
    afterwards(() => run.stop());
    await once(server, 'listening');
    const accepted = once(server, 'connection');
    const socket = connect(path);
    await accepted;

    const stopped = run.stop();
    const secured = connectSecurely({ socket, rejectUnauthorized: false }).resume();
    await once(secured, 'secureConnect');

    await Promise.all([stopped, once(secured, 'close')]);
  });

  it('should err when it cannot listen, and stop its group', async () => {
    const other = createServer().listen(0, '127.0.0.1');
    afterwards(() => other.close());
    await once(other, 'listening');
    const { port } = other.address() as AddressInfo;

    const { done } = start(group({ mail: netServer(createServer(), { ...anyPort, port }) }));

    await expect(done).rejects.toMatchObject({
      failures: [{ path: ['mail'], phase: 'run', error: { code: 'EADDRINUSE' } }],
    });
    expect(other.listening).toBe(true);
  });

  it('should err when the server throws instead of listening', async () => {
    const failure = new Error('not today');
    const server = createServer();
    server.listen = () => {
      throw failure;
    };

    await expect(start(netServer(server, anyPort)).done).rejects.toBe(failure);
    expect(server.listenerCount('listening')).toBe(0);
  });

  it('should err when the server has an error, and end its connections', async () => {
    const server = createServer((socket) => socket.pipe(socket));
    const { port, run } = await served(netServer(server, anyPort));
    const visitor = connected('net', port).send('hello');
    await visitor.received('hello');
    const failure = new Error('accept failed');

    server.emit('error', failure);

    await expect(run.done).rejects.toMatchObject({ errors: [failure] });
    expect(await visitor.closed).toBeUndefined();
  });

  it('should listen on a Unix socket, and emit its path', async () => {
    const path = join(mkdtempSync(join(tmpdir(), 'rx-runner-')), 'socket');

    expect(await lastValueFrom(netServer(createServer(), { path }).pipe(take(1), settle()), { defaultValue: '' })).toBe(
      path,
    );
  });

  it.each([
    ['nothing', undefined, anyPort, 'the server must be a net server, got undefined'],
    ['an http server', createHttpServer(), anyPort, 'the server must be a net server, got [Server]'],
    ['a port that is none', createServer(), { port: 0.5 }, `'port' must be an integer from 0 to 65535, got 0.5`],
    ['a goodbye that is none', createServer(), { port: 0, end: 'bye' }, `'end' must be a function, got 'bye'`],
  ])('should refuse %s at once', (_, server, options, message) => {
    const call = () => netServer(server as NetServerLike, options as typeof anyPort);
    expect(call).toThrow(TypeError);
    expect(call).toThrow(`netServer: ${message}`);
  });
});
