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
