import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { resolve } from 'node:path';

const example = 'examples/scale-out';
const { parseAllDocuments } = createRequire(resolve(example, 'package.json'))('yaml');

/** What is left of the time that Kubernetes gives when the program's own is over: to write its report, and to be gone. */
const spare = 3;

/**
 * Reads what Kubernetes is told, checks that it fits the program, and returns what a process gets of it: the settings, and
 * the paths at which it is asked.
 */
export function manifest() {
  const resources = Object.fromEntries(documents().map((document) => [document.kind, document.spec]));
  const { Deployment, Service, PodDisruptionBudget } = resources;
  const { metadata, spec } = Deployment.template;
  for (const selector of [
    Deployment.selector.matchLabels,
    Service.selector,
    PodDisruptionBudget.selector.matchLabels,
  ]) {
    assert.deepEqual(selector, metadata.labels);
  }

  const [{ env, ports, readinessProbe, livenessProbe, lifecycle }] = spec.containers;
  assertKnown(env.map(({ name }) => name));
  const environment = Object.fromEntries(env.filter(({ value }) => value).map(({ name, value }) => [name, value]));

  const portOf = (wanted) => ports.find(({ name }) => name === wanted)?.containerPort;
  assert.equal(portOf(Service.ports[0].targetPort), Number(environment.PORT));
  for (const { httpGet } of [readinessProbe, livenessProbe]) {
    assert.equal(portOf(httpGet.port), Number(environment.HEALTH_PORT));
  }

  const needed = lifecycle.preStop.sleep.seconds + Number(environment.GRACE_MS) / 1000 + spare;
  const given = spec.terminationGracePeriodSeconds;
  assert.ok(needed <= given, `terminationGracePeriodSeconds is ${given}, and has to be ${needed} at least`);
  // a leader that steps down has a third of the lease for it; where it ends altogether that must not be cut short
  assert.ok(Number(environment.LEASE_MS) / 3 < Number(environment.GRACE_MS), 'GRACE_MS is too short for LEASE_MS');

  return { environment, readiness: readinessProbe.httpGet.path, liveness: livenessProbe.httpGet.path };
}

function documents() {
  return parseAllDocuments(readFileSync(`${example}/kubernetes.yaml`, 'utf8')).map((document) => {
    assert.deepEqual(document.errors, []);
    return document.toJS();
  });
}

/** A variable that the program does not read would be a number that means nothing. */
function assertKnown(names) {
  const source = readFileSync(`${example}/settings.ts`, 'utf8');
  for (const name of names) assert.match(source, new RegExp(`\\b${name}\\b`), `settings.ts does not read ${name}`);
}
