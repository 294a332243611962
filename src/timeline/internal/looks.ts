import type { LifecycleEventType } from '../../index.js';

/** What is drawn: the end of the grace period as if it happened to each member. */
export type Sign = LifecycleEventType | 'grace over';

/**
 * The letter of a sign and, of one that begins a stretch, what that is filled with; its color; the path of its mark, around
 * the place where it happens; and the stroke of the stretch.
 */
type Look = readonly [letters: string, color: string, mark: string, stroke?: string];

// light enough for a dark background, and dark enough for a light one
const blue = '#06d';
const amber = '#960';
const red = '#c22';
const gray = 'gray';

/** In the order in which the key explains them. */
export const looks: Readonly<Record<Sign, Look>> = {
  'grace over': [':', red, 'M0-11V11'],
  starting: ['s.', blue, '', '2'],
  ready: ['r=', blue, '', '10'],
  stopping: ['x/', amber, 'M0-5V5', '10" stroke-dasharray="2 3'],
  late: ['l', red, 'M-5 0H5M0-5V5'],
  completed: ['c', blue, 'M-5 0 0-5 5 0 0 5z'],
  stopped: ['|', amber, 'M-5-5H5V5H-5z'],
  refused: ['-', gray, 'M-5-5V5M5-5V5'],
  restarting: ['~', amber, 'M-5-5 5 0-5 5z'],
  forced: ['!', red, 'M-5 5 0-5 5 5z'],
  failed: ['#', red, 'M-5-5 5 5M-5 5 5-5'],
};
