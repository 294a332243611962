// The programs that the pictures show, in virtual time: the group of the main example, with members that take the time which
// its own take, and one that has everything.
import { EventEmitter } from 'node:events';
import { group, interrupt, restart, runner } from 'rx-runner';
import { concat, mergeMap, NEVER, of, throwError, timer } from 'rxjs';
import { program } from '../../examples/main/program.ts';

/** Works, and is ready after a while; its teardown takes as long as it is told to. */
function service(ready, teardown) {
  return runner({ run: () => concat(timer(ready), NEVER), teardown: () => timer(teardown) });
}

/** Ctrl-C after a while: a signal that no process gets. */
function ctrlC(after) {
  const source = new EventEmitter();
  timer(after).subscribe(() => source.emit('SIGINT'));
  return interrupt({ source });
}

function failing(after, message) {
  return timer(after).pipe(mergeMap(() => throwError(() => new Error(message))));
}

/** A group by the name of its picture: how it runs, and with which options it is drawn. */
export const programs = {
  main: {
    title: 'The main example: Ctrl-C while a request is under way',
    grace: 2000,
    run: (lifecycle) =>
      program(
        {
          heartbeat: service(100, 50),
          http: service(200, 700),
          worker: service(500, 1050),
          interrupt: ctrlC(3000),
        },
        2000,
        lifecycle,
      ),
  },

  everything: {
    title: 'A program in which a lot goes wrong',
    grace: 1000,
    run: (lifecycle) => {
      let attempts = 0;
      const mail = runner({
        run: () => (++attempts < 3 ? failing(300, 'no route to host') : concat(of('connected'), NEVER)),
        teardown: () => timer(200),
      }).pipe(restart({ delay: 200 }));
      const web = group({
        http: service(200, 600),
        sockets: runner({ run: () => concat(of(1), NEVER), teardown: () => failing(400, 'not flushed') }),
      });
      return group(
        {
          db: service(300, 300),
          web,
          mail,
          report: timer(400),
          stuck: service(100, 2600),
          quota: failing(2000, 'disk full'),
        },
        { needs: { web: ['db'] }, until: 'error', grace: 1000, lifecycle },
      );
    },
  },
};
