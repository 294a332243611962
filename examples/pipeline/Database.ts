import { type Order } from './Order.js';

/** The database behind one interface: PostgreSQL, or PGlite in a folder. */
export interface Database {
  /** For the log: which one, and where. */
  readonly name: string;
  /** Resolves when all of them are safe. An order that is there already, by its id, is left as it is. */
  write(orders: readonly Order[]): Promise<void>;
  figures(): Promise<Figures>;
}

export interface Figures {
  readonly orders: number;
  readonly cents: number;
  readonly products: readonly { readonly name: string; readonly orders: number; readonly cents: number }[];
  readonly cities: readonly { readonly name: string; readonly orders: number; readonly cents: number }[];
  /** The newest ones first. */
  readonly latest: readonly Order[];
}
