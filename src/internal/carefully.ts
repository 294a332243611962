/** Reads what somebody else has thrown or handed in: a getter of it may throw, and of a revoked proxy everything does. */
export function carefully<R>(read: () => R, otherwise: R): R {
  try {
    return read();
  } catch {
    return otherwise;
  }
}
