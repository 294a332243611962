import { type IncomingMessage } from 'node:http';

/**
 * Whether a request was made by the page itself, or by a program of this machine. Any other page that is open in a browser of
 * this machine can send requests here as well, but it has to say whose it is.
 */
export function isFromHere({ headers: { host = '', origin } }: IncomingMessage): boolean {
  return /^(127\.0\.0\.1|localhost):\d+$/.test(host) && (origin === undefined || origin === `http://${host}`);
}
