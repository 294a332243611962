import { describe, expect, it } from '@jest/globals';
import { toSvg, type SvgOptions } from '../../src/timeline/index.js';
import { timelines } from '../helpers/timelines.js';

interface Box {
  readonly what: string;
  readonly left: number;
  readonly top: number;
  readonly right: number;
  readonly bottom: number;
}

interface Element {
  readonly name: string;
  readonly attributes: Readonly<Partial<Record<string, string>>>;
  readonly text: string;
}

/** The elements of a picture: they are never nested but in `svg`, a `title` in what it names apart. */
function elementsOf(svg: string): readonly Element[] {
  return Array.from(
    svg.matchAll(/<(svg|rect|text|path)\b([^>]*?)\/?>([^<]*)/g),
    ([, name = '', list = '', text = '']) => ({
      name,
      attributes: Object.fromEntries<string>(
        Array.from(list.matchAll(/([\w-]+)="([^"]*)"/g), ([, key = '', value = '']) => [key, value] as const),
      ),
      text: text.replace(/&#(\d+);/g, (_, code: string) => String.fromCharCode(Number(code))),
    }),
  );
}

const wide = /\p{Emoji_Presentation}|\p{Script=Han}/u;

/** As wide as the widest of the fixed-width fonts has it, 0.61 of its size, and 1.25 for what is wide. */
function widthOf(text: string): number {
  return Array.from(text.replace(/\p{M}|\u200d/gu, '')).reduce(
    (width, sign) => width + (wide.test(sign) ? 15 : 7.32),
    0,
  );
}

function textBox({ attributes: { x, y }, text }: Element): Box {
  return { what: text, left: Number(x), top: Number(y) - 11, right: Number(x) + widthOf(text), bottom: Number(y) + 3 };
}

/** The box around each `M`, `L`, `H`, `V` of a path, absolute or relative, and its stroke. */
function pathBox({ attributes: { d = '', transform = '', 'stroke-width': stroke = '2' } }: Element): Box {
  const [dx = 0, dy = 0] = Array.from(transform.matchAll(/-?[\d.]+/g), Number);
  const xs: number[] = [];
  const ys: number[] = [];
  for (const [, command = '', list = ''] of d.matchAll(/([MLHV])([^MLHVz]*)/g)) {
    const numbers = Array.from(list.matchAll(/-?[\d.]+/g), Number);
    numbers.forEach((number, index) => {
      (command === 'H' || (command !== 'V' && index % 2 === 0) ? xs : ys).push(number);
    });
  }
  const half = Number(stroke.split('"')[0]) / 2;
  return {
    what: d,
    left: dx + Math.min(...xs),
    top: dy + Math.min(...ys) - half,
    right: dx + Math.max(...xs),
    bottom: dy + Math.max(...ys) + half,
  };
}

function overlap(one: Box, other: Box): boolean {
  return one.left < other.right && other.left < one.right && one.top < other.bottom && other.top < one.bottom;
}

function overlapping(boxes: readonly Box[], others: readonly Box[] = boxes): readonly string[] {
  return boxes.flatMap((one, index) =>
    (boxes === others ? boxes.slice(index + 1) : others)
      .filter((other) => overlap(one, other))
      .map((other) => `${one.what} | ${other.what}`),
  );
}

function layoutOf(name: string, options: SvgOptions) {
  const svg = toSvg(timelines[name] ?? [], options);
  const elements = elementsOf(svg);
  const [x = 0, y = 0, width = 0, height = 0] = (elements[0]?.attributes.viewBox ?? '').split(' ').map(Number);
  return {
    frame: { what: 'frame', left: x, top: y, right: x + width, bottom: y + height },
    texts: elements.filter((element) => element.name === 'text').map(textBox),
    // all that is drawn for an event; not the lines that lead the eye
    signs: elements.filter(({ name, attributes }) => name === 'path' && attributes.transform).map(pathBox),
    lines: elements.filter(({ name, attributes }) => name === 'path' && !attributes.transform).map(pathBox),
  };
}

/** Each timeline in a narrow picture, in the usual one, and in a wide one. */
function layoutsOf(name: string) {
  return [320, 760, 1600].map((width) => layoutOf(name, { width, grace: 900 }));
}

describe('the geometry of toSvg', () => {
  describe.each(Object.keys(timelines))('%s', (name) => {
    it('should not have texts that overlap', () => {
      for (const { texts } of layoutsOf(name)) expect(overlapping(texts)).toStrictEqual([]);
    });

    it('should not draw over a text', () => {
      for (const { texts, signs } of layoutsOf(name)) expect(overlapping(texts, signs)).toStrictEqual([]);
    });

    it('should have everything inside of the picture', () => {
      for (const { frame, lines, signs, texts } of layoutsOf(name)) {
        expect(texts.length).toBeGreaterThan(0);
        const outside = [...lines, ...signs, ...texts].filter(
          ({ left, top, right, bottom }) =>
            left < frame.left || top < frame.top || right > frame.right || bottom > frame.bottom,
        );
        expect(outside).toStrictEqual([]);
      }
    });

    it('should have a row for each lane', () => {
      for (const { signs } of layoutsOf(name)) {
        const rows = Array.from(new Set(signs.map(({ top, bottom }) => (top + bottom) / 2))).sort((a, b) => a - b);
        const distances = rows.slice(1).map((row, index) => row - (rows[index] ?? 0));
        expect(distances.filter((distance) => distance < 22)).toStrictEqual([]);
      }
    });
  });

  it('should see what overlaps, and what does not', () => {
    const texts = [0, 15, 29].map((x) => `<text x="${x}" y="10">two</text>`).join('');
    const paths = '<path transform="translate(30 -10)" d="M0 0V5"/><path transform="translate(30 8)" d="M-5 0H5"/>';
    const [one, two, three, above, across] = elementsOf(texts + paths).map((element) =>
      element.name === 'text' ? textBox(element) : pathBox(element),
    );
    const lapping = (a?: Box, b?: Box): boolean => !!a && !!b && overlap(a, b);

    expect([lapping(one, two), lapping(two, three), lapping(one, three)]).toStrictEqual([true, true, false]);
    expect([lapping(three, above), lapping(three, across), lapping(one, across)]).toStrictEqual([false, true, false]);
  });
});
