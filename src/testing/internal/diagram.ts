/** One character of a marble diagram, and when it is due. */
export interface Mark {
  readonly frame: number;
  readonly text: string;
  /** What tells two marks apart that look alike, as two errors do. */
  readonly meaning?: unknown;
}

export type Diagram = readonly Mark[];

/** The marks of one frame, as they stand in a line: alone, or as a group in parentheses. */
interface Cell {
  readonly frame: number;
  readonly text: string;
}

/** A stretch without any mark that is longer than this is written as a time: ` 985ms `. */
const longestGap = 20;

/**
 * Where each frame stands in a line. A character is a frame, but for the long stretches in which nothing happens in any of
 * the diagrams that are drawn below each other.
 */
export class Columns {
  readonly #gaps: readonly { readonly from: number; readonly to: number; readonly text: string }[];

  constructor(diagrams: readonly Diagram[]) {
    const cells = diagrams.flatMap(linesOf).flat();
    const busy = [...cells].sort((one, other) => one.frame - other.frame);
    const gaps: { from: number; to: number; text: string }[] = [];
    let free = 0;
    for (const { frame, text } of busy) {
      if (frame - free > longestGap) gaps.push({ from: free, to: frame, text: ` ${String(frame - free)}ms ` });
      free = Math.max(free, frame + text.length);
    }
    this.#gaps = gaps;
  }

  /** A diagram in as few lines as it takes: what a group leaves no room for stands in the next. */
  draw(diagram: Diagram): readonly string[] {
    const lines = linesOf(diagram).map((cells) => this.#line(cells));
    return lines.length > 0 ? lines : ['-'];
  }

  /** Arrows below the frames in which two diagrams differ. */
  underline(frames: ReadonlySet<number>): string {
    let line = '';
    for (const frame of [...frames].sort((one, other) => one - other)) line = line.padEnd(this.#columnOf(frame)) + '^';
    return line;
  }

  #line(cells: readonly Cell[]): string {
    let line = '';
    let reached = 0;
    for (const { frame, text } of cells) {
      line += this.#pause(reached, frame) + text;
      reached = frame + text.length;
    }
    return line;
  }

  #pause(from: number, to: number): string {
    let line = '';
    let reached = from;
    for (const gap of this.#gaps) {
      if (gap.from < reached || gap.to > to) continue;
      line += '-'.repeat(gap.from - reached) + gap.text;
      reached = gap.to;
    }
    return line + '-'.repeat(to - reached);
  }

  #columnOf(frame: number): number {
    return this.#pause(0, frame).length;
  }
}

/** The frames in which two diagrams have different marks. */
export function differingFrames(one: Diagram, other: Diagram): ReadonlySet<number> {
  const frames = new Set([...one, ...other].map(({ frame }) => frame));
  return new Set([...frames].filter((frame) => !isSame(at(one, frame), at(other, frame))));
}

function at(diagram: Diagram, frame: number): Diagram {
  return diagram.filter((mark) => mark.frame === frame);
}

function isSame(one: Diagram, other: Diagram): boolean {
  return (
    one.length === other.length &&
    one.every(({ text, meaning }, index) => text === other[index]?.text && meaning === other[index].meaning)
  );
}

/** As in RxJS each character takes a frame, those of a group too, so what comes soon after a group needs another line. */
function linesOf(diagram: Diagram): readonly (readonly Cell[])[] {
  const lines: Cell[][] = [];
  const frames = [...new Set(diagram.map(({ frame }) => frame))].sort((one, other) => one - other);
  for (const [index, frame] of frames.entries()) {
    const texts = at(diagram, frame).map(({ text }) => text);
    const group = texts.length > 1 ? `(${texts.join('')})` : texts.join('');
    const next = frames[index + 1] ?? Infinity;
    // a group that leaves room for what follows stays whole; else its marks are laid over each other, line by line
    const cells = frame + group.length <= next ? [group] : texts;
    for (const [line, text] of cells.entries()) (lines[line] ??= []).push({ frame, text });
  }
  return lines;
}
