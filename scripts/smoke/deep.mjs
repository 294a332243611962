import assert from 'node:assert/strict';
import { createRequire } from 'node:module';

const require = createRequire(import.meta.url);
const refused = { code: 'ERR_PACKAGE_PATH_NOT_EXPORTED' };

for (const path of ['rx-runner/dist/esm/index.js', 'rx-runner/dist/cjs/index.js', 'rx-runner/src/index.ts']) {
  await assert.rejects(import(path), refused);
  assert.throws(() => require(path), refused);
}
assert.equal(require('rx-runner/package.json').name, 'rx-runner');
