import { Columns, differingFrames, type Diagram } from './diagram.js';

/** Two diagrams to be compared, under the name of what they show. */
export interface Row {
  readonly label: string;
  readonly expected: Diagram;
  readonly actual: Diagram;
}

/** Whether something is not as it was expected. */
export function differs({ expected, actual }: Row): boolean {
  return differingFrames(expected, actual).size > 0;
}

/** All rows, the two diagrams of one above the other, in common columns. */
export function message(title: string, rows: readonly Row[], legend: readonly string[] = []): string {
  const columns = new Columns(rows.flatMap(({ expected, actual }) => [expected, actual]));
  const width = Math.max(0, ...rows.map(({ label }) => label.length));
  const indent = width > 0 ? width + 2 : 0;
  const text = rows.flatMap((row) =>
    linesOf(row, columns).map(([head, line], index) =>
      `${(index === 0 ? row.label : '').padEnd(indent)}${head.padEnd(8)}  ${line}`.trimEnd(),
    ),
  );
  return [`${title}: not as expected`, '', ...text, ...(legend.length > 0 ? ['', ...legend] : [])].join('\n');
}

function linesOf(row: Row, columns: Columns): readonly (readonly [head: string, line: string])[] {
  const { expected, actual } = row;
  if (!differs(row)) return headed('both', columns.draw(expected));
  return [
    ...headed('expected', columns.draw(expected)),
    ...headed('actual', columns.draw(actual)),
    ['', columns.underline(differingFrames(expected, actual))],
  ];
}

function headed(head: string, lines: readonly string[]): readonly (readonly [head: string, line: string])[] {
  return lines.map((line, index) => [index === 0 ? head : '', line]);
}
