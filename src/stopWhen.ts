import { from, map, Observable, type MonoTypeOperatorFunction, type ObservableInput } from 'rxjs';
import { checkGrace } from './internal/checkGrace.js';
import { invalid } from './internal/invalid.js';
import { isObservableInput } from './internal/observableInput.js';
import { isAbortSignal, onAbort } from './internal/onAbort.js';
import { ScopedSubscriber } from './internal/scopedSubscriber.js';
import { SourceOwner } from './internal/sourceOwner.js';
import { StopError } from './StopError.js';
import type { GraceOptions } from './types.js';

export function stopWhen<T>(
  notifier: ObservableInput<unknown> | AbortSignal,
  options: GraceOptions = {},
): MonoTypeOperatorFunction<T> {
  const { grace } = checkGrace('stopWhen', options);
  const causes = causesOf(notifier);
  return (source) =>
    new Observable<T>((subscriber) => {
      new StoppableOwner<T>(subscriber, grace).runUntil(source, causes);
    });
}

function causesOf(notifier: unknown): Observable<unknown> {
  if (isAbortSignal(notifier)) return new Observable((subscriber) => onAbort(notifier, (reason) => subscriber.next(reason)));
  if (isObservableInput(notifier)) return from(notifier).pipe(map(() => undefined));
  throw invalid('stopWhen', 'the notifier', 'an ObservableInput or an AbortSignal', notifier);
}

/** The second child: each of its values is the cause of a stop. */
class Notifier<T> extends ScopedSubscriber<T> {
  protected override _next(cause: unknown): void {
    (this.owner as StoppableOwner<T>).stop(new StopError({ cause }));
  }
}

class StoppableOwner<T> extends SourceOwner<T> {
  private readonly notifier = new Notifier<T>(this);

  runUntil(source: Observable<T>, causes: Observable<unknown>): void {
    this.hold();
    this.notifier.run(causes as Observable<T>);
    // as `takeUntil`: a notifier that fires at once leaves the source alone
    if (!this.stopping) this.run(source);
  }

  override ended(child: ScopedSubscriber<T>, failed: boolean, error: unknown): void {
    super.ended(child, failed, error);
    if (child !== this.notifier || !failed) return;
    this.muted = true;
    this.reason = new StopError({ cause: error });
  }

  override tornDown(child: ScopedSubscriber<T>): void {
    if (child !== this.notifier) this.notifier.stop();
    else if (this.reason) this.stop(this.reason);
    super.tornDown(child);
  }

  protected override stopChildren(): void {
    this.notifier.stop();
    super.stopChildren();
  }

  protected override unsettled(): ScopedSubscriber<T>[] {
    return this.notifier.open ? [this.notifier, ...super.unsettled()] : super.unsettled();
  }
}
