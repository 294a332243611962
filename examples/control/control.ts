/**
 * A running group whose members are switched one by one: type `status`, `stop NAME`, `start NAME`, `restart NAME`, or `quit`.
 *
 * The group has no method for that, and needs none: each member runs while a switch of its own is on.
 */
import { setTimeout as delay } from 'node:timers/promises';
import { createInterface } from 'node:readline';
import { group, interrupt, named, runner, runWhile, start } from 'rx-runner';
import { BehaviorSubject, interval, type Observable } from 'rxjs';

function service(name: string): Observable<unknown> {
  return runner({
    name,
    run({ ready }) {
      console.log(`${name}: up`);
      ready();
      return interval(1000);
    },
    async teardown() {
      console.log(`${name}: shutting down`);
      await delay(200);
      console.log(`${name}: down`);
    },
  });
}

const names = ['api', 'mail'];
const switches = new Map(names.map((name) => [name, new BehaviorSubject(true)]));
const services = names.map((name) => service(name).pipe(runWhile(switches.get(name) ?? []), named(name)));

const commands = runner({
  name: 'commands',
  async run({ signal, ready }) {
    const lines = createInterface({ input: process.stdin, signal });
    ready();
    for await (const line of lines) {
      const [command = '', name = ''] = line.trim().split(' ');
      if (command === 'quit') break;
      obey(command, name);
    }
    lines.close(); // else the input would hold the process
  },
});

function obey(command: string, name: string): void {
  const enabled = switches.get(name);
  if (command === 'status') console.log(JSON.stringify(states()));
  else if (!enabled) console.log(`there is no ${name || 'name'}: ${names.join(', ')}`);
  else if (command === 'stop') enabled.next(false);
  else if (command === 'start') enabled.next(true);
  else if (command === 'restart') {
    enabled.next(false);
    // it starts when the teardown of the run before has settled
    enabled.next(true);
  }
}

function states(): Record<string, string> {
  const { members } = program.report();
  // a member that is switched off is still a member: it waits
  const stateOf = (name: string): string =>
    switches.get(name)?.value === false ? 'off' : (members[name]?.state ?? '');
  return Object.fromEntries(Object.keys(members).map((name) => [name, stateOf(name)]));
}

const program = start(group([interrupt().pipe(named('interrupt')), ...services, commands]), {
  error: (error: unknown) => {
    console.error(error);
    process.exitCode = 1;
  },
  complete: () => {
    console.log('the end');
  },
});
