import { mkdirSync, mkdtempSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';

/** What can be set from outside. */
export interface Settings {
  /** `PORT`; default: 0, which is any free one. */
  readonly port: number;
  /** `DATA_DIR`, which is made if need be; default: a new directory for temporary files. */
  readonly directory: string;
  /** `GRACE_MS`: how long the teardowns may take, in milliseconds; default: ten seconds. */
  readonly grace: number;
}

export function settings({ PORT, DATA_DIR, GRACE_MS }: NodeJS.ProcessEnv): Settings {
  return {
    port: Number(PORT ?? 0),
    directory: DATA_DIR ? made(resolve(DATA_DIR)) : mkdtempSync(join(tmpdir(), 'rx-runner-')),
    grace: Number(GRACE_MS ?? 10_000),
  };
}

function made(directory: string): string {
  mkdirSync(directory, { recursive: true });
  return directory;
}
