/** A place in a test. */
export interface CallSite {
  /** Makes an error look as if it came from there. */
  pointAt(error: Error): Error;
}

type CaptureStackTrace = (target: object, below: (...args: never[]) => unknown) => void;

/** The place from which `helper` is being called. */
export function callSite(helper: (...args: never[]) => unknown): CallSite {
  const place: { readonly stack?: string } = new Error();
  const { captureStackTrace } = Error as { captureStackTrace?: CaptureStackTrace };
  captureStackTrace?.(place, helper);
  return {
    pointAt(error) {
      const frames = framesOf(place.stack);
      if (frames.length > 0) error.stack = [`${error.name}: ${error.message}`, ...frames].join('\n');
      return error;
    },
  };
}

/** The lines of a stack that are places: a message stands above them in some engines. */
export function framesOf(stack = ''): readonly string[] {
  return stack.split('\n').filter((line) => /^\s+at /.test(line) || /@\S+:\d+:\d+$/.test(line));
}
