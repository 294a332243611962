// What a group costs beside plain RxJS, which waits for nothing: medians of many rounds in one process, the two in turn,
// on the built package. Run it by `npm run cost`.
import { from, mergeAll, NEVER, Observable, of, Subject, takeUntil } from 'rxjs';
import { runGroup, runner } from '../dist/esm/index.js';

const silent = () => new Observable(() => undefined);
const median = (figures) => [...figures].sort((a, b) => a - b)[figures.length >> 1];

function measure(what, unit, rounds, budget, ofGroup, ofPlain) {
  const figures = { group: [], plain: [] };
  for (let round = 0; round < rounds; round++) {
    figures.group.push(ofGroup());
    figures.plain.push(ofPlain());
  }
  const [group, plain] = [median(figures.group), median(figures.plain)];
  const ratio = (group / plain).toFixed(2);
  console.log(
    [
      what.padEnd(42),
      `${group.toFixed(2)} ${unit}`.padStart(14),
      `${plain.toFixed(2)} ${unit}`.padStart(14),
      ratio.padStart(8),
      budget,
    ].join('  '),
  );
}

function timed(work) {
  const began = performance.now();
  work();
  return performance.now() - began;
}

function startAndStop(members) {
  const plainStop = new Subject();
  return [
    () => timed(() => from(members).pipe(runGroup()).subscribe().unsubscribe()),
    () =>
      timed(() => {
        from(members).pipe(mergeAll(), takeUntil(plainStop)).subscribe();
        plainStop.next();
      }),
  ];
}

function values(operator, count) {
  const source = new Subject();
  let seen = 0;
  const subscription = of(source)
    .pipe(operator)
    .subscribe(() => seen++);
  const took = timed(() => {
    for (let value = 0; value < count; value++) source.next(value);
  });
  subscription.unsubscribe();
  if (seen !== count) throw new Error(`saw ${seen} of ${count} values`);
  return took;
}

function bytesPerMember(operator, count) {
  const members = Array.from({ length: count }, silent);
  globalThis.gc();
  const before = process.memoryUsage().heapUsed;
  const subscription = from(members).pipe(operator).subscribe();
  globalThis.gc();
  const bytes = process.memoryUsage().heapUsed - before;
  subscription.unsubscribe();
  return bytes / count;
}

function oneByOne(operator, count) {
  const subjects = Array.from({ length: count }, () => new Subject());
  from(subjects).pipe(operator).subscribe();
  return timed(() => {
    for (const subject of subjects) subject.complete();
  });
}

console.log(['', 'group', 'plain RxJS', 'ratio', 'at most'].join('\t'));
measure(
  'a million values',
  'ms',
  41,
  1,
  () => values(runGroup(), 1e6),
  () => values(mergeAll(), 1e6),
);
for (const [count, rounds, budget] of [
  [10_000, 101, 1.25],
  [100_000, 25, 0.9],
]) {
  measure(
    `start and stop ${count} members`,
    'ms',
    rounds,
    budget,
    ...startAndStop(Array.from({ length: count }, silent)),
  );
}
measure(
  'memory of a member',
  'bytes',
  5,
  0.7,
  () => bytesPerMember(runGroup(), 1e5),
  () => bytesPerMember(mergeAll(), 1e5),
);
for (const count of [10_000, 20_000, 40_000]) {
  measure(
    `${count} members end one by one`,
    'ms',
    3,
    '',
    () => oneByOne(runGroup({ until: 'all' }), count),
    () => oneByOne(mergeAll(), count),
  );
}
const runners = Array.from({ length: 10_000 }, () => runner(() => NEVER));
measure('start and stop 10000 runners', 'ms', 25, '', ...startAndStop(runners));
const all = oneByOne(runGroup({ until: 'all' }), 100_000);
console.log(`100000 members end one by one: ${all.toFixed(0)} ms`);
