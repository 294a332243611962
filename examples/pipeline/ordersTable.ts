import { type Database, type Figures } from './Database.js';
import { type Order } from './Order.js';

/** Runs one statement, and returns its rows. */
export type Query = <Row>(statement: string, parameters?: readonly string[]) => Promise<readonly Row[]>;

/** Several processes may start at once, and "if not exists" alone does not keep them apart: one after the other. */
export const schema = `
  select pg_advisory_xact_lock(hashtext('orders'));
  create table if not exists orders (
    id text primary key,
    at timestamptz not null,
    city text not null,
    product text not null,
    quantity integer not null,
    cents integer not null
  );
  create index if not exists orders_at on orders (at desc, id desc);
`;

/** One statement for all of them. In the order of their ids, so that two that write the same ones do not block each other. */
const insert = `
  insert into orders (id, at, city, product, quantity, cents)
  select id, at, city, product, quantity, cents
  from json_to_recordset($1::json)
    as batch (id text, at timestamptz, city text, product text, quantity integer, cents integer)
  order by id
  on conflict (id) do nothing
`;

const totals = `
  select product, city, count(*)::float8 as orders, coalesce(sum(cents), 0)::float8 as cents
  from orders
  group by grouping sets ((), (product), (city))
  order by cents desc
`;

const latest = `
  select id, to_char(at at time zone 'utc', 'YYYY-MM-DD"T"HH24:MI:SS.MS"Z"') as at, city, product, quantity, cents
  from orders
  order by orders.at desc, id desc
  limit 8
`;

interface Total {
  readonly product: string | null;
  readonly city: string | null;
  readonly orders: number;
  readonly cents: number;
}

/** The table of orders in a database that speaks PostgreSQL. */
export function ordersTable(name: string, query: Query): Database {
  return {
    name,
    async write(orders) {
      await query(insert, [JSON.stringify(orders)]);
    },
    async figures() {
      const [rows, newest] = await Promise.all([query<Total>(totals), query<Order>(latest)]);
      return figuresOf(rows, newest);
    },
  };
}

function figuresOf(rows: readonly Total[], latest: readonly Order[]): Figures {
  const all = rows.find(({ product, city }) => product === null && city === null);
  return {
    orders: all?.orders ?? 0,
    cents: all?.cents ?? 0,
    products: rows.flatMap(({ product, orders, cents }) => (product === null ? [] : { name: product, orders, cents })),
    cities: rows.flatMap(({ city, orders, cents }) => (city === null ? [] : { name: city, orders, cents })),
    latest,
  };
}
