import exitHook from 'async-exit-hook';
import { alpha, limit, running, beta } from '../scenario.mjs';

exitHook.forceExitTimeout(limit);
// a hook calls back when it is done; what it failed with it can tell nobody
exitHook((done) => {
  alpha().then(done, done);
});
exitHook((done) => {
  beta().then(done, done);
});
exitHook.uncaughtExceptionHandler((error) => {
  console.error(error);
});
exitHook.unhandledRejectionHandler((error) => {
  console.error(error);
});
running();
