import { fork, type ChildProcess } from 'node:child_process';
import { EventEmitter, once } from 'node:events';
import { Agent, get } from 'node:http';
import { fileURLToPath } from 'node:url';
import { describe, expect, it } from '@jest/globals';

const connections = 200;
const stops = Number(process.env.LOAD_STOPS ?? 10);

/** What became of a request: undefined if its whole body came. */
interface Outcome {
  readonly id: string;
  readonly failure?: string;
}

/** What a server process tells at its end. */
interface Account {
  readonly read: readonly string[];
  readonly open: readonly string[];
}

class Load {
  readonly child: ChildProcess;
  readonly outcomes: Outcome[] = [];
  /** Requests that failed, were made once more when the next server listened, and failed again. */
  readonly notAnsweredOnRetry: Outcome[] = [];
  readonly #events = new EventEmitter().setMaxListeners(0);
  readonly #account: Promise<Account>;
  readonly #ended: Promise<unknown>;
  #port = 0;
  /** How many servers have listened. */
  #server = 0;
  #stopping = false;

  constructor(...args: string[]) {
    const file = fileURLToPath(new URL('../../fixtures/load-server.ts', import.meta.url));
    this.child = fork(file, args, { execArgv: ['--import', 'tsx'] });
    this.#ended = once(this.child, 'exit');
    this.#account = new Promise((resolve) => {
      this.child.on('message', (message: { port: number } | Account) => {
        if ('read' in message) resolve(message);
        else {
          this.#port = message.port;
          this.#server++;
          this.#events.emit('listening');
        }
      });
    });
  }

  /** Keeps requests going, stops the server in the middle of them so many times, and returns what it has told. */
  async run(times: number): Promise<Account> {
    await once(this.#events, 'listening');
    const clients = Array.from({ length: connections }, (_, index) => this.#client(String(index)));
    for (let stop = 1; stop <= times; stop++) {
      await this.#everyClientServed();
      const listening = once(this.#events, 'listening');
      this.child.send(stop < times ? 'swap' : 'stop');
      if (stop < times) await listening;
      else this.#stopping = true;
    }
    const account = await this.#account;
    this.#events.emit('listening');
    await Promise.all(clients);
    return account;
  }

  ended(): Promise<unknown> {
    return this.#ended;
  }

  /** Whether each connection has had an answer of the server that listens now. */
  async #everyClientServed(): Promise<void> {
    const served = new Set<string>();
    while (served.size < connections) {
      const [name, server] = (await once(this.#events, 'served')) as [string, number];
      if (server === this.#server) served.add(name);
    }
  }

  /** One request after another on one connection. */
  async #client(name: string): Promise<void> {
    const agent = new Agent({ keepAlive: true, maxSockets: 1 });
    for (let count = 0; !this.#stopping; count++) {
      const id = `${name}-${count}`;
      const server = this.#server;
      const outcome = await request(this.#port, id, agent);
      this.outcomes.push(outcome);
      if (outcome.failure === undefined) this.#events.emit('served', name, server);
      else await this.#retry(id, server, agent);
    }
    agent.destroy();
  }

  /** Makes a request once more, as soon as the next server listens; at the end there is none. */
  async #retry(id: string, server: number, agent: Agent): Promise<void> {
    if (server === this.#server) await once(this.#events, 'listening');
    if (this.#stopping) return;
    const outcome = await request(this.#port, `${id}-again`, agent);
    this.outcomes.push(outcome);
    if (outcome.failure !== undefined) this.notAnsweredOnRetry.push(outcome);
  }
}

function request(port: number, id: string, agent: Agent): Promise<Outcome> {
  const size = 1 + ((id.length * 7919 + port) % 64_000);
  return new Promise((resolve) => {
    let received = 0;
    const failed = (error: NodeJS.ErrnoException): void => {
      resolve({ id, failure: `${String(error.code)} after ${received} of ${size} bytes` });
    };
    get({ host: '127.0.0.1', port, path: `/${id}?size=${size}`, agent }, (response) => {
      response
        .on('data', (chunk: Buffer) => {
          received += chunk.length;
        })
        .on('error', failed)
        .on('end', () => {
          resolve(received === size ? { id } : { id, failure: `${received} of ${size} bytes` });
        });
    }).on('error', failed);
  });
}

/** The check: requests that the process had read, and whose body did not come. */
function lost({ outcomes }: Load, { read }: Account): readonly Outcome[] {
  const wasRead = new Set(read);
  return outcomes.filter(({ id, failure }) => failure !== undefined && wasRead.has(id));
}

describe('httpServer under load', () => {
  it(
    `should answer every request that it has read, stopped ${stops} times in the middle of them`,
    async () => {
      const load = new Load();
      const account = await load.run(stops);

      expect(lost(load, account)).toStrictEqual([]);
      expect(load.notAnsweredOnRetry).toStrictEqual([]);
      expect(account.open).toStrictEqual([]);
      expect(await load.ended()).toStrictEqual([0, null]);
      expect(account.read.length).toBeGreaterThan(connections * stops);
      // those that it never read, and only those, were refused or reset
      const neverRead = load.outcomes.filter(({ failure }) => failure !== undefined);
      expect(load.outcomes.length - neverRead.length).toBe(account.read.length);
    },
    30_000 + stops * 3_000,
  );

  it('should be seen to lose requests where a drain ends connections that have an open response', async () => {
    const load = new Load('careless');
    const account = await load.run(6);

    expect(lost(load, account).length).toBeGreaterThan(0);
    await load.ended();
  }, 60_000);
});
