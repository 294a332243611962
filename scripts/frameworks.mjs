// Runs the tests of spec-frameworks/, on the built package, under each test framework. Those of the suite have to pass; the
// three that are meant to fail have to fail with the messages that docs/testing.md shows. Then it compiles a user of the
// matchers of one framework where the other is not installed.
import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { cpSync, mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { stripVTControlCharacters } from 'node:util';

/** How each is called, how many tests of the suite it has, and how it counts those that passed and failed. */
const frameworks = {
  Jest: {
    command: (name) => [
      '--disable-warning=ExperimentalWarning',
      '--experimental-vm-modules',
      'node_modules/jest/bin/jest.js',
      '--ci',
      '--config=spec-frameworks/jest/jest.config.mjs',
      `${name}.test.mjs`,
    ],
    tests: 8,
    passed: /^Tests: +(\d+) passed, \d+ total$/m,
    failed: /^Tests: +(\d+) failed, \d+ total$/m,
  },
  Vitest: {
    command: (name) => [
      'node_modules/vitest/vitest.mjs',
      'run',
      '--config=spec-frameworks/vitest/vitest.config.mjs',
      name,
    ],
    tests: 8,
    passed: /^ +Tests +(\d+) passed \(\d+\)$/m,
    failed: /^ +Tests +(\d+) failed \(\d+\)$/m,
  },
  'node:test': {
    command: (name) => ['--test', '--test-reporter=spec', `spec-frameworks/node/${name}.test.mjs`],
    tests: 6,
    passed: /^ℹ pass (\d+)$/m,
    failed: /^ℹ fail (\d+)$/m,
  },
};

function node(args, options) {
  const { status, stdout, stderr } = spawnSync(process.execPath, args, { encoding: 'utf8', ...options });
  return { status, output: stripVTControlCharacters(`${stdout}\n${stderr}`) };
}

function assertPasses({ command, tests, passed }) {
  const { status, output } = node(command('suite'));
  assert.equal(status, 0, output);
  assert.equal(Number(passed.exec(output)?.[1]), tests, output);
}

function assertFails({ command, failed }) {
  const messages = shownMessages();
  const { status, output } = node(command('failing'));
  assert.notEqual(status, 0, output);
  assert.equal(Number(failed.exec(output)?.[1]), messages.length, output);
  for (const message of messages)
    assert.ok(isPrinted(message, output), `${message.join('\n')}\n\nis not in:\n\n${output}`);
}

/** The messages in the documentation: its blocks of text, line by line. */
function shownMessages() {
  const blocks = readFileSync('docs/testing.md', 'utf8').matchAll(/^```text\n([^]*?)\n```$/gm);
  const messages = Array.from(blocks, ([, text]) => text.split('\n'));
  assert.equal(messages.length, 3, 'docs/testing.md shows the messages of the tests that fail');
  return messages;
}

/** Whether the lines are there, one below the other, however far all of them are indented. */
function isPrinted([first, ...others], output) {
  const lines = output.split('\n');
  const sample = others.findIndex((line) => line.trim() !== '');
  return lines.some((line, index) => {
    if (!line.endsWith(first)) return false;
    const following = lines.slice(index + 1, index + 1 + others.length);
    const indent = indentOf(following[sample] ?? '') - indentOf(others[sample]);
    return indent >= 0 && others.every((other, at) => isLike(other, (following[at] ?? '').slice(indent)));
  });
}

function indentOf(line) {
  return line.search(/\S|$/);
}

/** `…` stands for what is different on each machine. */
function isLike(shown, printed) {
  const parts = shown.split('…').map((part) => part.replace(/[\\^$.*+?()[\]{}|]/g, '\\$&'));
  return new RegExp(`^${parts.join('.*')}$`).test(printed.trimEnd());
}

/** Compiles a user of an entry in a folder of its own, where everything is installed but one framework. */
function assertCompiles(entry, expectFrom, absent) {
  const consumer = mkdtempSync(join(tmpdir(), 'rx-runner-matchers-'));
  try {
    const modules = join(consumer, 'node_modules');
    link('node_modules', modules, absent);
    mkdirSync(join(modules, 'rx-runner'));
    cpSync('package.json', join(modules, 'rx-runner/package.json'));
    cpSync('dist', join(modules, 'rx-runner/dist'), { recursive: true });
    writeFileSync(join(consumer, 'package.json'), '{ "type": "module" }');
    writeFileSync(join(consumer, 'uses.ts'), userOf(entry, expectFrom));
    const compilerOptions = {
      strict: true,
      target: 'es2022',
      module: 'nodenext',
      types: ['node'],
      noEmit: true,
      // a link leads back to where everything is installed
      preserveSymlinks: true,
    };
    writeFileSync(join(consumer, 'tsconfig.json'), JSON.stringify({ compilerOptions, files: ['uses.ts'] }));
    const { status, output } = node([resolve('node_modules/typescript/bin/tsc')], { cwd: consumer });
    assert.equal(status, 0, output);
  } finally {
    rmSync(consumer, { recursive: true, force: true });
  }
}

/** Links what is installed, but for what is absent; scopes as folders, so that one of theirs can be left out. */
function link(from, to, absent) {
  mkdirSync(to);
  for (const name of readdirSync(from)) {
    if (name.startsWith('.') || absent.includes(name)) continue;
    symlinkSync(resolve(from, name), join(to, name));
  }
}

/** What compiles only where the matchers are known, and where they refuse what they do not take. */
function userOf(entry, expectFrom) {
  return `
import { expect } from '${expectFrom}';
import '${entry}';
import { group, start } from 'rx-runner';
import { lifecycleMarbles } from 'rx-runner/testing';
import { NEVER } from 'rxjs';

const app = group({ api: NEVER });
export const stops: Promise<void> = expect(app).toStopCleanly({ after: 10 });
export const fails: Promise<void> = expect(start(app)).not.toFailWith({ path: ['api'], phase: 'run', error: /boom/ });
// @ts-expect-error -- a path is an array of names
void expect(app).toFailWith({ path: 'api' });
// @ts-expect-error -- there is no such option
void expect(app).toStopCleanly({ until: 10 });
lifecycleMarbles(({ runner, expectTeardowns }) => {
  expectTeardowns(runner('-a').teardowns).toBe([]);
});
`;
}

const checks = Object.fromEntries([
  ...Object.entries(frameworks).flatMap(([name, framework]) => [
    [`${name}: the suite passes`, () => assertPasses(framework)],
    [`${name}: what is to fail fails, with the messages of docs/testing.md`, () => assertFails(framework)],
  ]),
  [
    'TypeScript: for Jest, without Vitest',
    () => assertCompiles('rx-runner/testing/jest', '@jest/globals', ['vitest', '@vitest']),
  ],
  [
    'TypeScript: for Vitest, without Jest',
    () => assertCompiles('rx-runner/testing/vitest', 'vitest', ['jest', '@jest', 'expect']),
  ],
]);

for (const [name, check] of Object.entries(checks)) {
  try {
    check();
    console.log(`ok      ${name}`);
  } catch (error) {
    process.exitCode = 1;
    console.error(`FAILED  ${name}\n${error.message}`);
  }
}
