// Whether the random programs of `spec/programs-spec.ts` would find a fault: takes something out of a copy of the source, one after
// another, and says at which program it was found. Run it by `npm run teeth`; it fails when one is not found.
import { spawnSync } from 'node:child_process';
import { cpSync, mkdtempSync, readFileSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';

const faults = [
  {
    name: 'an owner that is torn down where no scope is current does not find its home',
    file: 'src/internal/ambient.ts',
    from: 'currentScope() ?? (home?.open ? home : undefined)',
    to: 'currentScope()',
  },
  {
    name: 'what goes on has no home, when one looks for circles',
    file: 'src/internal/ambient.ts',
    from: 'above.owner.waiter ?? above.owner.home',
    to: 'above.owner.waiter',
  },
  {
    name: 'a series does not wait for the run before',
    file: 'src/internal/series.ts',
    from: 'this.#next && !this.current && !this.why',
    to: 'this.#next && !this.why',
  },
  {
    name: 'calls up the chain of a child are not counted down',
    file: 'src/internal/child.ts',
    from: 'this.calls--;',
    to: '',
  },
  {
    name: 'calls up the chain of an owner are not counted down',
    file: 'src/internal/owner.ts',
    from: 'if (--this.calls === 0 &&',
    to: 'if (this.calls === 0 &&',
  },
  {
    name: 'a member that has ended keeps its place',
    file: 'src/internal/group.ts',
    from: 'else this.#active--;',
    to: '',
  },
  {
    name: 'the scope of a child is not the current one while it is torn down',
    file: 'src/internal/child.ts',
    from: 'ambient.scope = this;',
    to: 'if (work) ambient.scope = this;',
  },
  {
    name: 'a scope is not told of failures',
    file: 'src/internal/child.ts',
    from: 'if (failure) this.owner.failed(this, failure, heldBack);',
    to: 'if (failure) return;',
  },
  {
    name: 'values are passed on after the stop',
    file: 'src/internal/owner.ts',
    from: 'if (this.why) return;\n    // most values',
    to: '// most values',
  },
  {
    name: 'stop() takes the scope of its caller with it',
    file: 'src/start.ts',
    from: 'within(undefined, () => stopping.subscribe(outcome));',
    to: 'stopping.subscribe(outcome);',
  },
  {
    name: 'what a run fails with after its subscriber has left is lost',
    file: 'src/internal/uncut.ts',
    from: 'if (!isCleanStop(context, error)) report(failureOf(error, phaseOf(error)));',
    to: '',
  },
  {
    name: 'a failure that is held back when the subscriber leaves is unhandled',
    file: 'src/internal/owner.ts',
    from: "this.heldBack?.has(failure) && part.phase === 'run'",
    to: 'false',
  },
  {
    name: 'a grace period that is over does not reach the work of a teardown',
    file: 'src/internal/teardownWork.ts',
    from: 'abort();\n',
    to: '\n',
  },
];

const root = resolve(import.meta.dirname, '..');
const copy = mkdtempSync(join(tmpdir(), 'rx-runner-teeth-'));
for (const name of ['src', 'spec', 'scripts', 'package.json', 'tsconfig.json', 'jest.config.ts'])
  cpSync(join(root, name), join(copy, name), { recursive: true });
symlinkSync(join(root, 'node_modules'), join(copy, 'node_modules'));

const command = ['--disable-warning=ExperimentalWarning', '--experimental-vm-modules', 'node_modules/jest/bin/jest.js'];
const options = ['--selectProjects', 'src', '--ci', 'spec/programs-spec.ts'];

/** The number of the program that fails, and what is wrong with it; undefined: all of them hold. */
function firstFailure() {
  const { stdout, stderr } = spawnSync(process.execPath, [...command, ...options], {
    cwd: copy,
    env: { PROGRAMS: '20000', ...process.env },
    encoding: 'utf8',
  });
  const run = /Property failed after (\d+) tests/.exec(stderr)?.[1];
  if (!run && !/^1 passed, 0 failed/m.test(stdout)) throw new Error(stderr);
  return run && { run, wrong: /^\s*\+\s+"\d+: (.*)",$/m.exec(stderr)?.[1] ?? 'it throws' };
}

let missed = 0;
console.log('| what is taken out | found at program | as |\n| --- | --- | --- |');
for (const { name, file, from, to } of faults) {
  const path = join(copy, file);
  const before = readFileSync(path, 'utf8');
  if (!before.includes(from)) throw new Error(`${file} has no ${from}`);
  writeFileSync(path, before.replace(from, to));
  const failure = firstFailure();
  writeFileSync(path, before);
  if (!failure) missed++;
  console.log(`| ${name} | ${failure ? `${failure.run} | ${failure.wrong}` : 'never |'} |`);
}
rmSync(copy, { recursive: true });
process.exitCode = missed > 0 ? 1 : 0;
