import type { AddressInfo } from 'node:net';
import type { Observable } from 'rxjs';
import { group, type LifecycleEvent } from 'rx-runner';
import { childProcess, httpServer, runMain } from 'rx-runner/node';
import { lifecycleMarbles } from 'rx-runner/testing';
import { toSvg } from 'rx-runner/timeline';

export const server: Observable<AddressInfo> = httpServer((_, response) => response.end(), { port: 0 });
export const main: Promise<void> = runMain(group({ server, child: childProcess('true', []) }));
export const picture = (events: readonly LifecycleEvent[]): string => toSvg(events);

lifecycleMarbles(({ runner, expectTeardowns }) => {
  expectTeardowns(runner('-a-').teardowns).toBe([]);
});
