/**
 * Services, and a console to administer them: a shell over SSH, and a page in the browser, over the same running group. Each
 * service is stopped, started and restarted on its own; `quit`, Ctrl-C and a signal end the program, and whoever is logged in
 * sees how it ends.
 *
 *     npm --prefix examples/console start     # then do as it says, then Ctrl-C
 */
import { join } from 'node:path';
import { group, interrupt, type LifecycleEvent } from 'rx-runner';
import { httpServer, runMain } from 'rx-runner/node';
import { map, merge, ReplaySubject, scan, Subject, take, tap } from 'rxjs';
import { heartbeat } from '../main/heartbeat.js';
import { log, logEvent } from '../main/log.js';
import { Commands } from './Commands.js';
import { page } from './page/page.js';
import { Roster } from './Roster.js';
import { Services } from './Services.js';
import { letters } from './services/letters.js';
import { mail } from './services/mail.js';
import { poller } from './services/poller.js';
import { settings } from './settings.js';
import { exec } from './ssh/exec.js';
import { shell } from './ssh/shell.js';
import { sshServer } from './ssh/sshServer.js';

const { sshHost, sshPort, pagePort, directory, authorizedKeys, grace } = settings(process.env);

const roster = new Roster({ services: ['heartbeat', 'poller', 'mail'], console: ['page', 'ssh'] });
const services = new Services(roster);
const quit = new Subject<string>();
const commands = new Commands(roster, services, quit);
const url = new ReplaySubject<string>(1);

const members = {
  end: merge(quit, interrupt({ signals: ['SIGINT', 'SIGTERM', 'SIGHUP'] })).pipe(take(1)),
  heartbeat: services.service(
    'heartbeat',
    heartbeat(join(directory, 'heartbeat')).pipe(
      scan((beats) => beats + 1, 0),
      map((beats) => `${beats} beats`),
    ),
  ),
  poller: services.service('poller', poller(url)),
  mail: services.service('mail', mail(letters(roster, ['heartbeat', 'poller']), join(directory, 'mailbox'))),
  page: httpServer(page(roster, commands), { port: pagePort, host: '127.0.0.1' }).pipe(
    map(({ address, port }) => `http://${address}:${port}/`),
    tap((address) => {
      log('page', `listens on ${address}`);
      url.next(address);
    }),
  ),
  ssh: sshServer({ host: sshHost, port: sshPort, hostKey: join(directory, 'host_key'), authorizedKeys }, (session) =>
    (session.command === undefined ? shell : exec)(session, commands, roster),
  ),
};

const program = group(members, {
  // At the stop it is the other way round: the mail tells of the others' end, and the console is there until the last.
  needs: { heartbeat: ['mail'], poller: ['mail'], mail: ['page'], page: ['ssh'] },
  tagged: true,
  // For the end by `quit`, as by a member that fails. A second more: a signal is `runMain`'s, which tells who is late.
  grace: grace + 1000,
  lifecycle: {
    next(event: LifecycleEvent) {
      roster.follow(event);
      // of sessions there is a line when they come and go
      if (event.path.length < 3) logEvent(event);
    },
  },
});

log('program', `keeps its files in ${directory}`);
void runMain(program.pipe(tap(({ member, value }) => roster.hear(member, value))), { grace, exitCode: 'zero' });
