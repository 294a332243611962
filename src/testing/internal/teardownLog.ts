/**
 * One teardown of a runner from marbles, in frames of virtual time.
 *
 * @public
 */
export interface TeardownLog {
  readonly startedFrame: number;
  /** `Infinity` where it had not ended, or was left behind because a grace period was over. */
  readonly endedFrame: number;
  readonly failed: boolean;
}
