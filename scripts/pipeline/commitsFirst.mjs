import assert from 'node:assert/strict';
import { cpSync, mkdirSync, readFileSync, symlinkSync, writeFileSync } from 'node:fs';
import { join, resolve } from 'node:path';

const consumer = 'examples/pipeline/kafkaConsumer.ts';
const write = /^ *const orders = await writeAll\(.*\n/m;
const commit = /^ *await payload\.commitOffsetsIfNecessary\(.*\n/m;

/** Makes a copy of the pipeline in the folder that has one mistake: its consumer commits orders before they are written. */
export function copyThatCommitsFirst(folder) {
  mkdirSync(join(folder, 'examples'));
  cpSync('examples/pipeline', join(folder, 'examples/pipeline'), {
    recursive: true,
    filter: (source) => !/node_modules|\.data/.test(source),
  });
  for (const packages of ['node_modules', 'examples/pipeline/node_modules']) {
    symlinkSync(resolve(packages), join(folder, packages));
  }
  const compilerOptions = {
    paths: { 'rx-runner': [resolve('src/index.ts')], 'rx-runner/*': [resolve('src/*/index.ts')] },
  };
  const tsconfig = { extends: resolve('tsconfig.json'), compilerOptions, include: ['examples'] };
  writeFileSync(join(folder, 'tsconfig.json'), JSON.stringify(tsconfig));
  const path = join(folder, consumer);
  writeFileSync(path, withMistake(readFileSync(path, 'utf8')));
}

function withMistake(source) {
  const [written] = write.exec(source) ?? assert.fail(`${consumer} no longer writes with ${write}`);
  assert.ok(source.search(commit) > source.search(write), `${consumer} no longer commits, after that, with ${commit}`);
  return source.replace(write, '').replace(commit, (committed) => committed + written);
}
