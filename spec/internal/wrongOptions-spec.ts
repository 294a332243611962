import { describe, expect, it } from '@jest/globals';
import { resolve } from 'node:path';
import ts from 'typescript';

// What the compiler says of a wrong option, in the first line of its error and in the place that it points at.
const cases = [
  ['record', `{ until: 'frist' }`, 'until', `Did you mean '"first"'?`],
  ['record', `{ until: ['bd'] }`, `'bd'`, `Type '"bd"' is not assignable to type '"api" | "db"'.`],
  ['record', `{ graec: 1 }`, 'graec', `'graec' does not exist in type`],
  ['record', `{ needs: { api: ['bd'] } }`, `'bd'`, `Type '"bd"' is not assignable to type '"api" | "db"'.`],
  ['record', `{ needs: { apy: ['db'] } }`, 'apy', `'apy' does not exist in type`],
  ['record', `{ concurrency: '3' }`, 'concurrency', `Type 'string' is not assignable to type 'number'.`],
  ['record', `{ startWithin: '1s' }`, 'startWithin', `Type 'string' is not assignable to type 'number'.`],
  ['record', `{ tagged: Math.random() > 0.5 }`, 'tagged', `Type 'boolean' is not assignable to type`],
  ['list', `{ until: 'frist' }`, 'until', `Did you mean '"first"'?`],
  ['list', `{ graec: 1 }`, 'graec', `'graec' does not exist in type`],
  ['list', `{ needs: { api: ['db'] } }`, 'needs', `'needs' does not exist in type`],
  ['list', `{ concurrency: '3' }`, 'concurrency', `Type 'string' is not assignable to type 'number'.`],
] as const;

const members = { list: '[api, db]', record: '{ api, db }' };
const fileName = resolve('spec/internal/wrong.ts');

/** Each in a line of its own. */
const program = [
  `import { NEVER } from 'rxjs'; import { group } from 'rx-runner'; const [api, db] = [NEVER, NEVER];`,
  ...cases.map(([kind, options]) => `group(${members[kind]}, ${options});`),
].join('\n');

/** Of each line the place and the first line of what the compiler says of it. */
function errorsOf(text: string): ReadonlyMap<number, string> {
  const { config } = ts.readConfigFile('tsconfig.json', (path) => ts.sys.readFile(path)) as {
    config: { compilerOptions: object };
  };
  const { options } = ts.convertCompilerOptionsFromJson(config.compilerOptions, process.cwd());
  const host = ts.createCompilerHost(options);
  const getSourceFile = host.getSourceFile.bind(host);
  host.getSourceFile = (name, languageVersion, ...more) =>
    name === fileName
      ? ts.createSourceFile(name, text, languageVersion)
      : getSourceFile(name, languageVersion, ...more);
  const compiled = ts.createProgram([fileName], options, host);
  const source = compiled.getSourceFile(fileName);
  return new Map(
    compiled.getSemanticDiagnostics(source).map(({ start = 0, length = 0, messageText }) => {
      const [message] = ts.flattenDiagnosticMessageText(messageText, '\n').split('\n');
      const { line = 0 } = source?.getLineAndCharacterOfPosition(start) ?? {};
      return [line, `${text.slice(start, start + length)}: ${message ?? ''}`];
    }),
  );
}

describe('a wrong option', () => {
  const errors = errorsOf(program);

  it.each(cases.map(([kind, options, place, message], index) => [kind, options, place, message, index + 1] as const))(
    'should be pointed at in the first line of the error, of a %s with %s',
    (_, __, place, message, line) => {
      expect(errors.get(line)).toMatch(new RegExp(`^${place}: `, 'u'));
      expect(errors.get(line)).toContain(message);
    },
  );

  it('should be the only errors', () => {
    expect([...errors.keys()]).toStrictEqual(cases.map((_, index) => index + 1));
  });
});
