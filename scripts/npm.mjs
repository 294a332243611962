import { spawnSync } from 'node:child_process';

/** Runs the npm that runs this script, else the one on the path. Returns what it printed, if `options` pipes that. */
export function npm(args, options) {
  const path = process.env['npm_execpath'];
  const { status, error, stdout } = path
    ? spawnSync(process.execPath, [path, ...args], options)
    : spawnSync('npm', args, options);
  if (status !== 0) {
    throw error ?? new Error(`npm ${args.join(' ')} ended with ${status}`);
  }
  return stdout?.toString();
}
