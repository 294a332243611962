// Builds examples/angular with the Angular CLI against the packed package, serves it with its own server, and uses it in a
// headless Chromium as its users do. With `--pictures` the screenshots of docs/angular are taken anew.
import assert from 'node:assert/strict';
import { spawn, spawnSync } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { createInterface } from 'node:readline';
import { setTimeout as delay } from 'node:timers/promises';
import { launchChromium } from './launchChromium.mjs';
import { npm } from './npm.mjs';

const app = resolve('examples/angular');
const scratch = mkdtempSync(join(tmpdir(), 'rx-runner-angular-'));
const takesPictures = process.argv.includes('--pictures');
/** How long a condition may take to come true, in milliseconds. */
const patience = 15_000;

function install() {
  const quiet = { stdio: ['ignore', 'pipe', 'inherit'] };
  const [{ filename }] = JSON.parse(npm(['pack', '--json', '--pack-destination', scratch], quiet));
  const options = ['--no-audit', '--no-fund', '--loglevel=error', '--prefer-offline'];
  npm(['install', ...options], { ...quiet, cwd: app });
  // not in its package.json: each pack has another checksum, which the lock file would have to follow
  npm(['install', ...options, '--no-save', join(scratch, filename)], { ...quiet, cwd: app });
}

function build() {
  const { status, stdout, stderr } = spawnSync(process.execPath, ['node_modules/@angular/cli/bin/ng.js', 'build'], {
    cwd: app,
    encoding: 'utf8',
  });
  assert.equal(status, 0, stdout + stderr);
}

/** The server of the example, on a port of its own. */
async function serve() {
  const server = spawn(process.execPath, ['server/main.mjs'], {
    cwd: app,
    env: { ...process.env, PORT: '0' },
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  const [url] = await once(createInterface(server.stdout), 'line');
  return { url, stop: () => server.kill('SIGTERM') && once(server, 'exit') };
}

/** Waits until the assertion holds. */
async function until(assertion) {
  const end = Date.now() + patience;
  for (;;) {
    try {
      return await assertion();
    } catch (error) {
      if (Date.now() > end) throw error;
      await delay(20);
    }
  }
}

/** One visit to the page, in a browser of its own: what it shows, and what the server saw. */
async function visit(browser, url, path = '') {
  const context = await browser.newContext({ viewport: { width: 860, height: 320 } });
  const page = await context.newPage();
  const problems = [];
  page.on('pageerror', (error) => problems.push(String(error)));
  page.on('console', (message) => {
    if (message.type() === 'error') problems.push(message.text());
  });
  const seen = await logOf(url);
  await page.goto(url + path);
  return {
    page,
    problems,
    text: (selector) => page.locator(selector).innerText(),
    /** The members and their states, as the page shows them. */
    members: async () => {
      const rows = await page.locator('tr[data-member]').all();
      const cells = await Promise.all(rows.map((row) => row.locator('th, .state').allInnerTexts()));
      return Object.fromEntries(cells);
    },
    /** What the server has seen since then. */
    log: async () => (await logOf(url)).slice(seen.length),
    picture: async (name) => {
      if (takesPictures) await page.screenshot({ path: `docs/angular/${name}.png`, fullPage: true });
    },
    close: () => context.close(),
  };
}

async function logOf(url) {
  return (await fetch(`${url}log`)).json();
}

const running = { pageHide: 'ready', interrupt: 'ready', feed: 'ready', poller: 'ready', cache: 'ready' };

const checks = {
  'the page shows the state of each member, and the timeline': async ({ page, members, text, problems, picture }) => {
    await until(async () => assert.deepEqual(await members(), running));
    await until(async () => assert.match(await text('[data-member=cache]'), /[1-9]\d* written/));
    assert.equal(await text('#status'), 'ready');
    await until(async () =>
      assert.ok(await page.$eval('#picture', ({ complete, naturalWidth }) => complete && naturalWidth > 0)),
    );
    assert.match(await text('#timeline'), /feed +starting\n.*\n?.*poller +starting[^]*feed +ready\n.*cache +starting/);
    assert.deepEqual(problems, []);
    await picture('running');
  },

  'a button interrupts: all are torn down, the cache before the feed that it needs': async (visited) => {
    const { page, members, text, log, problems, picture } = visited;
    await until(async () => assert.deepEqual(await members(), running));
    await until(async () => assert.match(await text('[data-member=cache]'), /[1-9]\d* not yet/));
    await page.click('#interrupt');
    await until(async () => assert.equal((await members()).cache, 'stopping'));
    await picture('stopping');
    await until(async () => assert.equal(await text('#status'), 'completed'));
    assert.deepEqual(await members(), {
      pageHide: 'stopped',
      interrupt: 'completed',
      feed: 'stopped',
      poller: 'stopped',
      cache: 'stopped',
    });
    const seen = await until(async () => {
      const entries = await log();
      assert.equal(entries.at(-1), '/feed: closed');
      return entries;
    });
    assert.match(seen.at(-2), /^cache: \d/);
    assert.match(await text('[data-member=cache]'), / 0 not yet/);
    assert.deepEqual(problems, []);
  },

  'a failure is shown, and stops the others; restarted, all of them run again': async (visited) => {
    const { page, members, text, problems, picture } = visited;
    await until(async () => assert.deepEqual(await members(), running));
    await page.click('#fail');
    await until(async () => assert.equal(await text('#status'), 'failed'));
    assert.equal((await members()).poller, 'failed');
    assert.match(await text('#error'), /poller.*the server answered 503/);
    await picture('failed');
    await page.click('#restart');
    await until(async () => assert.deepEqual(await members(), running));
    assert.equal(await text('#status'), 'ready');
    assert.equal(await page.locator('#error').count(), 0);
    // the browser itself reports the answer; the ErrorHandler is not told of what the page shows
    assert.deepEqual(
      problems.filter((problem) => !problem.startsWith('Failed to load resource')),
      [],
    );
  },

  'restarted while it runs: the new connection is opened when the old one is closed': async (visited) => {
    const { page, members, log } = visited;
    await until(async () => assert.deepEqual(await members(), running));
    await page.click('#restart');
    await until(async () => assert.equal((await log()).filter((entry) => entry === '/feed: open').length, 2));
    await until(async () => assert.deepEqual(await members(), running));
    const feed = (await log()).filter((entry) => entry.startsWith('/feed'));
    assert.deepEqual(feed, ['/feed: open', '/feed: closed', '/feed: open']);
  },

  'leaving a route tears its runner down: the socket is closed after the last message has arrived': async (visited) => {
    const { page, text, log, problems } = visited;
    await page.click('text=Room blue');
    await until(async () => assert.equal(await text('#room-status'), 'ready'));
    await write(page, 'good');
    await write(page, 'bye');
    await page.click('text=Overview');
    await until(async () => assert.equal((await log()).at(-1), '/rooms/blue: closed'));
    const seen = (await log()).filter((entry) => entry.startsWith('/rooms'));
    assert.deepEqual(seen, ['/rooms/blue: open', '/rooms/blue: good', '/rooms/blue: bye', '/rooms/blue: closed']);
    assert.deepEqual(problems, []);
  },

  'another room is entered when the one before has been left': async (visited) => {
    const { page, text, log, problems, picture } = visited;
    await page.click('text=Room blue');
    await until(async () => assert.equal(await text('#room-status'), 'ready'));
    await write(page, 'on my way');
    await page.click('text=Room green');
    await until(async () => assert.equal(await text('#room-status'), 'stopping'));
    assert.match(await text('h2'), /Room green/);
    await picture('leaving');
    await until(async () => assert.equal(await text('#room-status'), 'ready'));
    const seen = (await log()).filter((entry) => entry.startsWith('/rooms'));
    assert.deepEqual(seen, [
      '/rooms/blue: open',
      '/rooms/blue: on my way',
      '/rooms/blue: closed',
      '/rooms/green: open',
    ]);
    assert.deepEqual(problems, []);
  },

  'leaving the page: pageHide() is emitted, and what a teardown sends at once arrives': async (visited) => {
    const { page, members, text, log } = visited;
    await until(async () => assert.deepEqual(await members(), running));
    await until(async () => assert.match(await text('[data-member=cache]'), /[1-9]\d* not yet/));
    await page.goto('about:blank');
    await until(async () => assert.match((await log()).join('\n'), /^beacon: \d/m));
  },
};

async function write(page, text) {
  await page.fill('#text', text);
  await page.click('#write');
  await until(async () => assert.match(await page.locator('#unsent').innerText(), new RegExp(text)));
}

let failed = 0;
try {
  install();
  build();
  const server = await serve();
  const browser = await launchChromium();
  try {
    for (const [name, check] of Object.entries(checks)) {
      const visited = await visit(browser, server.url);
      try {
        await check(visited);
        console.log(`ok      ${name}`);
      } catch (error) {
        failed++;
        console.error(`FAILED  ${name}\n${error.stack}\nthe server saw: ${(await visited.log()).join(', ')}`);
        await visited.page.screenshot({ path: join(tmpdir(), `rx-runner-angular-${failed}.png`) });
      } finally {
        await visited.close();
      }
    }
  } finally {
    await browser.close();
    await server.stop();
  }
} finally {
  rmSync(scratch, { recursive: true, force: true });
}
console.log(`${Object.keys(checks).length - failed} passed, ${failed} failed`);
process.exitCode = failed > 0 ? 1 : 0;
