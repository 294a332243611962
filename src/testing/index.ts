export { expectNoOpenRunners } from './expectNoOpenRunners.js';
export { expectNoOpenRunnersAfterEach, type TestHooks } from './expectNoOpenRunnersAfterEach.js';
export { lifecycleMarbles, type LifecycleHelpers, type LifecycleRows } from './lifecycleMarbles.js';
export type { MarbleInterrupt, MarbleInterruptOptions } from './internal/marbleInterrupt.js';
export type { MarbleRunner, MarbleRunnerOptions } from './internal/marbleRunner.js';
export type { TeardownLog } from './internal/teardownLog.js';
