import { brand } from './internal/brand.js';
import { carefully } from './internal/carefully.js';
import { flatten } from './internal/failures.js';
import { printedOnce } from './internal/printedOnce.js';
import { show } from './internal/show.js';
import type { Failure, RunReport } from './types.js';

/**
 * Everything that failed in a group, in the order in which it happened: the failure that stopped the group is the first.
 *
 * The failures of nested groups are in the same list; their `path` tells them apart. `errors` are the bare errors,
 * `cause` is the first of them, and the message is the first one's message with its path, and how many more there are.
 *
 * @example
 * ```ts
 * import { group, RunGroupError } from 'rx-runner';
 *
 * group({ api: async () => { throw new Error('port in use'); } }).subscribe({
 *   error: (error: unknown) => {
 *     if (error instanceof RunGroupError) {
 *       for (const { path, phase, error: cause } of error.failures) console.error(path.join('/'), phase, cause);
 *     }
 *   },
 * });
 * // api run Error: port in use
 * ```
 * @public
 */
export class RunGroupError extends AggregateError {
  /** The same as `errors`, each with where it happened. */
  declare readonly failures: readonly Failure[];
  /** How each member ended, where that was kept: by `start`, or with the option `report` of a group. */
  declare readonly report?: RunReport;

  constructor(failures: readonly Failure[]) {
    const flat = failures.flatMap(flatten);
    const errors = flat.map(({ error }) => error);
    super(errors, summary(flat), { cause: errors[0] });
    this.failures = flat;
  }

  static {
    brand(this, 'RunGroupError');
    printedOnce(this);
  }
}

function summary([first, ...more]: readonly Failure[]): string {
  if (!first) return '';
  const { error, path } = first;
  const text = (path.length ? `${path.join('/')}: ` : '') + messageOf(error);
  return more.length ? `${text} (and ${more.length} more)` : text;
}

function messageOf(error: unknown): string {
  if (typeof error === 'string') return error;
  const message = (): unknown => (error instanceof Error ? error.message : show(error));
  return carefully(() => String(message()), show(error));
}
