/**
 * What is drawn, whatever it is drawn with.
 *
 * @public
 */
export interface TimelineOptions {
  /** The grace period of the group, in milliseconds: its end, counted from the stop, is drawn as a line. */
  readonly grace?: number | undefined;
  /**
   * Whether the times are frames of a `TestScheduler`, shown as they are. Default: no, they are milliseconds, shown as time
   * since the start of the picture.
   */
  readonly frames?: boolean | undefined;
  /**
   * Where the picture starts, as `at` of the events tells the time: of a long run the last seconds may be of more interest.
   * Default: the first event, or frame 0.
   */
  readonly from?: number | undefined;
  /**
   * Where the picture ends at the earliest: `Date.now()` shows how long a program runs in which nothing has happened of late.
   * Default: the last event, or the end of the grace period.
   */
  readonly until?: number | undefined;
}
