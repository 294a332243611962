/** A place in the user's code, as an engine writes it down. */
export interface CallSite {
  readonly stack?: string | undefined;
}

type Captured = (target: object, below: unknown) => void;

/** Enough to reach the user's code through a group's, and RxJS's own. */
const capturedFrames = 50;

/** The place from which `callee` is being called. */
export function callSite(callee: unknown): CallSite {
  const engine = Error as { captureStackTrace?: Captured; stackTraceLimit?: number };
  const { captureStackTrace, stackTraceLimit = 10 } = engine;
  if (!captureStackTrace) return new Error();
  const site: CallSite = {};
  engine.stackTraceLimit = capturedFrames;
  captureStackTrace(site, callee);
  engine.stackTraceLimit = stackTraceLimit;
  return site;
}

/** Makes an error look as if it came from there. */
export function pointAt(site: CallSite, error: Error): Error {
  const frames = userFrames(site);
  if (frames.length > 0) error.stack = [`${error.name}: ${error.message}`, ...frames].join('\n');
  return error;
}

/** The user's part of a stack, without packages and what lies below them; all of it where nothing else is left. */
export function userFrames({ stack = '' }: CallSite): readonly string[] {
  // in some engines the message stands above
  const frames = stack.split('\n').filter((line) => /^\s+at .*:\d+:\d+\)?$|^\S*@\S+:\d+:\d+$/.test(line));
  const users = frames.filter((frame) => !/[/\\]node_modules[/\\]|\bnode:/.test(frame) && !isOwn(frame));
  return users.length > 0 ? users : frames;
}

/** Where this package lies: two folders above this file, whatever it is called here. */
const [, ownFolder = ''] =
  /\(?((?:file:\/\/)?[^()\s]*[/\\])testing[/\\]internal[/\\]/.exec(new Error().stack ?? '') ?? [];

function isOwn(frame: string): boolean {
  return ownFolder !== '' && frame.includes(ownFolder);
}
