import type { StopError } from '../StopError.js';
import type { Failure, LifecycleEvent, LifecycleObserver } from '../types.js';
import { within, type MemberEvent, type MemberLink, type Reported } from './ambient.js';
import type { Recorder } from './recorder.js';
import { asyncScheduler } from './rxjs.js';
import { safely } from './safely.js';

/** Whose life is told. */
interface Living extends Reported {
  readonly path: readonly string[];
  /** It is no member, but the stream that brings them. */
  readonly receive: unknown;
  /** Somebody has been told of it. */
  announced: boolean;
}

/** Whose members they are. */
interface Watched {
  readonly reason: StopError | undefined;
}

/** Tells whoever watches a group what happens to its members: an observer, a report, the group around it. */
export class Lifecycle {
  readonly #group: Watched;
  readonly #observer: LifecycleObserver | undefined;
  readonly #recorder: Recorder | undefined;
  readonly #around: MemberLink | undefined;

  constructor(group: Watched, observer?: LifecycleObserver, recorder?: Recorder, around?: MemberLink) {
    this.#group = group;
    this.#observer = observer;
    this.#recorder = recorder;
    this.#around = around;
  }

  /** Tells of what happens to a member; that it has started comes first, but when it had its chance to be named. */
  tell(member: Living, type: MemberEvent['type'], failure?: Failure): void {
    if (member.receive || (type === 'starting' && member.announced)) return;
    // asked for only where it is told: asking makes it
    const reason = (type === 'stopping' || type === 'refused') && this.#group.reason;
    const at = asyncScheduler.now();
    this.relay(member, { type, path: [], at, ...(failure && { error: failure.error }), ...(reason && { reason }) });
  }

  /** Tells of an event whose path is seen from the member; `from` is whom it is of. */
  relay(member: Living, step: MemberEvent, from: Reported = member): void {
    const { type } = step;
    if (type !== 'starting' && type !== 'refused' && type !== 'waiting') this.tell(member, 'starting');
    const event = { ...step, path: [...member.path, ...step.path] };
    this.#recorder?.record(event, from);
    if (type !== 'waiting') {
      member.announced = true;
      this.#notify(event as LifecycleEvent);
    }
    this.#around?.relay(event, from);
  }

  #notify(event: LifecycleEvent): void {
    const observer = this.#observer;
    if (!observer) return;
    // it may come from deep within, in a scope of theirs: who is told of it is part of none
    within(undefined, () => {
      safely(() => {
        observer.next(event);
      });
    });
  }
}
