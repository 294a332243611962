import { NatsError, type KV } from 'nats';
import { runner } from 'rx-runner';
import { concat, defer, ignoreElements, repeat, timer, type Observable } from 'rxjs';
import { type LeaseSettings } from './LeaseSettings.js';

/**
 * An entry in a bucket that is there for as long as it is renewed.
 *
 *     renewed   asks again    is lost without an answer   nobody has it
 *     |------------|------------|------------|
 *        a third      a third      a third: whoever works for it has to stop
 *
 * The server counts from when it got the request, we from when we sent it, which was before. And ours is a clock that
 * nobody sets.
 */
export class Lease {
  /** Greater than that of any lease before it. */
  readonly token: number;
  readonly #bucket: KV;
  readonly #settings: LeaseSettings;
  #revision: number;
  #sent: number;

  private constructor(bucket: KV, settings: LeaseSettings, revision: number, sent: number) {
    this.#bucket = bucket;
    this.#settings = settings;
    this.token = revision;
    this.#revision = revision;
    this.#sent = sent;
  }

  /** The lease, or nothing while somebody else has it. */
  static async take(bucket: KV, settings: LeaseSettings): Promise<Lease | undefined> {
    const sent = performance.now();
    try {
      const revision = await bucket.create(key, settings.process);
      return new Lease(bucket, settings, revision, sent);
    } catch (error) {
      if (isWrongRevision(error)) return undefined;
      throw error;
    }
  }

  /** Renews it each time a third of it is over; errs when it is lost. */
  renewals(): Observable<never> {
    const third = this.#settings.duration / 3;
    // Each renewal is a runner: at a stop one that is under way is waited for, so that `giveUp` knows the latest revision.
    return defer(() =>
      concat(
        this.#after(third),
        runner(() => this.#renew()),
      ),
    ).pipe(ignoreElements(), repeat());
  }

  /** Completes when, without another renewal, it has run out. */
  end(): Observable<never> {
    return defer(() => this.#after(this.#settings.duration)).pipe(ignoreElements());
  }

  /** So that another one can have it at once. */
  async giveUp(): Promise<void> {
    if (this.#age() >= this.#settings.duration) return;
    try {
      await this.#bucket.delete(key, { previousSeq: this.#revision });
    } catch (error) {
      // it is not ours any more
      if (isWrongRevision(error)) return;
      throw new Error('the lease could not be given up: another leader comes when it has run out', { cause: error });
    }
  }

  async #renew(): Promise<void> {
    const sent = performance.now();
    // a process that was stopped, or a machine that slept
    if (this.#age() > (2 / 3) * this.#settings.duration) throw new Error('the lease was renewed too late');
    this.#revision = await this.#bucket.update(key, this.#settings.process, this.#revision);
    this.#sent = sent;
  }

  #age(): number {
    return performance.now() - this.#sent;
  }

  #after(age: number): Observable<unknown> {
    return timer(Math.max(0, age - this.#age()));
  }
}

export const key = 'leader';

/** Of JetStream: the last revision of the key is another one than the request said. */
function isWrongRevision(error: unknown): boolean {
  return error instanceof NatsError && error.api_error?.err_code === 10071;
}
