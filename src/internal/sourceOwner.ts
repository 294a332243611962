import type { Observable } from 'rxjs';
import { outcomeOf } from '../RunGroupError.js';
import type { Grace } from '../types.js';
import { Owner, type Destination } from './owner.js';
import { ScopedSubscriber } from './scopedSubscriber.js';

/** The subscriber of an owner that has but one source: a runner in that source answers for the member around it. */
class SourceSubscriber<T> extends ScopedSubscriber<T> {
  override get member() {
    return this.running ? (this.owner as SourceOwner<T>).link : undefined;
  }
}

/** Passes one source on, and holds back its end until every teardown that it triggered has settled. */
export class SourceOwner<T> extends Owner<T> {
  private readonly child = new SourceSubscriber<T>(this);

  constructor(destination: Destination<T>, grace?: Grace | undefined) {
    super(destination, grace);
    this.hold();
  }

  /** Whether the source was told to stop before it had ended by itself. */
  get stopped(): boolean {
    return this.child.stopped;
  }

  run(source: Observable<T>): void {
    this.child.run(source);
  }

  ended(_child: ScopedSubscriber<T>, failed: boolean, error: unknown): void {
    if (failed) this.fail(error, [], 'run');
  }

  protected stopChildren(): void {
    this.child.stop();
  }

  protected unsettled(): ScopedSubscriber<T>[] {
    return this.child.open ? [this.child] : [];
  }

  protected outcome(): unknown {
    return outcomeOf(this.failures);
  }
}
