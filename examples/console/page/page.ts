import { readFileSync } from 'node:fs';
import { type RequestListener } from 'node:http';
import { type Commands } from '../Commands.js';
import { type Roster } from '../Roster.js';
import { answerCommand } from './answerCommand.js';
import { isFromHere } from './isFromHere.js';
import { streamStatuses } from './streamStatuses.js';

const html = readFileSync(new URL('page.html', import.meta.url));
const headers = {
  'Content-Type': 'text/html; charset=utf-8',
  // Another page must not show this one invisibly, for somebody to click its buttons unawares.
  'Content-Security-Policy': "frame-ancestors 'none'",
};

/** The states of the members, live, and buttons: each sends a command, as it would be typed over SSH. */
export function page(roster: Roster, commands: Commands): RequestListener {
  const routes = new Map<string, RequestListener>([
    ['GET /', (_, response) => void response.writeHead(200, headers).end(html)],
    ['GET /events', (request, response) => streamStatuses(roster, request, response)],
    ['POST /commands', (request, response) => answerCommand(commands, request, response)],
  ]);
  return (request, response) => {
    const { method = '', url = '' } = request;
    const route = routes.get(`${method} ${url}`);
    if (!isFromHere(request)) response.writeHead(403).end('Open it by the address that the program prints.\n');
    else if (route) route(request, response);
    else response.writeHead(404).end(`There is no ${method} ${url}.\n`);
  };
}
