import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { resolve } from 'node:path';

const { parseAllDocuments } = createRequire(resolve('examples/scale-out/package.json'))('yaml');

/** Reads what Kubernetes is told, and checks that its times fit those of the program. */
export function manifest() {
  const text = readFileSync('examples/scale-out/kubernetes.yaml', 'utf8');
  const resources = parseAllDocuments(text).map((document) => {
    assert.deepEqual(document.errors, []);
    return document.toJS();
  });
  const { spec } = resources.find(({ kind }) => kind === 'Deployment');
  const pod = spec.template.spec;
  const [container] = pod.containers;
  const environment = Object.fromEntries(
    container.env.filter(({ value }) => value).map(({ name, value }) => [name, value]),
  );
  return {
    environment,
    probe: { readiness: container.readinessProbe.httpGet.path, liveness: container.livenessProbe.httpGet.path },
  };
}
