/* global document, getComputedStyle -- in the page */
// Renders timelines in a headless Chromium, in light and in dark, and measures there what the specs can only estimate: no text
// may overlap another one or a sign, everything is inside of the picture, and everything can be told from the background.
// `--shots <folder>` leaves a screenshot of each. The browser is that of launchChromium.mjs.
import assert from 'node:assert/strict';
import { mkdirSync, readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { toSvg } from 'rx-runner/timeline';
import { launchChromium } from './launchChromium.mjs';
import { timelines } from '../spec/helpers/timelines.ts';

const [, shots] = /--shots (\S+)/.exec(process.argv.join(' ')) ?? [];
if (shots) mkdirSync(shots, { recursive: true });

const pictures = [
  ...readdirSync('docs/pictures')
    .filter((file) => file.endsWith('.svg'))
    .map((file) => [file, readFileSync(join('docs/pictures', file), 'utf8')]),
  ...Object.entries(timelines).flatMap(([name, events]) =>
    [320, 760].map((width) => [`${name}, ${width} wide`, toSvg(events, { width, grace: 900 })]),
  ),
];

/** Runs in the page: what is wrong with the picture in it. */
function complaints() {
  const svg = document.querySelector('svg');
  const texts = [...svg.querySelectorAll('text')];
  const signs = [...svg.querySelectorAll('path[transform]')];
  const boxOf = (element) => {
    const { x, y, width, height } = element.getBBox();
    const { e = 0, f = 0 } = element.transform.baseVal.consolidate()?.matrix ?? {};
    // of a shape without its stroke
    const half = element.tagName === 'path' ? parseFloat(getComputedStyle(element).strokeWidth) / 2 : 0;
    return { left: x + e, top: y + f - half, right: x + e + width, bottom: y + f + height + half };
  };
  const overlap = (one, other) =>
    one.left < other.right && other.left < one.right && one.top < other.bottom && other.top < one.bottom;
  const nameOf = (element) => element.textContent.slice(0, 60);
  const boxes = new Map([...texts, ...signs].map((element) => [element, boxOf(element)]));
  const found = [];
  texts.forEach((text, index) => {
    for (const other of [...texts.slice(index + 1), ...signs]) {
      if (overlap(boxes.get(text), boxes.get(other))) found.push(`'${nameOf(text)}' overlaps '${nameOf(other)}'`);
    }
  });
  const { x, y, width, height } = svg.viewBox.baseVal;
  for (const [element, { left, top, right, bottom }] of boxes) {
    if (left < x || top < y || right > x + width || bottom > y + height) found.push(`'${nameOf(element)}' is cut off`);
  }
  const luminanceOf = (color) => {
    const [red, green, blue] = color
      .match(/[\d.]+/g)
      .map((part) => part / 255)
      .map((part) => (part <= 0.04045 ? part / 12.92 : ((part + 0.055) / 1.055) ** 2.4));
    return 0.2126 * red + 0.7152 * green + 0.0722 * blue;
  };
  const back = luminanceOf(getComputedStyle(svg.querySelector('rect')).fill);
  for (const element of [...texts, ...signs]) {
    const own = luminanceOf(getComputedStyle(element).fill);
    const contrast = (Math.max(own, back) + 0.05) / (Math.min(own, back) + 0.05);
    if (contrast < (element.tagName === 'text' ? 7 : 3))
      found.push(`'${nameOf(element)}' has a contrast of ${contrast}`);
  }
  if (!texts.length) found.push('there is no text');
  return { found, back };
}

const browser = await launchChromium();
let failures = 0;
try {
  const backs = {};
  for (const colorScheme of ['light', 'dark']) {
    const page = await browser.newPage({ colorScheme, viewport: { width: 800, height: 600 } });
    for (const [name, svg] of pictures) {
      await page.setContent(`<!doctype html><meta charset="utf-8"><body style="margin: 0">${svg}`);
      const { found, back } = await page.evaluate(complaints);
      (backs[colorScheme] ??= new Set()).add(back);
      for (const complaint of found) console.error(`${name}, ${colorScheme}: ${complaint}`);
      failures += found.length;
      if (shots)
        await page.screenshot({ path: join(shots, `${name.replace(/\W+/g, '-')}-${colorScheme}.png`), fullPage: true });
    }
  }
  assert.deepEqual(
    Object.values(backs).map((luminances) => luminances.size),
    [1, 1],
  );
  assert.ok([...backs.light][0] > 0.9 && [...backs.dark][0] < 0.1, 'the pictures are not dark in the dark');
} finally {
  await browser.close();
}
console.log(`${pictures.length} pictures in light and dark: ${failures} complaints`);
process.exitCode = failures ? 1 : 0;
