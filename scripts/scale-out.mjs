// Runs examples/scale-out as its users do: three processes that share the work, and of which one leads. One is told to end, one
// is killed, one is cut off, one is frozen, each time the leader, and all the while orders come in. What is then checked is what
// the database has recorded.
import assert from 'node:assert/strict';
import { setTimeout as delay } from 'node:timers/promises';
import { patience, Program } from './Program.mjs';
import { manifest } from './scale-out/manifest.mjs';
import { Link } from './scale-out/Link.mjs';
import { Load } from './scale-out/Load.mjs';
import { kafka } from './services/kafka.mjs';
import { nats } from './services/nats.mjs';
import { postgres, query } from './services/postgres.mjs';

const { environment, readiness, liveness } = manifest();
const lease = Number(environment.LEASE_MS);
const grace = Number(environment.GRACE_MS);
const topic = 'orders';

const began = performance.now();
const members = [];
const services = [];
const links = [];
let broker, natsUrl, databaseUrl;

function say(what) {
  console.log(`${((performance.now() - began) / 1000).toFixed(1).padStart(5)} s  ${what}`);
}

/** Waits until it returns something, and returns that. */
async function until(what, condition, limit = patience) {
  const end = performance.now() + limit;
  for (;;) {
    const result = await condition();
    if (result) return result;
    assert.ok(performance.now() < end, `waited in vain for ${what}`);
    await delay(20);
  }
}

/** Starts a process of the service, with the settings that it has on Kubernetes, and a way of its own to NATS. */
async function startMember(name) {
  const link = await Link.to(natsUrl);
  links.push(link);
  const program = new Program(process.execPath, ['--import', 'tsx', 'examples/scale-out/scale-out.ts'], {
    ...environment,
    DATABASE_URL: databaseUrl,
    KAFKA_BROKERS: broker,
    NATS_URL: link.url,
    PORT: '0',
    HEALTH_PORT: '0',
    TOPIC: topic,
    HOSTNAME: name,
  });
  const member = { name, program, link };
  members.push(member);
  const [, port] = await program.line(/health +listens on port (\d+)/);
  await until(`${name} to be ready`, async () => (await statusOf(port, readiness)) === 200, 3 * patience);
  assert.equal(await statusOf(port, liveness), 200);
  say(`${name} is ready`);
  return member;
}

async function statusOf(port, path) {
  const { status } = await fetch(`http://127.0.0.1:${port}${path}`);
  return status;
}

/** Who has led, in the order of their tokens; times in milliseconds. */
async function reigns() {
  const columns = ['began', 'wrote', 'ended'].map((column) => `extract(epoch from ${column}) * 1000`);
  const rows = await query(databaseUrl, `select token, process, ${columns.join(', ')} from leaders order by token`);
  return rows.map(([token, process, ...times]) => {
    const [began, wrote, ended] = times.map((time) => (time ? Number(time) : undefined));
    return { token: Number(token), name: process.split('-')[0], began, wrote, ended };
  });
}

/** Waits for a leader after that one, and says how long it took from that moment on. */
async function successor(token, since, what) {
  const next = await until(`a leader after ${what}`, async () => (await reigns()).find((reign) => reign.token > token));
  const took = next.began - since;
  assert.ok(
    took <= lease,
    `${what}: it took ${took} ms until ${next.name} leads, more than the ${lease} ms of LEASE_MS`,
  );
  say(`${what}: ${next.name} leads ${took.toFixed(0)} ms later, with the token ${next.token}`);
  return { ...next, took };
}

const memberOf = ({ name }) => members.find((member) => member.name === name);
const reignOf = async (token) => (await reigns()).find((reign) => reign.token === token);

/** Tells it to end, and waits until it has, in time and in good order. */
async function end({ name, program }) {
  const since = performance.now();
  program.kill('SIGTERM');
  await program.end(0);
  const took = performance.now() - since;
  assert.ok(took < grace, `${name} needed ${took} ms to end`);
  say(`${name} has ended, ${took.toFixed(0)} ms after SIGTERM`);
  members.splice(
    members.findIndex((member) => member.name === name),
    1,
  );
}

async function main() {
  const started = await Promise.all([kafka(), postgres(), nats()]);
  services.push(...started);
  [{ brokers: broker }, { url: databaseUrl }, { url: natsUrl }] = started;
  say('Kafka, PostgreSQL and NATS run');

  await Promise.all(['one', 'two', 'three'].map(startMember));
  const first = await until('a leader', async () => (await reigns())[0]);
  say(`${first.name} leads, with the token ${first.token}`);
  const load = await Load.start(broker, topic);
  services.push(load);
  await Promise.all(members.map(({ program }) => program.line(/consumer +has written \d+ orders/)));
  say('each of them writes orders');

  // told to end, it gives its lease up
  const leaving = memberOf(first);
  let since = Date.now();
  const [second] = await Promise.all([successor(first.token, since, 'SIGTERM to the leader'), end(leaving)]);
  assert.ok(second.took < lease / 3, 'it waited for the lease to run out');
  const left = await reignOf(first.token);
  assert.ok(left.ended <= second.began, 'it led on while another one did');
  await startMember('four');

  // killed, it does not; nobody is told
  const killed = memberOf(second);
  since = Date.now();
  killed.program.kill('SIGKILL');
  await killed.program.end(null, 'SIGKILL');
  members.splice(members.indexOf(killed), 1);
  const third = await successor(second.token, since, 'kill -9 to the leader');
  await startMember('five');

  // cut off from NATS, but not from the database, it has to step down by itself, before another one can lead
  const cut = memberOf(third);
  since = Date.now();
  cut.link.cut();
  const fourth = await successor(third.token, since, 'NATS out of reach of the leader');
  const cutOff = await reignOf(third.token);
  assert.ok(cutOff.ended !== undefined, 'it has not closed its books in time');
  say(`${third.name} had stepped down ${(fourth.began - cutOff.ended).toFixed(0)} ms before`);
  assert.ok(cutOff.ended <= fourth.began, 'it led on while another one did');
  cut.link.restore();

  // frozen, it cannot even do that: what it still writes when it wakes up is refused
  const frozen = memberOf(fourth);
  since = Date.now();
  frozen.program.kill('SIGSTOP');
  await successor(fourth.token, since, 'the leader frozen');
  frozen.program.kill('SIGCONT');
  await until('it to follow again', () =>
    frozen.program.lines.findLast((line) => /leader +(leads|follows)/.test(line))?.includes('follows'),
  );
  const refused = frozen.program.lines.some((line) => /bookkeeper .*is refused/.test(line));
  say(`${fourth.name} runs again, and follows; ${refused ? 'its late entry was refused' : 'it made no late entry'}`);

  await load.stop();
  services.splice(services.indexOf(load), 1);
  const count = load.acknowledged.size;
  say(`${count} orders were acknowledged`);
  const stored = async () => Number((await query(databaseUrl, 'select count(*) from orders'))[0][0]);
  await until('all orders', async () => (await stored()) >= count, 3 * patience);
  const rows = await query(databaseUrl, 'select id, count(*), sum(cents) from orders group by id');
  const expected = [...load.acknowledged].map(([id, cents]) => [id, '1', String(cents)]);
  assert.deepEqual(rows.sort(), expected.sort());
  say('each of them is there exactly once');
  const cents = String([...load.acknowledged.values()].reduce((sum, value) => sum + value));
  await until('the books to agree', async () => (await query(databaseUrl, 'select cents from books'))[0][0] === cents);

  // the one that was cut off is among them again: when it is the last, it leads
  const last = memberOf(third);
  const others = members.filter((member) => member !== last);
  await Promise.all(others.map(end));
  const final = await until(`${last.name} to lead`, async () =>
    (await reigns()).findLast(({ name, token, ended }) => name === last.name && token > third.token && !ended),
  );
  say(`${last.name}, the last one, leads again, with the token ${final.token}`);
  await end(last);

  const all = await reigns();
  for (const [index, next] of all.entries()) {
    const reign = all[index - 1];
    if (reign) assert.ok((reign.ended ?? reign.wrote) < next.began, `two at once: ${JSON.stringify([reign, next])}`);
  }
  const connections = `select count(*) from pg_stat_activity where backend_type = 'client backend' and pid <> pg_backend_pid()`;
  assert.deepEqual(await query(databaseUrl, connections), [['0']], 'connections to the database are left');
  say(`${all.length} reigns, never two at once`);
}

try {
  await main();
} catch (error) {
  for (const { name, program } of members) console.log(`--- ${name}\n${program.lines.slice(-60).join('\n')}`);
  throw error;
} finally {
  for (const { program } of members) program.destroy();
  await Promise.all(services.map((service) => service.stop()));
  await Promise.all(links.map((link) => link.close()));
}
