import type { LifecycleEventType } from '../../index.js';

/** What is drawn: the end of the grace period as if it happened to each member. */
export type Sign = LifecycleEventType | 'grace over';

/**
 * The letter of a sign and, of one that begins a stretch, what that is filled with; its color; the path of its mark, around
 * the place where it happens; and the stroke of the stretch.
 */
type Look = readonly [letters: string, color: string, mark: string, stroke?: string];

// light enough for a dark background, and dark enough for a light one
const blue = '#0969da';
const amber = '#9a6700';
const red = '#cf222e';
const gray = '#768390';

/** In the order in which they are drawn: of several in one place the last one is seen. */
export const looks: Readonly<Record<Sign, Look>> = {
  'grace over': [':', red, 'M0-11V11'],
  starting: ['s.', blue, '', '2'],
  ready: ['r=', blue, '', '10'],
  stopping: ['x/', amber, 'M0-8V8', '10" stroke-dasharray="2 3'],
  late: ['l', red, 'M-4 0 0-5 4 0 0 5z'],
  completed: ['c', blue, 'M-4 0a4 4 0 1 0 8 0a4 4 0 1 0-8 0'],
  stopped: ['|', amber, 'M-4-4H4V4H-4z'],
  refused: ['-', gray, 'M-5-1H5V1H-5z'],
  restarting: ['~', amber, 'M-3-5 4 0-3 5z'],
  forced: ['!', red, 'M0-6 6 5H-6z'],
  failed: ['#', red, 'M-5-5 5 5M-5 5 5-5'],
};
