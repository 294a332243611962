import { type AuthContext } from 'ssh2';
import { authorizedKeys } from './authorizedKeys.js';

/** Lets in whoever has the private half of an authorized key. The file is read each time: no restart for a new one. */
export function authenticate(attempt: AuthContext, path: string): void {
  if (attempt.method !== 'publickey') {
    attempt.reject(['publickey']);
    return;
  }
  const { algo, data } = attempt.key;
  const key = authorizedKeys(path).find((known) => known.getPublicSSH().equals(data));
  const { signature, blob, hashAlgo } = attempt;
  // without a signature the client only asks whether to try this key
  const isWelcome = key && (!signature || (blob && key.verify(blob, signature, hashAlgo)));
  if (isWelcome && algo) attempt.accept();
  else attempt.reject(['publickey']);
}
