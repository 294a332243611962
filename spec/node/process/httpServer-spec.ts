import { EventEmitter, once } from 'node:events';
import { mkdtempSync } from 'node:fs';
import { createServer, type RequestListener, type ServerResponse } from 'node:http';
import { createServer as createHttp2Server, createSecureServer } from 'node:http2';
import { connect, createServer as createNetServer, type AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { connect as connectSecurely } from 'node:tls';
import { describe, expect, it } from '@jest/globals';
import { NEVER, Subject } from 'rxjs';
import { AlreadyRunningError, group, RunGroupError, runner, start, type LifecycleEvent } from '../../../src/index.js';
import { drainSignal, httpServer } from '../../../src/node/index.js';
import { isOpen, opened, serverOf, type Serving } from '../../helpers/sockets.js';

const anyPort = { port: 0, host: '127.0.0.1' };

describe('httpServer', () => {
  const { served, client, afterwards } = opened();

  /** A handler that a spec answers for: `/now` is answered at once, everything else is handed to the spec. */
  function handled(): { handler: RequestListener; next: (path: string) => Promise<ServerResponse> } {
    const requests = new EventEmitter();
    return {
      handler: (request, response) => {
        if (request.url === '/now') response.end('now');
        else requests.emit(request.url ?? '', response);
      },
      async next(path) {
        const [response] = (await once(requests, path)) as [ServerResponse];
        return response;
      },
    };
  }

  describe.each(['http', 'https'] as const)('of %s', (scheme) => {
    const serve = (handler: RequestListener, options = {}): Promise<Serving> =>
      served(httpServer(serverOf(scheme, handler), { ...anyPort, ...options }));

    it('should emit its address when it listens, be ready then, and stay until it is stopped', async () => {
      const { port, run, events } = await serve((_, response) => response.end('hello'));

      expect(events).toStrictEqual(['starting', 'ready']);
      const visitor = client(scheme, port).get('/', 'Connection: close\r\n');
      await visitor.received('hello');
      expect(run.closed).toBe(false);

      await run.stop();
      expect(events).toStrictEqual(['starting', 'ready', 'stopping', 'stopped']);
      expect(await isOpen(port)).toBe(false);
    });

    it('should close a connection that is idle at once', async () => {
      const { port, run } = await serve(handled().handler);
      const visitor = client(scheme, port).get('/now');
      await visitor.received('now');

      await run.stop();

      expect(await visitor.closed).toBeUndefined();
      expect(visitor.text).toMatch(/Connection: keep-alive/);
    });

    it('should close a connection that has never sent a byte at once', async () => {
      const { port, run } = await serve(handled().handler);
      const silent = client('net', port);
      await once(silent.socket, 'connect');
      // the server knows of the first one when it has answered the second
      await client(scheme, port).get('/now').received('now');

      await run.stop();

      expect(silent.text).toBe('');
      await silent.closed;
    });

    it('should let a request in flight have its whole body, with "Connection: close", and end with it', async () => {
      const { handler, next } = handled();
      const { port, run } = await serve(handler);
      const visitor = client(scheme, port).get('/slow');
      const response = await next('/slow');

      const stopped = run.stop();
      expect(await isOpen(port)).toBe(false);
      expect(run.closed).toBe(false);
      response.end('x'.repeat(100_000));

      await stopped;
      await visitor.closed;
      const [head = '', body] = visitor.text.split('\r\n\r\n');
      expect(head).toMatch(/Connection: close/);
      expect(body).toHaveLength(100_000);
    });

    it('should leave a request that is never answered until the deadline, and destroy it then', async () => {
      const { handler, next } = handled();
      const { port, run, events, deadline } = await serve(handler);
      const hanging = client(scheme, port).get('/hangs');
      await next('/hangs');
      const visitor = client(scheme, port).get('/slow');
      const response = await next('/slow');

      const stopped = run.stop();
      response.end('slow');
      await visitor.closed;
      expect(hanging.socket.destroyed).toBe(false);
      deadline();

      await expect(stopped).rejects.toMatchObject({ errors: [{ name: 'GraceExceededError' }] });
      await hanging.closed;
      expect(hanging.text).toBe('');
      expect(events).toStrictEqual(['starting', 'ready', 'stopping', 'forced', 'late']);
    });

    it('should leave server-sent events until the deadline', async () => {
      const { handler, next } = handled();
      const { port, run, deadline } = await serve(handler);
      const listener = client(scheme, port).get('/events');
      const response = await next('/events');
      response.writeHead(200, { 'Content-Type': 'text/event-stream' }).write('data: 1\n\n');
      await listener.received('data: 1');

      const stopped = run.stop();
      response.write('data: 2\n\n');
      await listener.received('data: 2');
      deadline();

      await expect(stopped).rejects.toThrow(RunGroupError);
      await listener.closed;
    });

    it('should end server-sent events when the drain begins if the application asked for that', async () => {
      const { port, run } = await serve((request, response) => {
        response.writeHead(200, { 'Content-Type': 'text/event-stream' }).write('data: 1\n\n');
        drainSignal(request).addEventListener('abort', () => response.end('data: bye\n\n'));
      });
      const listener = client(scheme, port).get('/events');
      await listener.received('data: 1');

      await run.stop();

      expect(await listener.closed).toBeUndefined();
      // the chunk that says that it was the last one
      expect(listener.text).toMatch(/data: bye\n\n\r\n0\r\n\r\n$/);
    });

    it('should refuse new connections while it drains', async () => {
      const { handler, next } = handled();
      const { port, run } = await serve(handler);
      const visitor = client(scheme, port).get('/slow');
      const response = await next('/slow');

      const stopped = run.stop();
      expect(await client(scheme, port).closed).toBe('ECONNREFUSED');

      response.end('slow');
      await visitor.received('slow');
      await stopped;
    });

    it('should answer a second request on the connection during the drain, and close it after that one', async () => {
      const { handler, next } = handled();
      const { port, run } = await serve(handler);
      const visitor = client(scheme, port).get('/first');
      const first = await next('/first');

      const stopped = run.stop();
      visitor.get('/second');
      const second = await next('/second');
      first.end('the first');
      second.end('the second');
      await stopped;

      expect(await visitor.closed).toBeUndefined();
      const [, one, two] = visitor.text.split('HTTP/1.1 200 OK');
      expect(one).toMatch(/the first/);
      expect(one).not.toMatch(/Connection: close/);
      expect(two).toMatch(/Connection: close[^]*the second/);
    });

    it('should say "close" to a request that follows one whose head had been sent before the stop', async () => {
      const { handler, next } = handled();
      const { port, run } = await serve(handler);
      const visitor = client(scheme, port).get('/first');
      const first = await next('/first');
      first.writeHead(200, { 'Content-Length': 6 }).write('fir');
      await visitor.received('fir');

      const stopped = run.stop();
      visitor.get('/second');
      const second = await next('/second');
      first.end('st.');
      second.end('second');
      await stopped;

      expect(await visitor.closed).toBeUndefined();
      expect(visitor.text).toMatch(/keep-alive[^]*first\.HTTP[^]*Connection: close[^]*second$/);
    });

    it('should say "close" to an upload as soon as all of it has come', async () => {
      const { port, run } = await serve((request, response) => {
        request.resume().once('end', () => response.end('thank you'));
      });
      const visitor = client(scheme, port).send('POST /upload HTTP/1.1\r\nHost: h\r\nContent-Length: 10\r\n\r\n12345');
      const other = client(scheme, port).get('/', 'Connection: close\r\n');
      await other.received('thank you');

      const stopped = run.stop();
      expect(await isOpen(port)).toBe(false);
      visitor.send('67890');
      await stopped;

      expect(await visitor.closed).toBeUndefined();
      expect(visitor.text).toMatch(/Connection: close[^]*thank you$/);
    });

    it('should let who still uploads have the answer that comes before the end of it', async () => {
      const { handler, next } = handled();
      const { port, run } = await serve(handler);
      const size = 5_000_000;
      const visitor = client(scheme, port);
      const requested = next('/upload');
      visitor.send(`POST /upload HTTP/1.1\r\nHost: h\r\nContent-Length: ${size}\r\n\r\n`);
      const response = await requested;

      const stopped = run.stop();
      // more than is ever buffered, and nobody reads it
      visitor.send('x'.repeat(size - 1));
      response.end('x'.repeat(200_000));
      await visitor.received('x'.repeat(200_000));
      expect(run.closed).toBe(false);
      visitor.send('x');
      await stopped;

      expect(await visitor.closed).toBeUndefined();
      expect(visitor.text.split('\r\n\r\n')[1]).toHaveLength(200_000);
    });

    it('should close a connection within 50 ms of the moment in which it becomes idle', async () => {
      const { handler, next } = handled();
      const { port, run } = await serve(handler);
      const streams = Array.from({ length: 5 }, async (_, index) => {
        const visitor = client(scheme, port);
        const requested = next(`/stream${index}`);
        visitor.get(`/stream${index}`);
        const response = await requested;
        response.writeHead(200, { 'Content-Length': 10 }).write('begin');
        await visitor.received('begin');
        return { visitor, response };
      });
      const open = await Promise.all(streams);

      const stopped = run.stop();
      const times: number[] = [];
      for (const { visitor, response } of open) {
        response.end('final');
        await visitor.received('final');
        const idle = performance.now();
        await visitor.closed;
        times.push(performance.now() - idle);
        expect(visitor.text).toMatch(/keep-alive/);
      }
      await stopped;

      // the machine may be busy with something else, but not five times
      expect(Math.min(...times)).toBeLessThan(50);
    });

    it.each([
      ['WebSocket', 'upgrade', 'GET / HTTP/1.1\r\nHost: h\r\nConnection: Upgrade\r\nUpgrade: websocket\r\n\r\n'],
      ['CONNECT', 'connect', 'CONNECT example.org:443 HTTP/1.1\r\nHost: example.org\r\n\r\n'],
    ])('should leave a %s to the application, and destroy it at the deadline', async (_, event, head) => {
      const server = serverOf(scheme);
      const { port, run, deadline } = await served(httpServer(server, anyPort));
      // also where the application only begins to listen when the server does
      server.on(event, (_request, socket: NodeJS.ReadWriteStream) => {
        socket.write('HTTP/1.1 101 Switching Protocols\r\n\r\n');
        socket.pipe(socket);
      });
      const visitor = client(scheme, port).send(head);
      await visitor.received('101');

      const stopped = run.stop();
      expect(await isOpen(port)).toBe(false);
      visitor.send('echo');
      await visitor.received('echo');
      deadline();

      await expect(stopped).rejects.toThrow(RunGroupError);
      await visitor.closed;
    });

    it('should tell the application when to end a WebSocket, and end with it', async () => {
      const server = serverOf(scheme).on('upgrade', (request, socket) => {
        socket.write('HTTP/1.1 101 Switching Protocols\r\n\r\n');
        drainSignal(request).addEventListener('abort', () => socket.end('goodbye'));
      });
      const { port, run } = await served(httpServer(server, anyPort));
      const visitor = client(scheme, port).get('/', 'Connection: Upgrade\r\nUpgrade: websocket\r\n');
      await visitor.received('101');

      await run.stop();

      expect(await visitor.closed).toBeUndefined();
      expect(visitor.text).toMatch(/goodbye$/);
    });

    it('should not cut off a response that was ended, and is still being read by a slow client', async () => {
      const size = 20_000_000;
      const body = Buffer.alloc(size, 'x');
      const { handler, next } = handled();
      const { port, run } = await serve(handler);
      const visitor = client(scheme, port).get('/large');
      const response = await next('/large');
      visitor.socket.pause();
      response.end(body);

      const stopped = run.stop();
      expect(await isOpen(port)).toBe(false);
      expect(response.writableFinished).toBe(false);
      visitor.socket.resume();

      await stopped;
      expect(await visitor.closed).toBeUndefined();
      expect(visitor.text.split('\r\n\r\n')[1]).toHaveLength(size);
    });

    it('should go on as before for the delay, then drain', async () => {
      const { handler, next } = handled();
      const { port, run } = await serve(handler, { delay: 600 });
      const before = client(scheme, port).get('/slow');
      const response = await next('/slow');

      const began = performance.now();
      const stopped = run.stop();
      const visitor = client(scheme, port).get('/now');
      await visitor.received('now');
      response.end('slow');
      await before.received('slow');
      await stopped;

      expect(performance.now() - began).toBeGreaterThan(595);
      expect(visitor.text).toMatch(/keep-alive/);
      expect(await visitor.closed).toBeUndefined();
      expect(await isOpen(port)).toBe(false);
    });

    it('should cut the delay short at the deadline', async () => {
      const { handler } = handled();
      const { port, run, deadline } = await serve(handler, { delay: 1_000_000 });
      const visitor = client(scheme, port).get('/now');
      await visitor.received('now');

      const stopped = run.stop();
      deadline();

      await expect(stopped).rejects.toThrow(RunGroupError);
      await visitor.closed;
      expect(await isOpen(port)).toBe(false);
    });

    it('should track a request that waits for "100 Continue" where the application decides on it', async () => {
      const { handler, next } = handled();
      const server = serverOf(scheme).on('checkContinue', handler);
      const { port, run } = await served(httpServer(server, anyPort));
      const visitor = client(scheme, port).get('/slow', 'Expect: 100-continue\r\nContent-Length: 0\r\n');
      const response = await next('/slow');

      const stopped = run.stop();
      response.end('slow');
      await stopped;

      expect(await visitor.closed).toBeUndefined();
      expect(visitor.text).toMatch(/Connection: close[^]*slow/);
    });

    it('should leave the server as it was', async () => {
      const server = serverOf(scheme, handled().handler).on('upgrade', () => undefined);
      const names = () => server.eventNames().map((name) => [name, server.listenerCount(name)]);
      const before = names();

      for (let times = 0; times < 2; times++) {
        const { run } = await served(httpServer(server, anyPort));
        await run.stop();
        expect(names()).toStrictEqual(before);
        expect(Object.keys(server)).not.toContain('closeIdleConnections');
      }
    });
  });

  it('should destroy a connection that is in the middle of the TLS handshake', async () => {
    const { port, run } = await served(httpServer(serverOf('https', handled().handler), anyPort));
    const silent = client('net', port).send('\x16\x03\x01');
    await once(silent.socket, 'connect');
    await client('https', port).get('/now').received('now');

    await run.stop();
    await silent.closed;
  });

  it('should close a connection that becomes secure only during the drain', async () => {
    // on a Unix socket nobody can tell which handshake is over
    const path = join(mkdtempSync(join(tmpdir(), 'rx-runner-')), 'socket');
    const { handler } = handled();
    const server = serverOf('https', handler);
    const run = start(httpServer(server, { path }));
    afterwards(() => run.stop());
    await once(server, 'listening');
    const accepted = once(server, 'connection');
    const socket = connect(path);
    await accepted;

    const stopped = run.stop();
    const secured = connectSecurely({ socket, rejectUnauthorized: false });
    await once(secured, 'secureConnect');

    await Promise.all([stopped, once(secured, 'close')]);
  });

  it('should give each subscription of a handler a server of its own', async () => {
    const hello = httpServer((_, response) => response.end('hello'), anyPort);
    const [one, two] = await Promise.all([served(hello), served(hello)]);

    expect(one.port).not.toBe(two.port);
    await one.run.stop();
    const visitor = client('http', two.port).get('/', 'Connection: close\r\n');
    await visitor.received('hello');
    await two.run.stop();
  });

  it('should refuse a server that listens, or has not closed yet, and take it when it has', async () => {
    const { handler, next } = handled();
    const hello = httpServer(serverOf('http', handler), anyPort);
    const first = await served(hello);

    await expect(start(hello).done).rejects.toThrow(AlreadyRunningError);
    client('http', first.port).get('/slow');
    const response = await next('/slow');
    const stopped = first.run.stop();
    await expect(start(hello).done).rejects.toThrow(AlreadyRunningError);
    response.end();
    await stopped;

    const second = await served(hello);
    await client('http', second.port).get('/now').received('now');
    await second.run.stop();
  });

  it('should err when it cannot listen, stop its group, and close nothing that is not its own', async () => {
    const other = createNetServer((socket) => socket.end('other')).listen(0, '127.0.0.1');
    afterwards(() => other.close());
    await once(other, 'listening');
    const { port } = other.address() as AddressInfo;
    const log: string[] = [];
    const server = serverOf('http');
    const sibling = runner({ run: () => NEVER, teardown: () => void log.push('sibling torn down') });

    const { done } = start(group({ sibling, api: httpServer(server, { ...anyPort, port }) }));

    await expect(done).rejects.toMatchObject({
      failures: [{ path: ['api'], phase: 'run', error: { code: 'EADDRINUSE' } }],
    });
    expect(log).toStrictEqual(['sibling torn down']);
    expect(server.listenerCount('error')).toBe(0);
    await client('net', port).received('other');
    // it can be tried again
    const again = await served(httpServer(server, anyPort));
    await again.run.stop();
  });

  it('should leave no port open when it is stopped while it begins to listen', async () => {
    // a name has to be looked up: it listens some time after the call
    const server = serverOf('http');
    const addresses: unknown[] = [];
    let port = 0;

    const run = start(httpServer(server, { port: 0, host: 'localhost', delay: 1_000_000 }), (address) => {
      addresses.push(address);
    });
    server.prependListener('listening', () => {
      ({ port } = server.address() as AddressInfo);
    });
    expect(server.listening).toBe(false);
    await run.stop();

    expect(addresses).toStrictEqual([]);
    expect(port).toBeGreaterThan(0);
    expect(await isOpen(port)).toBe(false);
  });

  it('should end once, however often it is stopped', async () => {
    const { handler, next } = handled();
    const { port, run, events } = await served(httpServer(handler, anyPort));
    const visitor = client('http', port).get('/slow');
    const response = await next('/slow');

    const stops = [run.stop(), run.stop()];
    response.end('slow');
    await Promise.all([...stops, run.stop()]);

    await visitor.received('slow');
    expect(events).toStrictEqual(['starting', 'ready', 'stopping', 'stopped']);
  });

  it('should err when the server has an error, and drain it', async () => {
    const { handler, next } = handled();
    const server = serverOf('http', handler);
    const { port, run } = await served(httpServer(server, { ...anyPort, delay: 1_000_000 }));
    const failure = new Error('accept failed');
    const visitor = client('http', port).get('/slow');
    const response = await next('/slow');

    server.emit('error', failure);
    expect(await isOpen(port)).toBe(false);
    response.end('slow');

    await expect(run.done).rejects.toMatchObject({ failures: [{ path: ['member'], phase: 'run', error: failure }] });
    await visitor.received('slow');
  });

  it('should count an error that the server has while it drains, and wait all the same', async () => {
    const { handler, next } = handled();
    const server = serverOf('http', handler);
    const { port, run } = await served(httpServer(server, anyPort));
    const failure = new Error('while draining');
    const visitor = client('http', port).get('/slow');
    const response = await next('/slow');

    const stopped = run.stop();
    server.emit('error', failure);
    expect(await isOpen(port)).toBe(false);
    expect(run.closed).toBe(false);
    response.end('slow');

    await expect(stopped).rejects.toMatchObject({
      failures: [{ path: ['member'], phase: 'teardown', error: failure }],
    });
    await visitor.received('slow');
  });

  it('should complete when somebody else closes the server', async () => {
    const server = serverOf('http');
    const { run, events } = await served(httpServer(server, anyPort));

    server.close();
    await run.done;

    expect(events).toStrictEqual(['starting', 'ready', 'completed']);
    expect(server.eventNames()).not.toContain('error');
  });

  it('should answer a request for an upgrade that the application knows nothing of, as without it', async () => {
    const { port, run } = await served(httpServer(handled().handler, anyPort));

    const visitor = client('http', port).get('/now', 'Connection: Upgrade\r\nUpgrade: websocket\r\n');
    await visitor.received('now');

    await run.stop();
    expect(visitor.text).toMatch(/200 OK/);
  });

  it('should listen on a Unix socket, and emit its path', async () => {
    const path = join(mkdtempSync(join(tmpdir(), 'rx-runner-')), 'socket');
    const paths: string[] = [];
    const ready = new Subject<LifecycleEvent>();
    const run = start(
      group({ api: httpServer((_, response) => response.end('hello'), { path }) }, { lifecycle: ready }),
      (value) => {
        paths.push(value);
      },
    );
    while (paths.length === 0) await new Promise((resolve) => setImmediate(resolve));

    expect(paths).toStrictEqual([path]);
    await run.stop();
  });

  it.each([
    ['nothing', undefined, anyPort, 'the application must be a listener or an http server, got undefined'],
    ['a net server', createNetServer(), anyPort, 'the application must be a listener or an http server'],
    ['an http2 server', createHttp2Server(), anyPort, 'the application must be a listener or an http server'],
    [
      'an http2 server for http/1',
      createSecureServer(),
      anyPort,
      'the application must be a listener or an http server',
    ],
    ['no options', () => undefined, undefined, `'port' must be an integer from 0 to 65535, got undefined`],
    ['a port that is text', () => undefined, { port: '80' }, `'port' must be an integer from 0 to 65535, got '80'`],
    ['a port that is none', createServer(), { port: 65_536 }, `'port' must be an integer from 0 to 65535, got 65536`],
    [
      'a negative delay',
      () => undefined,
      { port: 0, delay: -1 },
      `'delay' must be an integer from 0 to 2147483647, got -1`,
    ],
    [
      'an endless delay',
      () => undefined,
      { port: 0, delay: Infinity },
      `'delay' must be an integer from 0 to 2147483647, got Infinity`,
    ],
  ])('should refuse %s at once', (_, app, options, message) => {
    const call = () => httpServer(app as RequestListener, options as typeof anyPort);
    expect(call).toThrow(TypeError);
    expect(call).toThrow(`httpServer: ${message}`);
  });

  it.each([
    ['an empty path', { path: '' }, 'ERR_INVALID_ARG_VALUE'],
    ['a host that is none', { port: 0, host: 1 }, 'ERR_INVALID_ARG_TYPE'],
  ])('should leave it to Node to refuse %s', async (_, options, code) => {
    const server = httpServer(() => undefined, options as unknown as typeof anyPort);
    await expect(start(server).done).rejects.toMatchObject({ name: 'TypeError', code });
  });
});
