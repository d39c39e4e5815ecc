import { readdirSync, readFileSync } from 'node:fs';
import { expect, test } from 'vitest';
import { root, sourceFiles } from './source-files.ts';

/** Checks the allowed imports between packages, read from the import lines. */

const sources = sourceFiles
  .map((file) => ({ file, text: readFileSync(root + file, 'utf8') }))
  .map((source) => ({ ...source, imports: importsOf(source.text) }));

function importsOf(source: string): string[] {
  const found = source.matchAll(
    /^(?:import|export)\s(?:[^'"]*?\sfrom\s)?['"]([^'"]+)['"]|import\(\s*['"]([^'"]+)['"]\s*\)/gm,
  );
  return Array.from(found, ([, from, dynamic]) => (from ?? dynamic)!);
}

const filesThatImport = (matches: (name: string) => boolean) =>
  sources.filter(({ imports }) => imports.some(matches)).map(({ file }) => file);
const of = (folder: string) => sources.filter(({ file }) => file.startsWith(`${folder}/`));

test('the sources are found', () => {
  expect(sources.length).toBeGreaterThan(50);
});

test('what we believe about customers rests on zod alone', () => {
  const foreign = of('packages/journey').flatMap(({ imports }) => imports.filter((name) => !name.startsWith('.')));
  expect(new Set(foreign)).toEqual(new Set(['zod']));
});

test('the event store does not know what a customer journey is, nor the read models where events come from', () => {
  for (const folder of ['packages/event-store', 'packages/read-models', 'packages/event-bus']) {
    const known = of(folder).flatMap(({ imports }) => imports.filter((name) => name.startsWith('@touchstone/')));
    expect(
      known.filter((name) => /journey|read-models/.test(name)),
      folder,
    ).toEqual([]);
  }
  const known = of('packages/read-models').flatMap(({ imports }) =>
    imports.filter((name) => name.startsWith('@touchstone/')),
  );
  expect(new Set(known)).toEqual(new Set(['@touchstone/runtime/turns', '@touchstone/threads/give-way']));
});

test('only the projector writes rows of the read model', () => {
  const writers = of('services').filter(({ text }) => text.includes('.writeBatch('));
  expect(new Set(writers.map(({ file }) => file.split('/')[1]))).toEqual(new Set(['projector']));
});

test('packages know no service', () => {
  const services = new Set(readdirSync(`${root}services`).map((name) => `@touchstone/${name}`));
  const offenders = sources.filter(
    ({ file, imports }) => file.startsWith('packages/') && imports.some((name) => services.has(name)),
  );
  expect(offenders.map(({ file }) => file)).toEqual([]);
});

test.each([
  ['@eventstore/db-client', /^@eventstore\/db-client/],
  ['kafkajs', /^kafkajs$/],
  ['@clickhouse/client', /^@clickhouse\/client$/],
  ['chdb', /^chdb/],
  ['libsql', /^libsql$/],
])('one file imports %s', (_name, pattern) => {
  const files = filesThatImport((name) => pattern.test(name)).filter((file) => !file.startsWith('services/cli/'));
  expect(files.length, files.join(', ')).toBeLessThanOrEqual(1);
});
