export { runMain } from './runMain.js';
export type { MainExitCode, MainLogger, MainOptions } from './mainOptions.js';
