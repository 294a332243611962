// Checks spec/battery.md, the table of functions and test cases: each public function has a section, each section all
// rows, and each row names a spec that exists and passed, or says why the case does not apply.
//
//   ## runner
//   | 1  | `spec/runner-spec.ts` › should emit what run returns |
//   | 2  | n/a: it has no source                                |
import { readFileSync, statSync } from 'node:fs';
import ts from 'typescript';
import { titlesFile } from './reporter.mjs';

const table = 'spec/battery.md';
const rows = [...numbers(28), ...numbers(11).map((number) => `L${number}`)];
const reference = /`(?<file>[^`]+)` › (?<title>.+)/u;
const problems = [];

function numbers(count) {
  return Array.from({ length: count }, (_, index) => String(index + 1));
}

function stop(reason) {
  console.error(`${reason}: run it first, as a whole and without filters`);
  process.exit(1);
}

function publicFunctions() {
  const program = ts.createProgram(['src/index.ts'], { module: ts.ModuleKind.NodeNext, noEmit: true, types: [] });
  const checker = program.getTypeChecker();
  const index = checker.getSymbolAtLocation(program.getSourceFile('src/index.ts'));
  return checker
    .getExportsOfModule(index)
    .map((symbol) => (symbol.flags & ts.SymbolFlags.Alias ? checker.getAliasedSymbol(symbol) : symbol))
    .filter((symbol) => symbol.flags & ts.SymbolFlags.Value)
    .filter((symbol) => checker.getTypeOfSymbol(symbol).getCallSignatures().length > 0)
    .map(({ name }) => name);
}

/** The sections of the table: the cells of each, by the name of their row. */
function sections() {
  const found = new Map();
  let cells;
  for (const line of readFileSync(table, 'utf8').split('\n')) {
    const heading = /^## `?(\w+)`?\s*$/u.exec(line);
    if (heading) {
      found.set(heading[1], (cells = new Map()));
    } else if (cells && line.startsWith('|')) {
      const [row, ...text] = line.split(/(?<!\\)\|/u).slice(1, -1);
      cells.set(row.trim(), text.join('|').trim().replaceAll('\\|', '|'));
    }
  }
  return found;
}

/** What the last complete `npm test` saw. */
function specTitles() {
  const writtenAt = statSync(titlesFile, { throwIfNoEntry: false })?.mtimeMs;
  if (!writtenAt) {
    stop(`there are no results of 'npm test'`);
  }
  const titles = new Map();
  for (const { file, title, fullName, status } of JSON.parse(readFileSync(titlesFile, 'utf8'))) {
    const inFile = titles.get(file) ?? titles.set(file, new Map()).get(file);
    inFile.set(title, status).set(fullName, status);
  }
  for (const file of titles.keys()) {
    if (!(statSync(file, { throwIfNoEntry: false })?.mtimeMs <= writtenAt)) {
      stop(`${file} has changed since the last 'npm test'`);
    }
  }
  return titles;
}

/** The titles of the type tests, which Jest does not run (`npm run test:types` does). */
function typeTestTitles(file) {
  const titles = new Map();
  const visit = (node) => {
    if (ts.isCallExpression(node) && /^(?:it|test)$/u.test(node.expression.getText()) && node.arguments[0]?.text) {
      titles.set(node.arguments[0].text, 'passed');
    }
    ts.forEachChild(node, visit);
  };
  visit(ts.createSourceFile(file, readFileSync(file, 'utf8'), ts.ScriptTarget.Latest, true));
  return titles;
}

function titlesOf(file) {
  if (file.endsWith('.tst.ts') && statSync(file, { throwIfNoEntry: false }) && !titles.has(file)) {
    titles.set(file, typeTestTitles(file));
  }
  return titles.get(file);
}

/** What is wrong with a cell, if anything; a cell may name several specs, with `<br>` between them. */
function* complaints(cell) {
  if (!cell) {
    yield 'is missing or empty';
    return;
  }
  if (/^n\/a\b/u.test(cell)) {
    if (!/^n\/a: .*\w{2}/u.test(cell)) yield `must say why: 'n/a: ...'`;
    return;
  }
  for (const part of cell.split(/<br\s*\/?>/u)) {
    const { file, title } = reference.exec(part.trim())?.groups ?? {};
    const status = file && titlesOf(file)?.get(title.trim());
    if (!file) yield `is neither a spec (\`file\` › title) nor 'n/a: ...': ${part}`;
    else if (!titlesOf(file)) yield `names a file without tests: ${file}`;
    else if (!status) yield `names a test that does not exist: ${part}`;
    else if (status !== 'passed') yield `names a test that is ${status}: ${part}`;
  }
}

const titles = specTitles();
const functions = publicFunctions();
const found = sections();
let named = 0;

for (const name of functions) {
  const cells = found.get(name);
  if (!cells) {
    problems.push(`${name} has no section`);
    continue;
  }
  for (const row of rows) {
    problems.push(...Array.from(complaints(cells.get(row)), (complaint) => `${name}, row ${row} ${complaint}`));
    named += reference.test(cells.get(row) ?? '') ? 1 : 0;
  }
}
for (const [name, cells] of found) {
  if (!functions.includes(name)) problems.push(`${name} is not a public function`);
  for (const row of cells.keys()) {
    if (!rows.includes(row) && !/^(?:row|-+|:?-+:?)$/iu.test(row)) problems.push(`${name} has an unknown row ${row}`);
  }
}

for (const problem of problems) {
  console.error(`${table}: ${problem}`);
}
console.log(`${functions.length} functions, ${named} rows with specs, ${problems.length} problems`);
process.exitCode = problems.length > 0 ? 1 : 0;
