// Builds dist/esm and dist/cjs, one tsc run each; then makes one file of the node entry.
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { rmSync, writeFileSync } from 'node:fs';
import { build } from 'esbuild';

async function compile(project) {
  const args = ['node_modules/typescript/bin/tsc', '--project', project];
  const [code] = await once(spawn(process.execPath, args, { stdio: 'inherit' }), 'exit');
  if (code !== 0) {
    throw new Error(`tsc --project ${project} failed`);
  }
}

/** The root entry stays what it is, one for all: from the file of a folder's index it is `../index.js`. */
const rootEntry = {
  name: 'root entry',
  setup({ onResolve }) {
    onResolve({ filter: /^\.\.\/(?:\.\.\/)*index\.js$/ }, () => ({ path: '../index.js', external: true }));
  },
};

/** ES modules are loaded file by file, which takes longer than what is in them: programs are to start at once. */
async function bundle(entry) {
  await build({
    entryPoints: [entry],
    outfile: entry,
    allowOverwrite: true,
    bundle: true,
    format: 'esm',
    platform: 'node',
    target: 'es2022',
    sourcemap: true,
    sourcesContent: false,
    external: ['rxjs'],
    plugins: [rootEntry],
  });
}

rmSync('dist', { recursive: true, force: true });
await Promise.all([compile('tsconfig.esm.json'), compile('tsconfig.cjs.json')]);
await bundle('dist/esm/node/index.js');
// The package is "type": "module"; this makes Node read the files of this folder as CommonJS.
writeFileSync('dist/cjs/package.json', '{ "type": "commonjs" }\n');
// The one thing that an import does besides: matchers make themselves known. Bundlers must not drop it.
for (const framework of ['jest', 'vitest']) {
  writeFileSync(`dist/esm/testing/${framework}/package.json`, '{ "type": "module", "sideEffects": true }\n');
}
