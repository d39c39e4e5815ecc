import { readdirSync, readFileSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { parseAllDocuments } from 'yaml';
import { root } from './source-files.ts';

export { root };

/** Reads the files of infra/ for the tests that hold them to the sources. */

export const infra = join(root, 'infra');
export const read = (path: string) => readFileSync(join(root, path), 'utf8');

export const files = readdirSync(infra, { recursive: true, encoding: 'utf8' })
  .filter((file) => !/^(decisions|compose\/secrets)\//.test(file) && statSync(join(infra, file)).isFile())
  .map((file) => ({ file, text: readFileSync(join(infra, file), 'utf8') }));
export const manifests = files.filter(({ file }) => /\.ya?ml$/.test(file));
export const documents = new Map(manifests.map(({ file, text }) => [file, parseAllDocuments(text, { merge: true })]));

// biome-ignore lint/suspicious/noExplicitAny: manifests are looked into freely
export type Manifest = any;
export function all(file: string): Manifest[] {
  const parsed = documents.get(file);
  if (!Array.isArray(parsed)) throw new Error(`infra/${file} is missing or empty`);
  return parsed.map((document) => document.toJS());
}
export const manifest = (file: string): Manifest => all(file)[0];
export const compose = manifest('compose/compose.yaml');
export const statefulSet = manifest('kubernetes/embedded/statefulset.yaml');
export const full = deployed('kubernetes/full');
export const rules = manifest('prometheus/touchstone-rules.yml');
export const dashboard = JSON.parse(read('infra/grafana/dashboards/touchstone.json'));
export const dockerfile = read('infra/docker/Dockerfile');

export interface ComposeService {
  readonly image: string;
  readonly ports?: string[];
  readonly stop_grace_period?: string;
  readonly deploy?: { readonly replicas: number };
  readonly profiles: string[];
  readonly environment?: Readonly<Record<string, string>>;
  readonly depends_on?: object;
  readonly healthcheck?: { readonly test: string[] };
  readonly secrets?: { source: string; target: string }[];
  readonly volumes?: string[];
  readonly mem_limit?: string;
  readonly cap_drop?: string[];
  readonly cap_add?: string[];
  readonly security_opt?: string[];
  readonly logging?: { readonly driver: string; readonly options: Readonly<Record<string, string>> };
}

/**
 * Renders a folder like kustomize, as far as these files need it: resources, one patch for each
 * kind, and the image's tag.
 */
export function deployed(folder: string): Manifest[] {
  const { resources, patches = [], images } = manifest(`${folder}/kustomization.yaml`);
  const objects = resources.flatMap((file: string) => all(`${folder}/${file}`));
  const patched = objects.map((object: Manifest) =>
    patches
      .filter(({ target }: Manifest) => target.kind === object.kind)
      .reduce((under: Manifest, { path }: Manifest) => overlaid(under, manifest(`${folder}/${path}`)), object),
  );
  for (const { spec } of patched)
    for (const container of (spec?.jobTemplate?.spec ?? spec)?.template?.spec.containers ?? []) {
      const { newTag } = images.find(({ name }: { name: string }) => name === container.image) ?? {};
      if (newTag !== undefined) container.image = `${container.image}:${newTag}`;
    }
  return patched;
}

/** A strategic merge: maps by key, lists of named items by name. The object keeps its name. */
export function overlaid(under: Manifest, over: Manifest, path = ''): Manifest {
  if (path === '/metadata/name') return under;
  if (Array.isArray(under) && Array.isArray(over)) {
    const rest = over.filter(({ name }) => !under.some((one) => one.name === name));
    const both = under.map((one) => {
      const other = over.find(({ name }) => name === one.name);
      return other === undefined ? one : overlaid(one, other, `${path}[]`);
    });
    return [...both, ...rest];
  }
  if (typeof under !== 'object' || typeof over !== 'object') return over;
  const keys = new Set([...Object.keys(under), ...Object.keys(over)]);
  return Object.fromEntries(
    Array.from(keys, (key) => [
      key,
      key in under && key in over ? overlaid(under[key], over[key], `${path}/${key}`) : (under[key] ?? over[key]),
    ]),
  );
}

/**
 * The container's environment. Values from secrets and config maps are written as
 * `<kind>/<name>/<key>`.
 */
export function environmentOf(workload: Manifest): Record<string, string> {
  const { env } = workload.spec.template.spec.containers[0];
  return Object.fromEntries(
    env.map(({ name, value, valueFrom = {} }: Manifest) => {
      const [kind, from] = Object.entries<Manifest>(valueFrom)[0] ?? [];
      return [name, value ?? `${kind}/${from.name}/${from.key}`];
    }),
  );
}

export const workloads = new Map<string, Manifest>(
  full
    .filter(({ spec }) => spec.template !== undefined)
    .map((workload) => [String(environmentOf(workload).ROLES), workload]),
);
export const composeRoles = new Map(
  Object.entries<ComposeService>(compose.services)
    .filter(([name, { profiles }]) => name.startsWith('touchstone-') && profiles.includes('full'))
    .map(([name, service]) => [name.slice('touchstone-'.length), service]),
);
