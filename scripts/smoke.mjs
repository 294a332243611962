// Packs the built package, installs it into an empty folder, and uses it there as its users do: see scripts/smoke/.
import { spawnSync } from 'node:child_process';
import { cpSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { createContext, runInContext } from 'node:vm';
import { build } from 'esbuild';
import { npm } from './npm.mjs';

const consumer = mkdtempSync(join(tmpdir(), 'rx-runner-smoke-'));
const manifest = JSON.parse(readFileSync('package.json', 'utf8'));
/** With the oldest RxJS that the peer range admits. */
const oldestRxjs = manifest.peerDependencies.rxjs.replace('^', '');

function install() {
  const quiet = { stdio: ['ignore', 'pipe', 'inherit'] };
  const [{ filename }] = JSON.parse(npm(['pack', '--json', '--pack-destination', consumer], quiet));
  writeFileSync(join(consumer, 'package.json'), '{ "private": true, "type": "module" }\n');
  npm(['install', '--no-audit', '--no-fund', '--loglevel=error', `./${filename}`, `rxjs@${oldestRxjs}`], {
    ...quiet,
    cwd: consumer,
  });
  cpSync('scripts/smoke', consumer, { recursive: true });
  cpSync('scripts/smoke/types.ts', join(consumer, 'types.cts'));
  cpSync('scripts/smoke/entries.ts', join(consumer, 'entries.cts'));
}

function node(...args) {
  const { status, stdout, stderr } = spawnSync(process.execPath, args, { cwd: consumer, encoding: 'utf8' });
  if (status !== 0) {
    throw new Error(`${stdout}${stderr}exit code ${status}`);
  }
}

/** As an application compiles it that has no types of Node. */
function compile(compilerOptions, files) {
  const strict = {
    strict: true,
    exactOptionalPropertyTypes: true,
    noUncheckedIndexedAccess: true,
    skipLibCheck: false,
  };
  const platform = { target: 'es2022', lib: ['ES2022', 'DOM'], types: [], noEmit: true };
  const tsconfig = { compilerOptions: { ...strict, ...platform, ...compilerOptions }, files };
  writeFileSync(join(consumer, 'tsconfig.json'), JSON.stringify(tsconfig));
  node(resolve('node_modules/typescript/bin/tsc'));
}

/** A page: bundled with its own RxJS, and run where there is no `process`. */
async function browser() {
  const { outputFiles, metafile } = await build({
    absWorkingDir: consumer,
    entryPoints: ['browser.js'],
    bundle: true,
    write: false,
    metafile: true,
    platform: 'browser',
    format: 'iife',
  });
  const imports = Object.values(metafile.outputs).flatMap((output) => output.imports);
  if (imports.length > 0) {
    throw new Error(`the bundle still imports ${imports.map(({ path }) => path).join(', ')}`);
  }
  const page = createContext({ AbortController, AbortSignal, clearTimeout, setTimeout });
  runInContext(outputFiles[0].text, page);
  if (page.result !== 'done') {
    throw new Error(`the page ended with ${page.result}`);
  }
}

const checks = {
  'ES module': () => node('esm.mjs'),
  CommonJS: () => node('commonjs.cjs'),
  'the other entries, as ES modules': () => node('entries.mjs', 'esm'),
  'the other entries, as CommonJS': () => node('entries.mjs', 'cjs'),
  'both formats in one process': () => node('both.mjs'),
  'deep imports are refused': () => node('deep.mjs'),
  'TypeScript, nodenext': () => compile({ module: 'nodenext' }, ['types.ts', 'types.cts']),
  'TypeScript, bundler': () => compile({ module: 'esnext', moduleResolution: 'bundler' }, ['types.ts']),
  "TypeScript, the other entries, with Node's types": () => {
    const typeRoots = [resolve('node_modules/@types')];
    compile({ module: 'nodenext', types: ['node'], typeRoots }, ['entries.ts', 'entries.cts']);
  },
  'browser bundle': browser,
};

try {
  install();
  for (const [name, check] of Object.entries(checks)) {
    try {
      await check();
      console.log(`ok      ${name}`);
    } catch (error) {
      process.exitCode = 1;
      console.error(`FAILED  ${name}\n${error.message}`);
    }
  }
} finally {
  rmSync(consumer, { recursive: true, force: true });
}
