export { drainSignal } from './drainSignal.js';
export { health } from './health.js';
export { httpServer } from './httpServer.js';
export { netServer, type EndOptions, type NetConnection, type NetServerLike } from './netServer.js';
export { runMain } from './runMain.js';
export type { HealthState } from './internal/MemberStates.js';
export type { PathOptions, PortOptions } from './internal/serve.js';
export type { MainExitCode, MainLogger, MainOptions } from './mainOptions.js';
