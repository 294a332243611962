import { describe, expect, it } from '@jest/globals';
import { toSvg } from '../../src/timeline/index.js';
import { event, timelines } from '../helpers/timelines.js';

const colors = { light: { back: '#fff', ink: '#222' }, dark: { back: '#111', ink: '#eee' } };

/** As WCAG has it. */
function luminance(color: string): number {
  const digits = color.slice(1);
  const all = digits.length === 3 ? digits.replace(/./g, '$&$&') : digits;
  const [red = 0, green = 0, blue = 0] = (all.match(/../g) ?? []).map((pair) => {
    const part = parseInt(pair, 16) / 255;
    return part <= 0.04045 ? part / 12.92 : ((part + 0.055) / 1.055) ** 2.4;
  });
  return 0.2126 * red + 0.7152 * green + 0.0722 * blue;
}

function contrast(one: string, other: string): number {
  const [dark = 0, light = 0] = [luminance(one), luminance(other)].sort((a, b) => a - b);
  return (light + 0.05) / (dark + 0.05);
}

describe('toSvg', () => {
  const everything = toSvg(timelines['every event'] ?? [], { grace: 900, title: 'How it <stops> & "ends"' });

  it('should be a document of its own: no script, nothing to load, no identifier that another one could have', () => {
    expect(everything).toMatch(/^<svg xmlns="http:\/\/www\.w3\.org\/2000\/svg" role="img" [^]*<\/svg>$/);
    expect(everything).not.toMatch(/<script|href|url\(|@import| on\w+=| id=/);
  });

  it('should be told to whoever cannot see it', () => {
    expect(everything.split('\n')[1]).toBe(
      '<title>How it &#60;stops&#62; &#38; "ends"</title><desc>1 s api completed. 1.2 s flaky failed: not flushed. ' +
        '2.5 s slow late. 1 s queued refused</desc>',
    );
  });

  it('should say of each mark what it is', () => {
    const titles = Array.from(everything.matchAll(/<path[^>]*><title>([^<]*)/g), ([, title]) => title);

    expect(titles).toStrictEqual(expect.arrayContaining(['50 ms api ready', '2 s slow forced', '1 s queued refused']));
    expect(titles).toContain('700 ms flaky restarting: no route to host');
  });

  it('should draw a teardown hatched, and what is starting thinner than what is ready', () => {
    const strokes = Array.from(everything.matchAll(/stroke-width="([^>]*?)" ?><title>(\w+)</g), ([, width, type]) => [
      type,
      width?.replace(/"/g, ''),
    ]);

    expect(Object.fromEntries(strokes as [string, string][])).toStrictEqual({
      starting: '2',
      ready: '10',
      stopping: '10 stroke-dasharray=2 3',
    });
  });

  it('should be well-formed, whatever names and messages are made of', () => {
    const name = 'a<b>&"\'\u0000\u001b\ud800]]>';
    const svg = toSvg([event(0, name, 'failed', { error: new Error(name) })], { title: name });

    // eslint-disable-next-line no-control-regex
    expect(svg.replace(/\n/g, '')).not.toMatch(/[\u0000-\u001f\ud800-\udfff]|&(?!#\d+;)/);
    expect(svg.replace(/<\/?(?:svg|title|desc|style|rect|path|text)\b[^<>]*>/g, '').replace(/[^<>]/g, '')).toBe('');
    const opened = svg.match(/<\w[^>]*[^/]>/g)?.length;
    expect(svg.match(/<\/\w+>/g)).toHaveLength(opened ?? 0);
  });

  it('should have texts and marks that can be seen, in the light and in the dark', () => {
    const fills = Array.from(new Set(Array.from(everything.matchAll(/ fill="(#\w+)"/g), ([, fill = '']) => fill)));

    expect(fills.length).toBeGreaterThan(2);
    for (const { back, ink } of Object.values(colors)) {
      expect(everything).toContain(`.rx-i{fill:${ink}}.rx-b{fill:${back}}`);
      expect(contrast(ink, back)).toBeGreaterThan(7);
      for (const fill of [...fills, '#808080']) expect(contrast(fill, back)).toBeGreaterThan(3);
    }
    expect(everything).toContain(`@media(prefers-color-scheme:dark){.rx-i{fill:${colors.dark.ink}}`);
  });

  it('should cut a long name, and a long message, and have all of it as a title', () => {
    const long = 'x'.repeat(300);
    const svg = toSvg([event(0, long, 'failed', { error: new Error(long) })]);

    expect(svg).toContain(`…<title>${long}</title>`);
    expect(svg).toContain(`…<title>0 ms ${long} failed: ${long}</title>`);
  });

  it('should be as wide as it is told to, but not too narrow to be read', () => {
    expect(toSvg([], { width: 1000 })).toContain(' width="1000" height="90" viewBox="-12 -23 1000 90" ');
    expect(toSvg([])).toContain(' width="760" ');
    expect(toSvg([], { width: 1 })).toContain(' width="320" ');
  });

  it('should be the same, byte for byte', () => {
    expect(toSvg(timelines['forty members'] ?? [])).toBe(toSvg([...(timelines['forty members'] ?? [])]));
  });

  it('should draw 10,000 events in less than a second', () => {
    const events = Array.from({ length: 10_000 }, (_, at) =>
      event(at, `group ${at % 5}/member ${at % 40}`, at % 2 ? 'failed' : 'starting', {
        ...(at % 2 && { error: new Error(`went wrong, for the time number ${at}`) }),
      }),
    );
    // of the processor: how long it takes depends on who else is at work
    const before = process.cpuUsage();

    toSvg(events, { grace: 100 });

    const { user } = process.cpuUsage(before);
    expect(user / 1000).toBeLessThan(1000);
  });

  it('should refuse a bad option', () => {
    expect(() => toSvg([], { width: -1 })).toThrow(new TypeError("timeline: 'width' must be 0 or more, got -1"));
  });
});
