// Builds dist/esm and dist/cjs, one tsc run each.
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { rmSync, writeFileSync } from 'node:fs';

async function compile(project) {
  const args = ['node_modules/typescript/bin/tsc', '--project', project];
  const [code] = await once(spawn(process.execPath, args, { stdio: 'inherit' }), 'exit');
  if (code !== 0) {
    throw new Error(`tsc --project ${project} failed`);
  }
}

rmSync('dist', { recursive: true, force: true });
await Promise.all([compile('tsconfig.esm.json'), compile('tsconfig.cjs.json')]);
// The package is "type": "module"; this makes Node read the files of this folder as CommonJS.
writeFileSync('dist/cjs/package.json', '{ "type": "commonjs" }\n');
