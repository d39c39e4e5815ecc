import { execFileSync, spawnSync } from 'node:child_process';
import { existsSync, mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join, resolve } from 'node:path';
import { createHttpServer, createLogger, readKeys, readShareSecret } from '@touchstone/runtime';
import { expect, onTestFinished, test } from 'vitest';
import { describeWith } from '../servers-here/describe-with.ts';
import {
  type ComposeService,
  compose,
  composeRoles,
  dashboard,
  deployed,
  dockerfile,
  documents,
  environmentOf,
  files,
  full,
  infra,
  type Manifest,
  manifest,
  manifests,
  read,
  root,
  rules,
  statefulSet,
  workloads,
} from './manifests.ts';
import { sourceFiles } from './source-files.ts';

/**
 * Holds the statements of infra/ about the product to the sources, because their readers cannot
 * ask.
 */

test('all manifests can be parsed', () => {
  expect(manifests.length).toBeGreaterThan(8);
  for (const [file, parsed] of documents) {
    const faults = Array.isArray(parsed) ? parsed.flatMap(({ errors, warnings }) => [...errors, ...warnings]) : [];
    expect(faults, file).toEqual([]);
  }
});

test('every variable that is given to the product exists in its configuration', () => {
  const config = read('packages/runtime/src/config.ts');
  const known = new Set(Array.from(config.matchAll(/^ {2}([A-Z][A-Z_]+):/gm), ([, name]) => name!));
  // The documented OpenTelemetry variables, which the product reads.
  for (const [name] of read('packages/runtime/README.md').matchAll(/\bOTEL_[A-Z_]+\b/g)) known.add(name);
  const inImage = Array.from(dockerfile.matchAll(/^(?:ENV | {4})([A-Z_]+)=/gm), ([, name]) => name!);
  const inCompose = Object.entries<ComposeService>(compose.services)
    .filter(([name]) => name.startsWith('touchstone'))
    .flatMap(([, { environment = {} }]) => Object.keys(environment));
  const inPods = [statefulSet, ...full.filter(({ kind }) => kind === 'Deployment')].flatMap((workload) =>
    Object.keys(environmentOf(workload)),
  );
  // Variables named in text and comments: whole words in the form of the product's variables.
  const named = files.flatMap(({ text }) =>
    Array.from(
      text.matchAll(/\b(?:TOUCHSTONE_[A-Z]+|STOP_GRACE|EVENT_STORE_URL|CLICKHOUSE_URL|KAFKA_URL|LOG_LEVEL)\b/g),
      ([n]) => n,
    ),
  );
  // Variables of Node, the installation, the command line (another program) and OpenTelemetry.
  const foreign = new Set([
    'NODE_ENV',
    'UV_THREADPOOL_SIZE',
    'CI',
    'TOUCHSTONE_KEY',
    'TOUCHSTONE_URL',
    'OTEL_SERVICE_NAME',
  ]);

  const used = [...inImage, ...inCompose, ...inPods, ...named].filter((name) => !foreign.has(name));

  expect(used).toEqual(expect.arrayContaining(['HOST', 'TOUCHSTONE_KEYS', 'EVENT_STORE_URL', 'KAFKA_URL']));
  expect(used.filter((name) => !known.has(name))).toEqual([]);
});

test('every metric of the dashboard and of the alerts exists', async () => {
  const sources = sourceFiles.filter((file) => file.endsWith('.ts')).map(read);
  const ours = sources.flatMap((text) =>
    Array.from(text.matchAll(/(?:'|^ +)(touchstone_\w+)(?:'|: \{)/gm), ([, n]) => n!),
  );
  const app = await createHttpServer({ logger: createLogger({ level: 'silent' }) });
  onTestFinished(() => app.close());
  const ofNode = app.metrics.getMetricsAsArray().map(({ name }) => name);
  const known = new Set(['up', ...ours, ...ofNode]);

  const expressions = [
    ...rules.groups.flatMap(({ rules }: { rules: { expr: string }[] }) => rules.map(({ expr }) => expr)),
    ...dashboard.panels.flatMap(({ targets = [] }: { targets?: { expr: string }[] }) =>
      targets.map(({ expr }) => expr),
    ),
    ...dashboard.annotations.list.map(({ expr }: { expr: string }) => expr),
    ...dashboard.templating.list.map(({ query }: { query: string | { query: string } }) =>
      typeof query === 'string' ? '' : query.query,
    ),
  ] as string[];
  const named = [...expressions.join('\n').matchAll(/\b(?:up|(?:touchstone|nodejs|process)_\w+)\b/g)].map(
    ([name]) => name,
  );
  const inText = files
    .filter(({ file }) => file.endsWith('.md'))
    .flatMap(({ text }) => Array.from(text.matchAll(/`((?:touchstone|nodejs)_\w+)`/g), ([, name]) => name!));

  expect(expressions.length).toBeGreaterThan(30);
  const unknown = [...named, ...inText]
    .filter((name) => !known.has(name) && !known.has(name.replace(/_(?:bucket|sum|count)$/, '')))
    // The name of the Prometheus job.
    .filter((name) => name !== 'touchstone');
  expect(new Set(unknown)).toEqual(new Set());
});

test('every alert is told in the README, and no other', () => {
  const alerts = rules.groups.flatMap(({ rules }: { rules: { alert: string }[] }) => rules.map(({ alert }) => alert));
  const told = Array.from(read('infra/README.md').matchAll(/\bTouchstone[A-Z]\w+/g), ([name]) => name);

  expect(new Set(told)).toEqual(new Set(alerts));
});

test('every benchmark that the capacity page refers to exists', () => {
  const page = read('infra/capacity.md');
  const bench = read('test/load/bench.ts');
  const benchmarks = Array.from(bench.matchAll(/^ {2}'?([\w-]+)'?: async/gm), ([, name]) => name!);
  const lines = readdirSync(join(root, 'test/load'))
    .map((file) => read(`test/load/${file}`))
    .join('\n');

  const named = Array.from(page.matchAll(/`pnpm bench ([\w-]+)`/g), ([, name]) => name!);
  const cells = Array.from(page.matchAll(/\| `pnpm bench [\w-]+` +\| `([^`]+)` +\|/g), ([, line]) => line!);

  expect(named.length).toBeGreaterThan(7);
  expect(named.filter((name) => !benchmarks.includes(name))).toEqual([]);
  expect(cells.length).toBeGreaterThan(7);
  expect(cells.filter((line) => !lines.includes(`'${line}'`))).toEqual([]);
});

test('every file that a manifest mounts, copies or lists exists', () => {
  const copied = Array.from(dockerfile.matchAll(/^COPY (?!--from)(.+) \S+$/gm), ([, paths]) =>
    paths!.split(' '),
  ).flat();
  const started = Array.from(dockerfile.matchAll(/"(services\/[^"]+\.ts)"/g), ([, path]) => path!);
  const listed = ['embedded', 'full'].flatMap((shape) => {
    const { resources, patches = [] } = manifest(`kubernetes/${shape}/kustomization.yaml`);
    const named = [...resources, ...patches.map(({ path }: { path: string }) => path)];
    return named.map((path) => `infra/kubernetes/${shape}/${path}`);
  });
  const mounted = Object.values<ComposeService>(compose.services)
    .flatMap(({ volumes = [] }) => volumes)
    .filter((volume) => volume.startsWith('.'))
    .map((volume) => join('infra/compose', volume.split(':')[0]!));
  const commands = Array.from(
    read('infra/README.md').matchAll(/(?:sh|node|-f|-k) ((?:infra|services)\/\S+)/g),
    ([, path]) => path!,
  );

  const paths = [...copied, ...started, ...listed, ...mounted, ...commands];

  expect(paths.length).toBeGreaterThan(12);
  const sent = read('.dockerignore').split('\n');
  for (const path of copied.filter((path) => path !== '.'))
    expect(sent, `COPY ${path}`).toContain(`!${path.split('/')[0]}`);
  expect(paths.filter((path) => !existsSync(join(root, path)))).toEqual([]);
  const { build } = compose['x-touchstone'];
  expect(existsSync(resolve(infra, 'compose', build.context, build.dockerfile))).toBe(true);
});

const [major = 0, minor = 0] = process.versions.node.split('.').map(Number);
const runner = major > 22 || (major === 22 && minor >= 18) ? [] : ['--import', 'tsx'];

// The image holds no TypeScript runner, so every file loaded at start must have erasable types and
// imports with file endings. Node 20 cannot check that.
test('what the image starts can be loaded, from Node 22.18 on by Node itself', () => {
  const environment = { PATH: process.env.PATH, NODE_NO_WARNINGS: '1' };
  const started = spawnSync(process.execPath, [...runner, 'services/touchstone/src/main.ts', '--nonsense'], {
    cwd: root,
    encoding: 'utf8',
    env: environment,
  });
  expect(started.stderr).toMatch(/^Unknown argument --nonsense/);
});

test('every profile of compose has all that its services wait for, and every server says when it is healthy', () => {
  for (const [name, service] of Object.entries<ComposeService>(compose.services)) {
    expect(service.profiles.length, name).toBeGreaterThan(0);
    for (const needed of Object.keys(service.depends_on ?? {})) {
      expect(compose.services[needed].profiles, `${name} waits for ${needed}`).toEqual(
        expect.arrayContaining(service.profiles),
      );
      expect(compose.services[needed].healthcheck, needed).toBeDefined();
    }
    for (const { source } of service.secrets ?? []) expect(compose.secrets, name).toHaveProperty(source);
    for (const volume of service.volumes ?? [])
      if (!volume.startsWith('.')) expect(compose.volumes, name).toHaveProperty(volume.split(':')[0]!);
  }
});

test('every process finds the keys and the one secret of links where its variables say', () => {
  const keys = /TOUCHSTONE_KEYS=(\S+)/.exec(dockerfile)![1]!;
  const ofCompose = Object.entries<ComposeService>(compose.services).filter(([name]) => name.startsWith('touchstone'));
  expect(ofCompose).toHaveLength(6);
  for (const [name, { secrets, environment }] of ofCompose) {
    expect(secrets, name).toContainEqual({ source: 'keys', target: keys });
    expect(secrets, name).toContainEqual({ source: 'share', target: environment!.SHARE_SECRET_FILE });
  }
  const pods: Manifest[] = [statefulSet, ...workloads.values()];
  expect(pods).toHaveLength(6);
  for (const pod of pods) {
    const { volumes, containers } = pod.spec.template.spec;
    const { sources } = volumes.find(({ name }: Manifest) => name === 'keys').projected;
    const { mountPath } = containers[0].volumeMounts.find(({ name }: Manifest) => name === 'keys');
    const mounted = sources.flatMap(({ secret }: Manifest) =>
      (secret?.items ?? []).map(({ path }: Manifest) => [join(mountPath, path), secret.name]),
    );
    expect(mounted).toContainEqual([keys, 'touchstone-keys']);
    expect(mounted).toContainEqual([environmentOf(pod).SHARE_SECRET_FILE, 'touchstone-share']);
  }
});

test('one process per folder: one replica, on a volume that only one pod may have', () => {
  expect(statefulSet.kind).toBe('StatefulSet');
  expect(statefulSet.spec.replicas).toBe(1);
  expect(statefulSet.spec.volumeClaimTemplates[0].spec.accessModes).toEqual(['ReadWriteOncePod']);
  const kinds = deployed('kubernetes/embedded').map(({ kind }) => kind);
  expect(kinds).not.toContain('HorizontalPodAutoscaler');
});

const describeWithPromtool = await describeWith('promtool');

describeWithPromtool('the alerts', () => {
  test('those that join figures of several processes fire when they should', () => {
    const told = spawnSync('promtool', ['test', 'rules', join(infra, 'prometheus/touchstone-rules.test.yml')], {
      encoding: 'utf8',
    });
    expect(told.stdout + told.stderr).toContain('SUCCESS');
    expect(told.status).toBe(0);
  });
});

test('the nightly backup asks the running process as the network policy lets it, and keeps its files on a volume of its own', () => {
  const embedded = deployed('kubernetes/embedded');
  const of = (kind: string) => embedded.find((object) => object.kind === kind);
  const { spec } = of('CronJob');
  const { metadata, spec: pod } = spec.jobTemplate.spec.template;
  const [{ args, env, volumeMounts }] = pod.containers;
  const service = of('Service');
  const url = env.find(({ name }: { name: string }) => name === 'TOUCHSTONE_URL').value;
  const allowed = of('NetworkPolicy').spec.ingress[0].from.flatMap(
    ({ podSelector }: { podSelector?: { matchLabels: object } }) => (podSelector ? [podSelector.matchLabels] : []),
  );

  expect(spec.concurrencyPolicy).toBe('Forbid');
  expect(url).toBe(`http://${service.metadata.name}:${service.spec.ports[0].port}`);
  expect(metadata.labels).toMatchObject(allowed[0]);
  expect(service.spec.selector).not.toEqual(expect.objectContaining({ 'app.kubernetes.io/name': 'touchstone-backup' }));
  expect(statefulSet.spec.selector.matchLabels['app.kubernetes.io/name']).not.toBe('touchstone-backup');
  expect(args[0]).toContain(' backup "/backup/');
  expect(volumeMounts).toContainEqual({ name: 'backups', mountPath: '/backup' });
  const { claimName } = pod.volumes.find(({ name }: { name: string }) => name === 'backups').persistentVolumeClaim;
  expect(of('PersistentVolumeClaim').metadata.name).toBe(claimName);
});

test('the commands of a backup that the README tells are commands of the command line', () => {
  const program = read('services/cli/src/program.ts');
  const told = Array.from(
    read('infra/README.md').matchAll(/(?:touchstone|main\.ts) (backup|restore)\b/g),
    ([, name]) => name!,
  );
  expect(new Set(told)).toEqual(new Set(['backup', 'restore']));
  for (const name of told) expect(program).toContain(`.command('${name}')`);
  expect(read('infra/README.md')).toContain('`events.db*`');
});

test('every image is pinned to a version', () => {
  const images = [
    ...Object.values<ComposeService>(compose.services).map(({ image }) => image),
    ...[...full, ...deployed('kubernetes/embedded')].flatMap(({ spec }) =>
      ((spec.jobTemplate?.spec ?? spec).template?.spec.containers ?? []).map(({ image }: { image: string }) => image),
    ),
  ];
  expect(images.length).toBeGreaterThan(14);
  for (const image of images) expect(image).toMatch(/^[\w./-]+:v?\d+(\.\d+)+(-[\w.]+)?$/);
});

test('Kubernetes and compose wait longer than the process gives itself to stop', () => {
  const milliseconds = (pattern: RegExp, file: string) => Number(pattern.exec(read(file))![1]!.replaceAll('_', ''));
  const grace = milliseconds(/STOP_GRACE_MS = ([\d_]+)/, 'packages/runtime/src/config.ts');
  const whole = grace + milliseconds(/deadlineMs = ([\d_]+)/, 'packages/runtime/src/shutdown.ts');
  for (const workload of [statefulSet, ...workloads.values()]) {
    const { terminationGracePeriodSeconds, containers } = workload.spec.template.spec;
    expect(terminationGracePeriodSeconds * 1000).toBeGreaterThan(whole);
    for (const { env, lifecycle } of containers) {
      // The process has its own grace period, which these figures include; a pause in `preStop`
      // would add to it.
      expect(env.map(({ name }: { name: string }) => name)).not.toContain('STOP_GRACE');
      expect(lifecycle?.preStop).toBeUndefined();
    }
  }
  for (const service of composeRoles.values()) {
    expect(Number.parseInt(service.stop_grace_period!, 10) * 1000).toBeGreaterThan(whole);
    expect(service.environment).not.toHaveProperty('STOP_GRACE');
  }
});

test('the keys and the secret that the script makes are taken by the product, and a second run changes nothing', () => {
  const folder = mkdtempSync(join(tmpdir(), 'touchstone-secrets-'));
  onTestFinished(() => rmSync(folder, { recursive: true, force: true }));
  const make = () => execFileSync('sh', [join(infra, 'compose/make-secrets.sh'), folder], { encoding: 'utf8' });
  const contents = () =>
    ['.env', 'secrets/keys.json', 'secrets/admin.key', 'secrets/share.secret'].map((file) =>
      readFileSync(join(folder, file), 'utf8'),
    );

  make();
  const first = contents();
  const keys = readKeys(join(folder, 'secrets/keys.json'));
  const bearer = (name: string) => `Bearer ${readFileSync(join(folder, `secrets/${name}.key`), 'utf8')}`;

  expect(keys.find(bearer('admin'))).toMatchObject({ name: 'admin', scopes: ['admin'] });
  expect(keys.find(bearer('publisher'))).toMatchObject({ name: 'publisher', scopes: ['publish'] });
  expect(keys.find(bearer('prometheus'))).toMatchObject({ name: 'prometheus', scopes: ['read'] });
  expect(readShareSecret(join(folder, 'secrets/share.secret'))).toHaveLength(64);
  // The variables without a default.
  const variables = new Set(
    Array.from(read('infra/compose/compose.yaml').matchAll(/\$\{(\w+)(?!\w|:-)/g), ([, name]) => name!),
  );
  for (const variable of variables) expect(first[0], variable).toMatch(new RegExp(`^${variable}=\\S+$`, 'm'));
  expect(make()).toContain('left as it is');
  expect(contents()).toEqual(first);
});

test('no secret and no host of a package registry stands in infra', () => {
  for (const { file, text } of files) {
    expect(text, file).not.toMatch(/tsk_[\w-]{20,}|sha256:[0-9a-f]{64}|registry\.\w+|npmjs|yarnpkg/);
    expect(dirname(file), file).not.toContain('secrets');
  }
});
