import { constants } from 'node:os';

/** By name; it has no prototype, so that no other name is in it. */
export const signalNumbers: Readonly<Partial<Record<string, number>>> = constants.signals;
