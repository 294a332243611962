import { EventEmitter, once } from 'node:events';
import { createServer, IncomingMessage, ServerResponse, type Server } from 'node:http';
import { Socket, type AddressInfo } from 'node:net';
import { afterEach, describe, expect, it } from '@jest/globals';
import { NEVER, of, Subject, type Observable } from 'rxjs';
import { group, runner, start, type LifecycleEvent, type Run } from '../../../src/index.js';
import { health, httpServer, type HealthState } from '../../../src/node/index.js';
import { isOpen } from '../../helpers/sockets.js';

const anyPort = { port: 0, host: '127.0.0.1' };

describe('health', () => {
  const leftovers: (() => unknown)[] = [];
  afterEach(async () => {
    for (const end of leftovers.splice(0).reverse()) await end();
  });

  function started<T>(source: Observable<T>, next: (value: T) => void = () => undefined): Run {
    const run = start(source, next);
    leftovers.push(() => run.stop().catch(() => undefined));
    return run;
  }

  /** Starts it on a port of its own. */
  async function listening(events: Observable<LifecycleEvent>): Promise<{ run: Run; port: number }> {
    let run!: Run;
    const { port } = await new Promise<AddressInfo>((resolve) => {
      run = started(health(anyPort, events), resolve);
    });
    return { run, port };
  }

  async function ask(port: number, path: string, method = 'GET') {
    const response = await fetch(`http://127.0.0.1:${port}${path}`, { method, headers: { connection: 'close' } });
    const text = await response.text();
    const state = text.startsWith('{') ? (JSON.parse(text) as HealthState) : undefined;
    return { status: response.status, headers: response.headers, text, state };
  }

  const event = (type: LifecycleEvent['type'], ...path: string[]): LifecycleEvent => ({ type, path, at: 0 });

  it('should answer liveness with 200 from the beginning, readiness with 503 until somebody is ready', async () => {
    const events = new Subject<LifecycleEvent>();
    const { port } = await listening(events);
    const nobody = { ready: false, stopping: [], members: {} };

    expect(await ask(port, '/livez')).toMatchObject({ status: 200, state: nobody });
    expect(await ask(port, '/healthz')).toMatchObject({ status: 200, state: nobody });
    expect(await ask(port, '/readyz')).toMatchObject({ status: 503, state: nobody });

    events.next(event('starting', 'db'));
    expect(await ask(port, '/readyz')).toMatchObject({ status: 503, state: { members: { db: 'starting' } } });
    events.next(event('ready', 'db'));
    expect(await ask(port, '/readyz')).toMatchObject({ status: 200, state: { ready: true, members: { db: 'ready' } } });
    expect(await ask(port, '/livez')).toMatchObject({ status: 200, state: { ready: true } });
  });

  it.each<[string, readonly LifecycleEvent[], boolean, Record<string, string>]>([
    ['all are ready', [event('ready', 'a'), event('ready', 'b')], true, { a: 'ready', b: 'ready' }],
    ['one has not started', [event('ready', 'a'), event('starting', 'b')], false, { a: 'ready', b: 'starting' }],
    ['one has completed', [event('ready', 'a'), event('completed', 'b')], true, { a: 'ready', b: 'completed' }],
    ['one is stopping', [event('ready', 'a'), event('stopping', 'b')], false, { a: 'ready', b: 'stopping' }],
    ['one has stopped', [event('ready', 'a'), event('stopped', 'b')], false, { a: 'ready', b: 'stopped' }],
    ['one has failed', [event('ready', 'a'), event('failed', 'b')], false, { a: 'ready', b: 'failed' }],
    ['one was refused', [event('ready', 'a'), event('refused', 'b')], false, { a: 'ready', b: 'notStarted' }],
    ['one is restarted', [event('ready', 'a'), event('restarting', 'a')], true, { a: 'ready' }],
    ['one was left behind', [event('forced', 'a'), event('late', 'a')], false, { a: 'forced' }],
    [
      'an inner group is off, and its own group is ready',
      [event('ready', 'a'), event('stopped', 'a', 'inner')],
      true,
      { a: 'ready', 'a/inner': 'stopped' },
    ],
    [
      'an inner group has begun to stop',
      [event('ready', 'a'), event('stopping', 'a', 'inner')],
      false,
      { a: 'ready', 'a/inner': 'stopping' },
    ],
  ])('should know whether it is ready where %s', async (_, told, ready, members) => {
    const { port } = await listening(new Subject<LifecycleEvent>());
    expect(await ask(port, '/readyz')).toMatchObject({ status: 503 });
    const known = await listening(of(...told));

    const { status, state } = await ask(known.port, '/readyz');
    expect(status).toBe(ready ? 200 : 503);
    expect(state).toMatchObject({ ready, members });
    expect(state?.members).toStrictEqual(members);
  });

  it('should name those who are still stopping', async () => {
    const { port } = await listening(
      of(event('stopping', 'api', 'http'), event('stopping', 'db'), event('stopped', 'db')),
    );

    expect(await ask(port, '/livez')).toMatchObject({
      status: 200,
      state: { stopping: ['api/http'], members: { 'api/http': 'stopping', db: 'stopped' } },
    });
  });

  it('should forget who completes when there are many, and nobody else', async () => {
    const jobs = Array.from({ length: 1_500 }, (_, index) => event('completed', `job ${index}`));
    const { port } = await listening(of(event('ready', 'api'), event('failed', 'old job'), ...jobs));

    const { state } = await ask(port, '/readyz');
    const names = Object.keys(state?.members ?? {});
    expect(names).toHaveLength(1_000);
    expect(names.slice(0, 3)).toStrictEqual(['api', 'old job', 'job 0']);
    expect(names.at(-1)).toBe('job 997');
  });

  it('should answer as Kubernetes and caches expect', async () => {
    const { port } = await listening(of(event('ready', 'api')));

    const { headers, text } = await ask(port, '/readyz?verbose');
    expect(headers.get('content-type')).toBe('application/json');
    expect(headers.get('cache-control')).toBe('no-store');
    expect(text).toBe('{"ready":true,"stopping":[],"members":{"api":"ready"}}\n');

    const head = await ask(port, '/readyz', 'HEAD');
    expect(head.status).toBe(200);
    expect(head.text).toBe('');

    const post = await ask(port, '/livez', 'POST');
    expect(post.status).toBe(404);
    expect(await ask(port, '/')).toMatchObject({ status: 404 });
    expect(await ask(port, '/readyz/more')).toMatchObject({ status: 404 });
  });

  it('should stay up until everybody else is torn down, where the others need it', async () => {
    const lifecycle = new Subject<LifecycleEvent>();
    const addresses: AddressInfo[] = [];
    const tornDown = new Subject<void>();
    const db = runner({
      run: ({ ready }) => {
        ready();
        return NEVER;
      },
      teardown: () => tornDown,
    });
    const healthy = health(anyPort, lifecycle);

    const run = started(
      group({ health: healthy, db }, { needs: { db: ['health'] }, lifecycle }),
      (address) => void addresses.push(address),
    );
    await run.ready;
    const [{ port }] = addresses as [AddressInfo];
    expect(await ask(port, '/readyz')).toMatchObject({
      status: 200,
      state: { members: { health: 'ready', db: 'ready' } },
    });

    const stopped = run.stop();
    expect(await ask(port, '/readyz')).toMatchObject({ status: 503, state: { stopping: ['db'] } });
    expect(await ask(port, '/livez')).toMatchObject({ status: 200 });
    tornDown.complete();

    await stopped;
    expect(await isOpen(port)).toBe(false);
  });

  it('should stay up while a server goes on for its delay, and while it drains', async () => {
    const lifecycle = new Subject<LifecycleEvent>();
    const addresses: AddressInfo[] = [];
    const requests = new EventEmitter();
    const app = httpServer(
      (request, response) => {
        if (request.url === '/slow') requests.emit('slow', response);
        else response.end('hello');
      },
      { ...anyPort, delay: 600 },
    );

    const run = started(
      // watched from outside: the outer group stops the service first
      group(
        { health: health(anyPort, lifecycle), service: group({ app }, { lifecycle }) },
        { needs: { service: ['health'] } },
      ),
      (address) => void addresses.push(address),
    );
    await run.ready;
    const [probes, api] = addresses.map(({ port }) => port) as [number, number];
    const requested = once(requests, 'slow') as Promise<[ServerResponse]>;
    const slow = ask(api, '/slow');
    const [response] = await requested;

    const stopped = run.stop();
    const [ready, served] = await Promise.all([ask(probes, '/readyz'), ask(api, '/')]);
    expect(ready).toMatchObject({ status: 503, state: { members: { app: 'stopping' } } });
    expect(served).toMatchObject({ status: 200, text: 'hello' });
    while (await isOpen(api));
    expect(await ask(probes, '/livez')).toMatchObject({ status: 200, state: { stopping: ['app'] } });
    response.end('slow');

    expect(await slow).toMatchObject({ status: 200, text: 'slow' });
    await stopped;
    expect(await isOpen(probes)).toBe(false);
  });

  it('should err, and close, when the events do', async () => {
    const events = new Subject<LifecycleEvent>();
    const { run, port } = await listening(events);
    const failure = new Error('no more events');

    events.error(failure);

    await expect(run.done).rejects.toBe(failure);
    expect(await isOpen(port)).toBe(false);
  });

  it('should stay when the events complete, and be cold', async () => {
    const events = new Subject<LifecycleEvent>();
    const { run, port } = await listening(events);
    events.next(event('ready', 'api'));
    events.complete();

    expect(await ask(port, '/readyz')).toMatchObject({ status: 200 });
    await run.stop();
    expect(events.observed).toBe(false);
  });

  it('should be named in a list of members, whatever it is on', async () => {
    const names: string[] = [];
    const lifecycle = { next: ({ type, path }: LifecycleEvent) => void names.push(`${path.join('/')} ${type}`) };
    const run = started(group([health(anyPort, NEVER), health({ server: createServer() }, NEVER)], { lifecycle }));
    await run.ready;

    expect(names).toStrictEqual(['health starting', 'health starting', 'health ready', 'health ready']);
    await run.stop();
  });

  it.each([
    ['no port', {}, NEVER, `'port' must be an integer from 0 to 65535, got undefined`],
    ['a server that is none', { server: {} }, NEVER, `'server' must be an http server, got {}`],
    ['events that are none', anyPort, undefined, 'the events must be an ObservableInput, got undefined'],
    ['events that are text', anyPort, 'events', `the events must be an ObservableInput, got 'events'`],
  ])('should refuse %s at once', (_, where, events, message) => {
    const call = () => health(where as typeof anyPort, events as Observable<LifecycleEvent>);
    expect(call).toThrow(TypeError);
    expect(call).toThrow(`health: ${message}`);
  });

  describe('on the server of an application', () => {
    /** Asks without a connection, and thus at once. */
    function askNow(server: Server, url: string): number {
      const request = Object.assign(new IncomingMessage(new Socket()), { url, method: 'GET' });
      const response = new ServerResponse(request);
      server.emit('request', request, response);
      return response.statusCode;
    }

    async function open(server: Server): Promise<number> {
      server.listen(0, '127.0.0.1');
      leftovers.push(() => new Promise((resolve) => server.close(resolve)));
      await once(server, 'listening');
      return (server.address() as AddressInfo).port;
    }

    it('should answer the probes, and leave other requests to the application', async () => {
      const asked: unknown[] = [];
      const server = createServer((request, response) => {
        asked.push(request.url);
        response.writeHead(201).end('the application');
      });
      const values: unknown[] = [];
      const run = started(health({ server }, of(event('ready', 'api'))), (value) => void values.push(value));
      server.on('request', (request) => asked.push(`later ${String(request.url)}`));
      const port = await open(server);

      expect(await ask(port, '/readyz')).toMatchObject({ status: 200, state: { ready: true } });
      expect(asked).toStrictEqual([]);
      expect(await ask(port, '/other')).toMatchObject({ status: 201, text: 'the application' });
      expect(await ask(port, '/livez', 'POST')).toMatchObject({ status: 201, text: 'the application' });
      expect(asked).toStrictEqual(['/other', 'later /other', '/livez', 'later /livez']);
      expect(run.closed).toBe(false);

      await run.stop();
      expect(await ask(port, '/readyz')).toMatchObject({ status: 201, text: 'the application' });
      expect(values).toStrictEqual([]);
    });

    it('should be ready at once, and leave alone who has put himself in front of it', async () => {
      const server = createServer((_, response) => response.end('the application'));
      const run = started(group({ health: health({ server }, NEVER) }));
      await run.ready;
      const emit = server.emit.bind(server) as (event: string, ...values: unknown[]) => boolean;
      let seen = 0;
      const inFront = (event: string, ...values: unknown[]): boolean => {
        seen++;
        return emit(event, ...values);
      };
      server.emit = inFront;
      await run.stop();

      const port = await open(server);
      expect(Object.values(server)).toContain(inFront);
      expect(await ask(port, '/readyz')).toMatchObject({ status: 200, text: 'the application' });
      expect(seen).toBeGreaterThan(0);
    });

    it('should not be ready any more before the first teardown begins', async () => {
      const server = createServer();
      const lifecycle = new Subject<LifecycleEvent>();
      const statuses: number[] = [];
      const member = runner({
        run: ({ ready }) => {
          ready();
          return NEVER;
        },
        teardown: () => void statuses.push(askNow(server, '/readyz'), askNow(server, '/livez')),
      });
      const run = started(
        group({ health: health({ server }, lifecycle), member }, { lifecycle, needs: { member: ['health'] } }),
      );
      await run.ready;
      expect(askNow(server, '/readyz')).toBe(200);

      await run.stop();

      expect(statuses).toStrictEqual([503, 200]);
    });

    it('should answer probes while that server goes on for its delay', async () => {
      const deadline = new Subject<void>();
      const server = createServer((_, response) => response.end('hello'));
      const lifecycle = new Subject<LifecycleEvent>();
      const addresses: AddressInfo[] = [];
      const run = started(
        group(
          { health: health({ server }, lifecycle), api: httpServer(server, { ...anyPort, delay: 1_000_000 }) },
          { lifecycle, needs: { api: ['health'] }, grace: deadline },
        ),
        (address) => void addresses.push(address),
      );
      await run.ready;
      const [{ port }] = addresses as [AddressInfo];
      expect(await ask(port, '/readyz')).toMatchObject({ status: 200 });

      const stopped = run.stop();
      expect(await ask(port, '/readyz')).toMatchObject({ status: 503, state: { stopping: ['api'] } });
      expect(await ask(port, '/livez')).toMatchObject({ status: 200 });
      expect(await ask(port, '/')).toMatchObject({ text: 'hello' });
      deadline.next();

      await expect(stopped).rejects.toMatchObject({ errors: [{ name: 'GraceExceededError' }] });
      expect(await isOpen(port)).toBe(false);
    });
  });
});
