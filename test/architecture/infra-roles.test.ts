import { join } from 'node:path';
import { endpoints } from '@touchstone/api';
import { createHttpServer, createLogger, type Role, readConfig, roles } from '@touchstone/runtime';
import { expect, onTestFinished, test } from 'vitest';
import {
  compose,
  composeRoles,
  deployed,
  dockerfile,
  environmentOf,
  full,
  type Manifest,
  manifest,
  read,
  root,
  statefulSet,
  workloads,
} from './manifests.ts';
import { sourceFiles } from './source-files.ts';

/**
 * Checks the deployed roles: compose and Kubernetes must agree with each other, and with the
 * settings that the program requires.
 */

test('every role is deployed once, in compose and in Kubernetes, and nothing else is', () => {
  const inKubernetes = full.filter(({ spec }) => spec.template !== undefined);

  expect(inKubernetes.map((workload) => environmentOf(workload).ROLES).sort()).toEqual([...roles].sort());
  expect([...composeRoles.keys()].sort()).toEqual([...roles].sort());
  for (const [role, { environment }] of composeRoles) expect(environment?.ROLES).toBe(role);
  for (const [role, workload] of workloads) {
    expect(workload.metadata.name).toBe(`touchstone-${role}`);
    expect(workload.spec.selector.matchLabels).toEqual(workload.spec.template.metadata.labels);
    expect(workload.metadata.labels['app.kubernetes.io/component']).toBe(role);
  }
});

test('compose and Kubernetes give a role the same variables, and they are what it needs to start', () => {
  const servers = { EVENT_STORE_URL: 'esdb://a:1', CLICKHOUSE_URL: 'http://a:1', KAFKA_URL: 'kafka://a:1' };
  const inImage = { HOST: '0.0.0.0', TOUCHSTONE_KEYS: join(root, 'package.json') };
  for (const [role, workload] of workloads) {
    const inPod = environmentOf(workload);
    const inContainer = composeRoles.get(role)!.environment!;
    expect(Object.keys(inPod).sort(), role).toEqual(Object.keys(inContainer).sort());
    expect(inPod.OTEL_SERVICE_NAME).toBe(inContainer.OTEL_SERVICE_NAME);
    const given = Object.entries(servers).filter(([name]) => name in inPod);

    expect(() => readConfig({ ...inImage, ROLES: role, ...Object.fromEntries(given) }), role).not.toThrow();
    // No role gets a server that it does not use. Ingest needs no Kafka to start, but these
    // deployments give it one.
    for (const [name] of given.filter(([name]) => !(role === 'ingest' && name === 'KAFKA_URL'))) {
      const without = given.filter(([other]) => other !== name);
      expect(() => readConfig({ ...inImage, ROLES: role, ...Object.fromEntries(without) }), role).toThrow(name);
    }
  }
});

test('the URLs that compose gives are such that the product understands', () => {
  for (const [role, { environment = {} }] of composeRoles) {
    const filled = (value: string) =>
      value.replace(/\$\{\w+(?::-([^}]*))?[^}]*\}/g, (_, byDefault) => byDefault ?? 'given');
    const urls = Object.entries(environment).map(([name, value]) => [name, filled(value)]);
    const mounted = { TOUCHSTONE_KEYS: join(root, 'package.json'), SHARE_SECRET_FILE: join(root, 'package.json') };
    expect(() => readConfig({ HOST: '0.0.0.0', ...Object.fromEntries(urls), ...mounted }), role).not.toThrow();
  }
});

test('ports and probes are those of the product, in every role', async () => {
  const port = Number(/PORT=(\d+)/.exec(dockerfile)![1]);
  const app = await createHttpServer({ logger: createLogger({ level: 'silent' }) });
  onTestFinished(() => app.close());
  for (const workload of [statefulSet, ...workloads.values()]) {
    const [container] = workload.spec.template.spec.containers;
    expect(container.ports).toEqual([{ name: 'http', containerPort: port }]);
    const probes = { startupProbe: '/healthz', livenessProbe: '/healthz', readinessProbe: '/readyz' };
    for (const [probe, path] of Object.entries(probes)) {
      expect(container[probe].httpGet, probe).toEqual({ path, port: 'http' });
      expect((await app.inject({ url: path })).statusCode).toBe(200);
    }
    expect(container.securityContext).toMatchObject({
      allowPrivilegeEscalation: false,
      readOnlyRootFilesystem: true,
      capabilities: { drop: ['ALL'] },
    });
    expect(workload.spec.template.spec.securityContext).toMatchObject({ runAsNonRoot: true });
    expect(container.resources).toMatchObject({ requests: { cpu: expect.anything() }, limits: expect.anything() });
  }
  for (const service of composeRoles.values())
    expect(service.healthcheck!.test.join(' ')).toContain(`http://127.0.0.1:${port}/readyz`);
  for (const { kind, spec } of [...full, ...deployed('kubernetes/embedded')])
    if (kind === 'Service') expect(spec.ports).toEqual([{ name: 'http', port, targetPort: 'http' }]);
});

test('what scales by itself may, and what is one stays one', () => {
  const ofKind = (kind: string) => full.filter((object) => object.kind === kind);
  const partitions = Number(/partitions: z.*\.default\((\d+)\)/.exec(read('packages/event-bus/src/kafka/url.ts'))![1]);
  const projectors = workloads.get('projector').spec;

  expect(projectors.replicas).toBeGreaterThan(1);
  expect(projectors.replicas).toBeLessThanOrEqual(partitions);
  expect(composeRoles.get('projector')!.deploy!.replicas).toBeLessThanOrEqual(partitions);
  for (const role of ['relay', 'clock'] satisfies Role[])
    expect(workloads.get(role).spec).toMatchObject({ replicas: 1, strategy: { type: 'Recreate' } });
  for (const { spec } of ofKind('HorizontalPodAutoscaler')) {
    const scaled = ofKind('Deployment').find(({ metadata }) => metadata.name === spec.scaleTargetRef.name)!;
    // Otherwise each `kubectl apply` would undo the autoscaler's work.
    expect(scaled.spec.replicas).toBeUndefined();
    expect(spec.minReplicas).toBeGreaterThan(1);
  }
  expect(ofKind('HorizontalPodAutoscaler').map(({ spec }) => spec.scaleTargetRef.name)).toEqual([
    'touchstone-ingest',
    'touchstone-query',
  ]);
  for (const { spec } of ofKind('PodDisruptionBudget')) {
    const role = spec.selector.matchLabels['app.kubernetes.io/component'];
    expect(workloads.get(role)!.spec.replicas, role).not.toBe(1);
  }
});

const letsIn = (policy: Manifest, word: string): boolean => JSON.stringify(policy.ingress ?? []).includes(word);

test('a role may call the servers whose URLs it is given, and no others', () => {
  const ports: Record<string, number> = { EVENT_STORE_URL: 2113, CLICKHOUSE_URL: 8123, KAFKA_URL: 9092 };
  const policies = full.filter(({ kind }) => kind === 'NetworkPolicy');
  for (const [role, workload] of workloads) {
    const labels = workload.spec.template.metadata.labels;
    const matching = policies.filter(({ spec }) =>
      Object.entries(spec.podSelector.matchLabels).every(([name, value]) => labels[name] === value),
    );
    const open = new Set(
      matching.flatMap(({ spec }) =>
        spec.egress.flatMap(({ ports }: Manifest) => ports.map(({ port }: Manifest) => port)),
      ),
    );
    for (const [variable, port] of Object.entries(ports))
      expect(open.has(port), `${role}, ${variable}`).toBe(variable in environmentOf(workload));
    const isCalled = matching.some(({ spec }) => letsIn(spec, 'touchstone-client'));
    expect(isCalled, role).toBe(role === 'ingest' || role === 'query');
  }
});

test('one address leads to the role that answers, in compose and in Kubernetes', () => {
  const published = ['/v1/events', '/v1/rejected'];
  const { paths } = full.find(({ kind }) => kind === 'Ingress')!.spec.rules[0].http;
  const routes = paths.map(({ path, backend }: Manifest) => [path, backend.service.name]);
  const names = full.filter(({ kind }) => kind === 'Service').map(({ metadata }) => metadata.name);
  const caddyfile = read('infra/compose/Caddyfile');
  // Every route of the role, so that a new one cannot be forgotten.
  const sources = sourceFiles.filter((file) => file.startsWith('services/ingest/')).map(read);
  const served = Object.entries(endpoints)
    .filter(([name]) => sources.some((text) => text.includes(`${name}.path`)))
    .map(([, { path }]) => path);

  expect(routes).toEqual([...published.map((path) => [path, 'touchstone-ingest']), ['/', 'touchstone-query']]);
  for (const [, name] of routes) expect(names).toContain(name);
  expect(served.length).toBeGreaterThan(2);
  for (const path of served)
    expect(published.some((under) => path === under || path.startsWith(`${under}/`))).toBe(true);
  expect(caddyfile).toContain(`@ingest path ${published.flatMap((path) => [path, `${path}/*`]).join(' ')}\n`);
  for (const [, name] of caddyfile.matchAll(/dynamic a (\S+) 4700/g)) expect(compose.services).toHaveProperty(name!);
});

test('Prometheus asks every role, and by the names that compose gives them', () => {
  const [job] = manifest('prometheus/prometheus.yml').scrape_configs;
  const names: string[] = job.dns_sd_configs[0].names;

  expect([...names].sort()).toEqual(
    Object.keys(compose.services)
      .filter((name) => name.startsWith('touchstone-'))
      .sort(),
  );
  expect(names).toEqual(expect.arrayContaining([...roles].map((role) => `touchstone-${role}`)));
});
