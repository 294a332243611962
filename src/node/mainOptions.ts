/**
 * Which exit code a program has that a signal has stopped, and in which nothing has failed: `'auto'` is 130 after SIGINT, else
 * 0 · `'zero'` is 0 · `'signal'` is 128 and the signal's number, as shells count · `'kill'` dies of the signal itself, which the
 * parent process sees; as process 1, which does not die of it, it is as `'signal'` · a function gets the signal's name, and
 * returns the code.
 *
 * @public
 */
export type MainExitCode = 'auto' | 'zero' | 'signal' | 'kill' | ((signal: string) => number);

/**
 * Who is told what `runMain` has to say; `console` and the usual loggers fit.
 *
 * @public
 */
export interface MainLogger {
  /** Which signal came, and who is still stopping. */
  info(line: string): void;
  /** What failed, with its stack, which makes several lines; and that the end was forced. */
  error(line: string): void;
}

/**
 * The options of `runMain`.
 *
 * @public
 */
export interface MainOptions {
  /**
   * The signals that stop the program. Default: SIGINT, SIGTERM and SIGHUP, on Windows SIGINT, SIGBREAK and SIGHUP. An empty
   * list: none.
   */
  readonly signals?: readonly string[];
  /** Milliseconds that the teardowns have once `runMain` stops the program; default 10 000. `Infinity` is no limit. */
  readonly grace?: number;
  /** The exit code after a signal, if nothing failed; default `'auto'`: 130 after SIGINT, else 0. */
  readonly exitCode?: MainExitCode;
  /** Default: one that writes to stderr. */
  readonly logger?: MainLogger;
  /** Milliseconds after the first signal until another one forces the end; default 500. */
  readonly debounce?: number;
}
