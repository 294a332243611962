import fc from 'fast-check';
import { play } from './play.js';
import { programs, type Program, type Tree } from './programs.js';
const [seed, count, only] = [Number(process.argv[2] ?? 1), Number(process.argv[3] ?? 2000), process.argv[4]];
export function show(t: Tree): string {
  const w = (x: any) => x.does + (x.does === 'nothing' || x.does==='throws' ? '' : x.after);
  if ('leaf' in t) {
    const o = `${t.values}x${t.every}ms,${t.end}@${t.endsAfter}`;
    if (t.leaf === 'observable') return `obs(${o} td:${w(t.teardown)}${t.returned ? ' ret' : ''})`;
    if (t.leaf === 'runner') return `runner(obs(${o} td:${w(t.run)}${t.returned ? ' ret' : ''}) td:${w(t.teardown)} ready:${t.ready})`;
    if (t.leaf === 'promise') return `promise(${t.end}@${t.endsAfter} abort:${t.aborts} td:${w(t.teardown)})`;
    return `resource(acq:${t.acquires}@${t.endsAfter} use:obs(${o} td:${w(t.run)}) rel:${w(t.teardown)})`;
  }
  const ss = t.sources.map(show).join(', ');
  if ('own' in t) {
    const s = t.settings; const k: Record<string, string[]> = { settle: ['grace'], finalizeAsync: ['work'], tearingDown: ['work'], restart: ['grace', 'on', 'n', 'throws'], runWhile: ['grace', 'n'], runner: ['work', 'ready'], resource: ['work', 'acquires', 'n'], group: ['grace', 'until', 'errors', 'concurrency', 'n','throws'], record: ['grace', 'until', 'errors', 'concurrency', 'needs', 'startWithin', 'n','throws'], runGroup: ['grace', 'until', 'errors', 'concurrency', 'n','throws'], runGroupOf: ['grace', 'until', 'errors', 'concurrency', 'n','throws'], stopWhen: ['grace'], switchRun: ['grace'], stopWhenAborted: ['grace'] , exclusiveTwice:['n']};
    const shown = (k[t.own] ?? []).filter((x) => (s as any)[x] !== undefined).map((x) => `${x}:${x === 'work' ? w((s as any)[x]) : (s as any)[x]}`).join(' ');
    return `${t.own.toUpperCase()}[${shown}](${ss})`;
  }
  return `${t.operator}[${t.n}](${ss})`;
}
if (process.env.REPLAY) {
  const p = JSON.parse(process.env.REPLAY.startsWith('{') ? process.env.REPLAY : (await import('node:fs')).readFileSync(process.env.REPLAY, 'utf8'));
  console.log(p.by, JSON.stringify(p.stop), show(p.tree)); console.log(await play(p));
  process.exit();
}
if (process.env.SHRINK) {
  const re = new RegExp(process.env.SHRINK);
  const not = new RegExp(process.env.NOT ?? '^$');
  const r = await fc.check(fc.asyncProperty(programs, async (p) => !(await play(p)).some((v) => re.test(v)) || not.test(p.by)), { seed, numRuns: count });
  if (!r.failed) console.log('none');
  else { const [p] = r.counterexample!; console.log(r.numRuns, p.by, JSON.stringify(p.stop), show(p.tree)); console.log(await play(p)); (await import('node:fs')).writeFileSync('/tmp/w/random/last.json', JSON.stringify(p)); }
  process.exit();
}
const kinds = new Map<string, { n: number; size: number; program: Program; text: string }>();
let run = 0; let bad = 0;
const t0 = performance.now();
const gen = fc.sample(programs, { numRuns: count, seed });
for (const program of gen) {
  run++;
  const size = JSON.stringify(program).length;
  const v = await play(program);
  if (v.length) bad++;
  for (const text of v) {
    const kind = text.replace(/^\d+: /, '').replace(/#?\d+/g, 'N').slice(0, 200);
    const k = kinds.get(kind) ?? { n: 0, size: Infinity, program, text };
    k.n++;
    if (size < k.size) Object.assign(k, { size, program, text });
    kinds.set(kind, k);
  }
}
console.log(`${run} programs, ${bad} bad, ${(performance.now() - t0).toFixed(0)} ms`);
for (const [kind, k] of [...kinds].sort((a, b) => b[1].n - a[1].n).filter(([x]) => !only || x.includes(only)).slice(0, 14)) {
  console.log(`${k.n}  ${kind}\n     ${k.text}\n     ${k.program.by} ${JSON.stringify(k.program.stop)} ${show(k.program.tree)}`);
}
