import type { RunReport } from '../types.js';
import { isBranded } from './brand.js';

/** Gives the report to the error of a group; not to be printed with it: what failed is in its message already. */
export function keepReport(error: unknown, report: RunReport): void {
  if (isBranded(error, 'RunGroupError')) Object.defineProperty(error, 'report', { value: report, configurable: true });
}
