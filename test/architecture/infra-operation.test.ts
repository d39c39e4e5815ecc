import { execFileSync } from 'node:child_process';
import { cpSync, mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, onTestFinished, test } from 'vitest';
import {
  all,
  type ComposeService,
  compose,
  deployed,
  dockerfile,
  environmentOf,
  full,
  infra,
  type Manifest,
  manifest,
  read,
  rules,
  statefulSet,
  workloads,
} from './manifests.ts';

/** Checks the operators' files: certificates, limits, networks, monitoring. */

const embedded = deployed('kubernetes/embedded');
const volumesOf = (workload: Manifest): Manifest[] => workload.spec.template.spec.volumes;

test("certificates of an authority of one's own reach every pod by a config map alone", () => {
  for (const workload of [statefulSet, ...workloads.values()]) {
    const { sources } = volumesOf(workload).find(({ name }) => name === 'keys').projected;
    expect(sources).toContainEqual({ configMap: { name: 'touchstone-ca', optional: true } });
    expect(JSON.stringify(sources)).toContain('touchstone-keys');
    const mounts = workload.spec.template.spec.containers[0].volumeMounts;
    expect(mounts).toContainEqual({ name: 'keys', mountPath: '/etc/touchstone', readOnly: true });
    expect(environmentOf(workload).OTEL_EXPORTER_OTLP_ENDPOINT).toBe('configMapKeyRef/touchstone-traces/endpoint');
  }
});

test('whether spans show ids is told to every role, in compose and in Kubernetes alike', () => {
  for (const [role, workload] of [['embedded', statefulSet] as const, ...workloads]) {
    expect(environmentOf(workload).TRACE_IDS, role).toBe('configMapKeyRef/touchstone-traces/ids');
    expect(compose.services[`touchstone-${role}`].environment.TRACE_IDS, role).toMatch(/^\$\{TRACE_IDS:-off\}$/);
  }
});

test('every container of compose has a limit of memory, and its log is rotated', () => {
  for (const [name, service] of Object.entries<ComposeService>(compose.services)) {
    expect(service.mem_limit, name).toMatch(/^\d+[mg]$/);
    expect(service.logging, name).toMatchObject({
      driver: 'json-file',
      options: { 'max-size': expect.stringMatching(/^\d+m$/), 'max-file': expect.stringMatching(/^\d+$/) },
    });
  }
});

test('no container of compose has rights beyond those of an ordinary user, or can gain any', () => {
  const added: Record<string, readonly string[]> = {};
  for (const [name, service] of Object.entries<ComposeService>(compose.services)) {
    expect(service.cap_drop, name).toEqual(['ALL']);
    expect(service.security_opt, name).toEqual(['no-new-privileges:true']);
    if (service.cap_add !== undefined) added[name] = service.cap_add;
  }
  expect(added).toEqual({ gateway: ['NET_BIND_SERVICE'] });
});

test('secrets in Kubernetes are read by the user of the pod, through its group, and by nobody else', () => {
  for (const [role, workload] of [['embedded', statefulSet] as const, ...workloads]) {
    const { defaultMode } = volumesOf(workload).find(({ name }) => name === 'keys').projected;
    expect(defaultMode, role).toBe(0o440);
  }
});

test('the version of pnpm is one, in the image and in package.json', () => {
  const [, version] = /^pnpm@([\d.]+)\+sha512\.[0-9a-f]{128}$/.exec(JSON.parse(read('package.json')).packageManager)!;
  expect(dockerfile).toContain(`npm install --global pnpm@${version}\n`);
});

test('compose and Kubernetes give a role the same memory', () => {
  const inCompose = (name: string) => `${Number.parseInt(compose.services[name].mem_limit, 10)}Gi`;
  for (const [role, { spec }] of workloads)
    expect(spec.template.spec.containers[0].resources.limits.memory, role).toBe(inCompose(`touchstone-${role}`));
  expect(statefulSet.spec.template.spec.containers[0].resources.limits.memory).toBe(inCompose('touchstone-embedded'));
});

test('an Ingress, Prometheus and a collector of traces get through the network policies, in both shapes', () => {
  for (const [shape, objects] of Object.entries({ embedded, full })) {
    const policies = objects.filter(({ kind }) => kind === 'NetworkPolicy').map(({ spec }) => spec);
    const peers = JSON.stringify(policies.flatMap(({ ingress = [] }) => ingress));
    for (const from of ['ingress-nginx', 'monitoring', 'touchstone-client']) expect(peers, shape).toContain(from);
    const everyPod = policies.find(({ podSelector }) => Object.keys(podSelector.matchLabels).length === 1)!;
    const ports = everyPod.egress.flatMap(({ ports }: Manifest) => ports.map(({ port }: Manifest) => port));
    expect(ports, shape).toEqual(expect.arrayContaining([53, 4318]));
  }
});

test('a headless service names every pod, also one that is not ready, and the ServiceMonitor goes by it', () => {
  for (const objects of [embedded, full]) {
    const service = objects.find(({ kind, spec }) => kind === 'Service' && spec.clusterIP === 'None')!;
    expect(service.spec).toMatchObject({
      publishNotReadyAddresses: true,
      selector: { 'app.kubernetes.io/name': 'touchstone' },
    });
    const monitor = manifest('kubernetes/monitoring/service-monitor.yaml').spec;
    expect(service.metadata.labels).toMatchObject(monitor.selector.matchLabels);
    expect(monitor.endpoints[0].port).toBe(service.spec.ports[0].name);
  }
  expect(statefulSet.spec.serviceName).toBe('touchstone-pods');
});

test('the rule of the Prometheus operator is made from the rules of Prometheus', () => {
  const folder = mkdtempSync(join(tmpdir(), 'touchstone-rule-'));
  onTestFinished(() => rmSync(folder, { recursive: true, force: true }));
  cpSync(join(infra, 'prometheus'), folder, { recursive: true });
  execFileSync('sh', [join(folder, 'make-prometheus-rule.sh')]);

  expect(read('infra/prometheus/prometheus-rule.yaml')).toBe(
    readFileSync(join(folder, 'prometheus-rule.yaml'), 'utf8'),
  );
  expect(manifest('prometheus/prometheus-rule.yaml').spec).toEqual(rules);
});

test('what kustomize is told to read is there', () => {
  for (const folder of ['kubernetes/embedded', 'kubernetes/full', 'kubernetes/monitoring', 'prometheus', 'grafana']) {
    const { resources = [], configMapGenerator = [] } = manifest(`${folder}/kustomization.yaml`);
    const named = [...resources, ...configMapGenerator.flatMap(({ files }: Manifest) => files)];
    expect(named.length, folder).toBeGreaterThan(0);
    for (const path of named) {
      const isFolder = !/\.\w+$/.test(path);
      const file = join(folder, path, isFolder ? 'kustomization.yaml' : '');
      if (file.endsWith('.yaml')) expect(all(file.replace(/\/$/, '')).length, path).toBeGreaterThan(0);
      else expect(read(`infra/${file.replace(/\/$/, '')}`).length).toBeGreaterThan(0);
    }
  }
});
