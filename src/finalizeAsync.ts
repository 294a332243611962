import { Observable, type MonoTypeOperatorFunction } from 'rxjs';
import { awaitTeardown } from './awaitTeardown.js';
import { invalid } from './internal/invalid.js';
import type { Destination } from './internal/owner.js';
import { ScopedSubscriber } from './internal/scopedSubscriber.js';
import { SourceOwner } from './internal/sourceOwner.js';
import type { TeardownContext, TeardownResult } from './types.js';

/** How a source came to its end. */
export type FinalizeKind = 'complete' | 'error' | 'unsubscribe';

export function finalizeAsync<T>(
  callback: (kind: FinalizeKind, context: TeardownContext) => TeardownResult,
): MonoTypeOperatorFunction<T> {
  if (typeof callback !== 'function') throw invalid('finalizeAsync', 'the callback', 'a function', callback);
  return (source) =>
    new Observable<T>((subscriber) => {
      new FinalizedOwner<T>(subscriber, callback).run(source);
    });
}

class FinalizedOwner<T> extends SourceOwner<T> {
  private readonly callback: (kind: FinalizeKind, context: TeardownContext) => TeardownResult;
  private readonly finalizer = new ScopedSubscriber<T>(this);
  private kind: FinalizeKind = 'unsubscribe';
  private finalized = false;

  constructor(
    subscriber: Destination<T>,
    callback: (kind: FinalizeKind, context: TeardownContext) => TeardownResult,
  ) {
    super(subscriber);
    this.callback = callback;
  }

  override ended(child: ScopedSubscriber<T>, failed: boolean, error: unknown): void {
    if (child !== this.finalizer) this.kind = failed ? 'error' : 'complete';
    super.ended(child, failed, error);
  }

  protected override unsettled(): ScopedSubscriber<T>[] {
    return [...super.unsettled(), this.finalizer];
  }

  /** The source has settled: now the callback, in a scope of its own, and only then the end. */
  protected override finish(): void {
    if (this.finalized) {
      super.finish();
      return;
    }
    this.finalized = true;
    this.hold();
    this.finalizer.run(
      new Observable((child) => {
        awaitTeardown((context) => this.callback(this.kind, context));
        child.complete();
      }),
    );
  }
}
