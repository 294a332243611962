import { auditTime, from, ignoreElements, tap, type Observable, type ObservableInput } from 'rxjs';
import { runner, type LifecycleEvent } from '../index.js';
import { check } from './internal/check.js';
import { storyOf, timeOf } from './internal/storyOf.js';
import { toText, type TextOptions } from './toText.js';

/**
 * What {@link liveTimeline} writes to: `process.stdout` will do.
 *
 * @public
 */
export interface LiveTimelineOptions extends TextOptions {
  /** Takes the text. */
  write(text: string): unknown;
  /** How high the terminal is, read at each drawing. Default: high enough. */
  readonly rows?: number | undefined;
  /** Whether it is a terminal, in which the picture is drawn anew in its place. Default: no, so each event gets a line. */
  readonly isTTY?: boolean | undefined;
}

/**
 * A runner that prints lifecycle events while they happen: in a terminal it draws the timeline, and draws it anew in its
 * place; elsewhere, as in a log file, it prints a line for each event.
 *
 * It emits nothing; it ends when the events end, or when it is stopped. Subscribed beside the program, and never stopped, it
 * shows every end, also those that come late: a `Subject` holds no process. As a member it would be told to stop with the others;
 * let what it shows need it, and it is stopped after them:
 *
 * ```
 * group({ timeline, program }, { needs: { program: ['timeline'] }, until: ['program'] })
 * ```
 *
 * A terminal is drawn to at most every 40 ms, in one write, after which the cursor is visible and below the picture, whatever
 * becomes of the program. What does not fit on the screen is shown at the end. What else the program prints to the same
 * terminal comes between the pictures, and some of it is lost. All events are kept.
 *
 * @example
 * ```ts
 * import { group, interrupt, runner, type LifecycleEvent } from 'rx-runner';
 * import { liveTimeline } from 'rx-runner/timeline';
 * import { interval, Subject, timer } from 'rxjs';
 *
 * const lifecycle = new Subject<LifecycleEvent>();
 * const ticker = runner({ run: () => interval(1000), teardown: () => timer(500) });
 * liveTimeline(lifecycle, process.stdout).subscribe();
 * group({ ticker, interrupt: interrupt() }, { lifecycle }).subscribe();
 * ```
 * @param events - as they are told; a `Subject` that is the `lifecycle` of a group
 * @param options - see {@link LiveTimelineOptions}; `process.stdout` will do
 * @returns a runner
 * @throws TypeError if there is no `write`
 * @public
 */
export function liveTimeline(events: ObservableInput<LifecycleEvent>, options: LiveTimelineOptions): Observable<never> {
  const { isTTY, write } = options;
  check(typeof write === 'function', "'write'", 'a function', write);
  return runner(({ ready }) => {
    const seen: LifecycleEvent[] = [];
    let height = 0;
    let first: number | undefined;
    const redraw = (rows?: number): void => {
      const lines = toText(seen, options)
        .split('\n')
        .slice(0, rows && rows - 1);
      const back = height ? `\x1b[${height}A` : '';
      // Long lines are cut off. The cursor is hidden only meanwhile: however the program ends, it is there.
      options.write(`\x1b[?25l\x1b[?7l${back}\x1b[J${lines.join('\n')}\n\x1b[?7h\x1b[?25h`);
      height = lines.length;
    };
    ready();
    return from(events).pipe(
      tap((event) => {
        seen.push(event);
        if (!isTTY) options.write(`${timeOf(event.at - (first ??= event.at), options.frames)} ${storyOf(event)}\n`);
      }),
      isTTY ? auditTime(40) : ignoreElements(),
      tap({
        next: () => {
          redraw(options.rows);
        },
        finalize: () => {
          if (isTTY) redraw();
        },
      }),
      ignoreElements(),
    );
  });
}
