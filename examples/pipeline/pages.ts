import { readFileSync } from 'node:fs';
import { type RequestListener } from 'node:http';
import { toSvg } from 'rx-runner/timeline';
import { map, type Observable } from 'rxjs';
import { eventStream } from './eventStream.js';
import { type Snapshot } from './snapshots.js';

const files = new Map([
  ['/', file('index.html', 'text/html')],
  ['/page.css', file('page.css', 'text/css')],
  ['/page.js', file('page.js', 'text/javascript')],
]);

function file(name: string, type: string): { readonly type: string; readonly body: Buffer } {
  return { type: `${type}; charset=utf-8`, body: readFileSync(new URL(`page/${name}`, import.meta.url)) };
}

/** Answers for the page, and for its live figures. */
export function pages(snapshots: Observable<Snapshot>): RequestListener {
  return (request, response) => {
    const [path = '/', query] = (request.url ?? '/').split('?');
    const found = files.get(path);
    if (request.method !== 'GET') {
      response.writeHead(405, { Allow: 'GET' }).end();
    } else if (path === '/events') {
      const width = Number(new URLSearchParams(query).get('width'));
      eventStream(snapshots.pipe(map((snapshot) => shown(snapshot, width))), request, response);
    } else if (found) {
      response.writeHead(200, { 'Content-Type': found.type, 'Content-Security-Policy': policy }).end(found.body);
    } else {
      response.writeHead(404).end();
    }
  };
}

/** What the page needs of it, with the timeline as a picture that is as wide as the page has room for. */
function shown({ story, ...rest }: Snapshot, width: number): object {
  return { ...rest, members: story.members, timeline: toSvg(story.events, { width: Math.min(width || 760, 1200) }) };
}

/** Nothing is loaded from elsewhere. */
const policy = `default-src 'self'; img-src data:`;
