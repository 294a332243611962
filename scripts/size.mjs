// Bundles, minifies and gzips the entries of budgets.json, and compares their sizes with the budgets: without their peers, and
// those other than the root without the root, beside which they are loaded.
import { readFileSync } from 'node:fs';
import { gzipSync } from 'node:zlib';
import { build } from 'esbuild';

const root = 'dist/esm/index.js';

async function bundledBytes({ import: names, from }) {
  const { outputFiles } = await build({
    stdin: { contents: `export ${names} from './${from}';`, resolveDir: '.' },
    bundle: true,
    minify: true,
    write: false,
    format: 'esm',
    platform: 'browser',
    target: 'es2022',
    external: ['rxjs', '@angular/core', 'node:*', ...(from === root ? [] : [`./${root}`])],
  });
  return gzipSync(outputFiles[0].contents, { level: 9 }).length;
}

const budgets = JSON.parse(readFileSync('budgets.json', 'utf8'));
const rows = await Promise.all(
  budgets.map(async (budget) => {
    const bytes = await bundledBytes(budget);
    const { name, import: names, maxBytes } = budget;
    return { name, import: names, bytes, maxBytes, left: maxBytes - bytes };
  }),
);
console.table(rows);

const over = rows.filter(({ left }) => left < 0);
for (const { name, left } of over) {
  console.error(`${name} is ${-left} bytes over its budget`);
}
process.exitCode = over.length > 0 ? 1 : 0;
