import type { GraceOptions } from '../types.js';
import { invalid } from './invalid.js';
import { isObservableInput } from './observableInput.js';

/** Checks the one option that every owner has. */
export function checkGrace<O extends GraceOptions>(where: string, options: O): O {
  const grace: unknown = options.grace;
  const valid = typeof grace === 'number' ? grace >= 0 : grace === undefined || isObservableInput(grace);
  if (!valid) throw invalid(where, "'grace'", 'milliseconds (0 or more) or an ObservableInput', grace);
  return options;
}
