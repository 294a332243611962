import { authorizedKeys } from './authorizedKeys.js';

/** What to type to log in, and before that to be let in. */
export function welcome(path: string, host: string, port: number): string[] {
  const login = `ssh -p ${port} ${host}`;
  if (authorizedKeys(path).length > 0) return [login];
  const own = '~/.ssh/rx-runner-console';
  return [
    `nobody can log in yet: there is no key in ${path}. Make one and let it in, in another terminal:`,
    `ssh-keygen -t ed25519 -N '' -f ${own}`,
    `cat ${own}.pub >> '${path}'`,
    `${login} -i ${own}`,
  ];
}
