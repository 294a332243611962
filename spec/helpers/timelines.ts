import type { LifecycleEvent, LifecycleEventType } from '../../src/index.js';

/** An event, in short. */
export function event(
  at: number,
  path: string,
  type: LifecycleEventType,
  more: Partial<LifecycleEvent> = {},
): LifecycleEvent {
  return { at, path: path.split('/'), type, ...more };
}

/** A whole life: some start slowly, some are torn down slowly, and each seventh fails. */
function life(path: string, index: number): readonly LifecycleEvent[] {
  const end = 3100 + ((index * 370) % 1900);
  return [
    event(index * 10, path, 'starting'),
    event(100 + index * 40, path, 'ready'),
    event(3000, path, 'stopping'),
    index % 7 === 6
      ? event(end, path, 'failed', {
          error: new Error(`the disk of ${path} is full, and nobody can do anything about it`),
        })
      : event(end, path, 'stopped'),
  ];
}

function lives(paths: readonly string[]): readonly LifecycleEvent[] {
  return paths.flatMap(life).sort((one, other) => one.at - other.at);
}

function members(count: number): readonly string[] {
  return Array.from({ length: count }, (_, index) => `member ${index + 1}`);
}

const deep = Array.from({ length: 30 }, (_, depth) => `level ${depth}`).join('/');

/** The timelines that must be legible, whatever is in them. */
export const timelines: Readonly<Record<string, readonly LifecycleEvent[]>> = {
  'no events': [],
  'one event': [event(5, 'a', 'starting')],
  'one member': lives(members(1)),
  'five members': lives(members(5)),
  'forty members': lives(members(40)),
  'long names': lives([
    'a name that is far too long for any picture that somebody would want to look at, and yet somebody has chosen it',
    'W'.repeat(200),
    '数据库连接池管理服务的一个非常长的名字数据库连接池管理服务的一个非常长的名字',
    '👩‍👩‍👧‍👦🏳️‍🌈🚀🚀🚀🚀🚀🚀🚀🚀🚀🚀🚀🚀🚀🚀🚀🚀🚀🚀🚀🚀🚀🚀🚀',
    '<b>&amp;"\']]>\n\u001b[2J\u202e]]>',
    'i',
    'short',
  ]),
  nested: lives(['web', 'web/http', 'web/sockets', 'web/sockets/chat', 'web/sockets/news', 'db', 'jobs/mail']),
  deep: lives(['top', deep, `${deep}/a long name at the bottom of it all`]),
  'every event': [
    event(0, 'api', 'starting'),
    event(0, 'flaky', 'starting'),
    event(0, 'slow', 'starting'),
    event(50, 'api', 'ready'),
    event(300, 'flaky', 'restarting', { attempt: 1, delay: 200, error: new Error('no route to host') }),
    event(700, 'flaky', 'restarting', { attempt: 2, delay: 200, error: new Error('no route to host') }),
    event(1000, 'api', 'completed'),
    event(1000, 'flaky', 'stopping'),
    event(1000, 'slow', 'stopping'),
    event(1000, 'queued', 'refused'),
    event(1200, 'flaky', 'failed', { error: new Error('not flushed') }),
    event(2000, 'slow', 'forced'),
    event(2500, 'slow', 'late'),
  ],
};
