import { call, main, spawn, suspend } from 'effection';
import { completes, alpha, running, beta, stopWork } from '../scenario.mjs';

function* service(cleanup) {
  try {
    if (!completes) yield* suspend();
  } finally {
    yield* call(cleanup);
  }
}

await main(function* () {
  const one = yield* spawn(() => service(alpha));
  const other = yield* spawn(() => service(beta));
  running();
  yield* one;
  yield* other;
  stopWork();
});
