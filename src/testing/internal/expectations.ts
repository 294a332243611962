import { callSite, pointAt, type CallSite } from './callSite.js';
import { differs, message, type Row } from './message.js';

/** What was found where two diagrams were compared. */
interface Finding {
  readonly rows: readonly Row[];
  /** What the letters stand for. */
  readonly legend?: readonly string[];
}

/** Compares, when virtual time has passed; what RxJS compares it hands over itself. */
type Compare = (actual: readonly unknown[], expected: readonly unknown[]) => Finding;

interface Expectation {
  /** The helper, as it is called in the test. */
  readonly name: string;
  /** RxJS calls back for it, in the order in which they were made. */
  readonly byRxjs: boolean;
  stated: { readonly site: CallSite; readonly compare: Compare } | undefined;
  finding: Finding | undefined;
}

/** The expectations of one test: what was stated, and what came of it. */
export class Expectations {
  #pending: Expectation[] = [];

  /** One more; what it returns says what is expected, and is called by `helper`, which a failure points at. */
  add(name: string, byRxjs = false): (helper: (...args: never[]) => unknown, compare: Compare) => void {
    const expectation: Expectation = { name, byRxjs, stated: undefined, finding: undefined };
    this.#pending.push(expectation);
    return (helper, compare) => {
      expectation.stated = { site: callSite(helper), compare };
    };
  }

  /** RxJS compares the next of those that it knows of. */
  compareNext(actual: readonly unknown[], expected: readonly unknown[]): void {
    const next = this.#pending.find(({ byRxjs, stated, finding }) => byRxjs && stated && !finding);
    if (next) next.finding = next.stated?.compare(actual, expected);
  }

  /** Compares the others, and throws for all that is not as expected. */
  settle(): void {
    const stated = this.#pending.filter((expectation) => expectation.stated);
    this.#pending = this.#pending.filter((expectation) => !expectation.stated);
    const failed = stated.flatMap(({ name, stated: said, finding = said?.compare([], []) }) =>
      said && finding?.rows.some(differs) ? [{ name, site: said.site, finding }] : [],
    );
    const [first] = failed;
    if (!first) return;
    const error = new Error(
      failed.map(({ name, finding }) => message(name, finding.rows, finding.legend)).join('\n\n'),
    );
    throw pointAt(first.site, error);
  }

  /** Throws for one that checks nothing, but for RxJS's own, which may be there for their subscription. */
  requireStated(): void {
    const idle = this.#pending.find(({ byRxjs }) => !byRxjs);
    if (idle) throw new TypeError(`${idle.name}(...) checks nothing without '.toBe(...)'`);
  }
}
