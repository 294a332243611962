import { Client } from 'pg';
import { type LeaseSettings } from './LeaseSettings.js';

/**
 * What only the leader writes: the sums of all orders, and who has led when. The times are those of the database.
 *
 * Each entry carries the leader's token, and one with a smaller token than that of the last entry is refused: a leader that was
 * held up, and does not know yet that there is another one, changes nothing here.
 */
export class Books {
  readonly #client: Client;
  readonly #process: string;
  readonly #token: number;

  private constructor(client: Client, process: string, token: number) {
    this.#client = client;
    this.#process = process;
    this.#token = token;
  }

  static async open(url: string, { process, duration }: LeaseSettings, token: number): Promise<Books> {
    // a leader that waits for the database must have given that up before there is another one
    const client = new Client({
      connectionString: url,
      connectionTimeoutMillis: duration / 3,
      query_timeout: duration / 3,
    });
    const books = new Books(client, process, token);
    try {
      await client.connect();
      await client.query(tables);
      await books.update();
    } catch (error) {
      await client.end();
      throw error;
    }
    return books;
  }

  /** Calls it when the connection is lost. */
  onLost(tell: (error: Error) => void): void {
    this.#client.on('error', tell);
  }

  /** Adds the orders up, and enters the sums. */
  async update(): Promise<void> {
    const { rowCount } = await this.#client.query(entry, [this.#token, this.#process]);
    if (!rowCount) throw new Error(`the entry of token ${this.#token} is refused: a later leader has made one`);
  }

  /** Enters that this leader is done, if that is not too late. */
  async close(): Promise<void> {
    try {
      await this.#client.query(end, [this.#token]);
    } finally {
      await this.#client.end();
    }
  }

  /** Waits for nothing: what is under way is broken off. */
  disconnect(): void {
    void this.#client.end();
  }
}

// Two processes may come here at once, and `if not exists` alone would fail for one of them.
const tables = `
  select pg_advisory_xact_lock(hashtext('books'));
  create table if not exists leaders (
    token bigint primary key,
    process text not null,
    began timestamptz not null,
    wrote timestamptz not null,
    ended timestamptz
  );
  create table if not exists books (
    one boolean primary key default true check (one),
    token bigint not null default 0,
    orders bigint not null default 0,
    cents bigint not null default 0,
    at timestamptz not null default clock_timestamp()
  );
  insert into books default values on conflict do nothing;`;

const entry = `
  with sums as (
    select count(*) as orders, coalesce(sum(cents), 0) as cents from orders
  ), book as (
    update books set token = $1, orders = sums.orders, cents = sums.cents, at = clock_timestamp()
    from sums where token <= $1
    returning at
  )
  insert into leaders (token, process, began, wrote) select $1, $2, at, at from book
  on conflict (token) do update set wrote = excluded.wrote`;

const end = `
  update leaders set ended = clock_timestamp()
  from books where leaders.token = $1 and books.token = $1`;
