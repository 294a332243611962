export { runMain, type MainExitCode, type MainLogger, type MainOptions } from './runMain.js';
