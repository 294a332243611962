import { execFile } from 'node:child_process';

/** Runs a program in a process of its own, with all of the package and of RxJS that the two lines name. */
export async function program(script: string): Promise<{ code: unknown; stdout: string; stderr: string }> {
  const imports = `
    import {
      awaitTeardown, drain, exclusive, finalizeAsync, group, restart, RunGroupError, runGroup, runner, settle, start,
      stopWhen, withResource
    } from './src/index.ts';
    import { EMPTY, NEVER, Observable, Subject, of, throwError, timer, map, mergeMap } from 'rxjs';
  `;
  return new Promise((resolve) => {
    const args = ['--import', 'tsx', '--input-type=module', '--eval', imports + script];
    execFile(process.execPath, args, (error, stdout, stderr) => {
      resolve({ code: error?.code ?? 0, stdout, stderr });
    });
  });
}
