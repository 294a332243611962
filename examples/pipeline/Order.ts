/** What goes through the pipeline. */
export interface Order {
  /** Unique, and the same when it is sent again: `${producer}-${number}`. */
  readonly id: string;
  /** ISO 8601. */
  readonly at: string;
  readonly city: string;
  readonly product: string;
  readonly quantity: number;
  /** The price of all of it. */
  readonly cents: number;
}
