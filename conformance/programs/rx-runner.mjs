// The package as it is built; `npm run conformance` builds it.
import { NEVER, timer } from 'rxjs';
import { finalizeAsync, group } from '../../dist/esm/index.js';
import { runMain } from '../../dist/esm/node/index.js';
import { completes, alpha, limit, running, beta, stopWork } from '../scenario.mjs';

const service = (cleanup) => (completes ? timer(1) : NEVER).pipe(finalizeAsync(cleanup));

runMain(group({ alpha: service(alpha), beta: service(beta) }, { until: 'all' }), { grace: limit }).then(
  stopWork,
  stopWork,
);
running();
