import { ForeseenError } from './ForeseenError.js';

/** The number that a variable of the environment holds; `otherwise` where it is not set, or empty. */
export function wholeNumber(
  environment: NodeJS.ProcessEnv,
  name: string,
  otherwise: number,
  [least, most]: readonly [number, number],
): number {
  const text = environment[name];
  const value = text ? Number(text) : otherwise;
  if (Number.isInteger(value) && value >= least && value <= most) return value;
  throw new ForeseenError(`${name} should be a whole number from ${least} to ${most}, but is '${text}'`);
}
