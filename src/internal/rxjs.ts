/* eslint-disable @typescript-eslint/no-deprecated -- a few overloads of these are, none that is used here */
// What the core takes from RxJS, in one place: a bundle has one import of it then, and one name for each.
export {
  asyncScheduler,
  defaultIfEmpty,
  defer,
  EMPTY,
  endWith,
  forkJoin,
  from,
  isObservable,
  map,
  noop,
  observable,
  Observable,
  of,
  Subscriber,
  take,
  throwError,
  throwIfEmpty,
  timer,
} from 'rxjs';
