/** The same ones for every process of the service. */
export interface LeaseSettings {
  /** The bucket in which the lease is an entry. */
  readonly bucket: string;
  /** How long a lease lasts that is not renewed, in milliseconds. */
  readonly duration: number;
  /** Who asks for it: told to whoever looks into the bucket. */
  readonly process: string;
}
