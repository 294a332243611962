// The code in the documentation.
import { readdirSync, readFileSync } from 'node:fs';

export const documents = [
  'README.md',
  ...readdirSync('docs')
    .filter((name) => name.endsWith('.md'))
    .map((name) => `docs/${name}`),
];

const program = /^```ts\n([^]*?)^```$(?:\n\n<!-- prints(?:, exit code (\d+))? -->\n\n```\n([^]*?)^```$)?/gm;

/** The TypeScript in a Markdown file, block by block. A block after `<!-- prints -->` is what the one before prints. */
export function programsOf(file) {
  return Array.from(readFileSync(file, 'utf8').matchAll(program), ([, code, exitCode = '0', output]) => {
    return { code, output, exitCode: Number(exitCode) };
  });
}
