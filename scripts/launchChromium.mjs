import { existsSync } from 'node:fs';
import { chromium } from 'playwright-core';

const candidates = [
  '/usr/bin/chromium',
  '/usr/bin/chromium-browser',
  '/usr/bin/google-chrome',
  '/usr/bin/google-chrome-stable',
];

const args = [
  '--no-sandbox',
  '--disable-gpu',
  '--disable-quic',
  '--no-first-run',
  '--disable-background-networking',
  '--disable-component-update',
  '--disable-sync',
];

/** A headless Chromium: the one at CHROMIUM in the environment, else where systems have it. */
export function launchChromium() {
  const given = process.env['CHROMIUM'];
  const executablePath = [given, ...(given ? [] : candidates)].find((path) => path && existsSync(path));
  if (executablePath) return chromium.launch({ executablePath, args });
  throw new Error(`no Chromium at ${given ?? candidates.join(', ')}: install one, or set CHROMIUM to where it is`);
}
