export { liveTimeline, type LiveTimelineOptions } from './liveTimeline.js';
export { toSvg, type SvgOptions } from './toSvg.js';
export { toText, type TextOptions } from './toText.js';
export type { TimelineOptions } from './TimelineOptions.js';
