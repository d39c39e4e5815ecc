import { readFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { expect, test } from 'vitest';
import { places, root, sourceFiles } from './source-files.ts';

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

/** Every import between packages and services; a new one is a decision. */
const ARROWS: Readonly<Record<string, readonly string[]>> = {
  'packages/alerts': ['api'],
  'packages/api': ['journey'],
  'packages/async': [],
  'packages/client': ['api', 'async'],
  'packages/customer-folds': ['event-store', 'journey', 'runtime', 'threads'],
  'packages/demo-shop': ['journey'],
  'packages/event-bus': ['async', 'event-store'],
  'packages/event-store': ['async', 'runtime', 'threads'],
  'packages/journey': [],
  'packages/operations': [
    'alerts',
    'api',
    'async',
    'customer-folds',
    'event-store',
    'journey',
    'read-models',
    'runtime',
  ],
  'packages/projection': ['event-store', 'journey', 'read-models'],
  'packages/read-models': ['api', 'runtime', 'threads'],
  'packages/runtime': ['api'],
  'packages/threads': [],
  // The command line verifies rows and reads ledgers without a server.
  'services/cli': [
    'api',
    'client',
    'customer-folds',
    'demo-shop',
    'event-store',
    'journey',
    'operations',
    'projection',
    'read-models',
    'runtime',
  ],
  'services/clock': ['customer-folds', 'event-store', 'journey', 'read-models', 'runtime'],
  'services/dashboard': ['api', 'journey'],
  'services/ingest': ['api', 'customer-folds', 'event-store', 'journey', 'runtime'],
  'services/projector': [
    'async',
    'event-bus',
    'event-store',
    'journey',
    'projection',
    'read-models',
    'runtime',
    'threads',
  ],
  'services/query': [
    'alerts',
    'api',
    'customer-folds',
    'event-store',
    'journey',
    'operations',
    'read-models',
    'runtime',
  ],
  // The composition root alone knows every service.
  'services/touchstone': [
    'async',
    'clock',
    'customer-folds',
    'demo-shop',
    'event-bus',
    'event-store',
    'ingest',
    'journey',
    'operations',
    'projection',
    'projector',
    'query',
    'read-models',
    'runtime',
    'threads',
  ],
};

test('packages and services import each other exactly as the map says', () => {
  const arrows = places.map((place) => {
    const named = of(place).flatMap(({ imports }) => imports.filter((name) => name.startsWith('@touchstone/')));
    return [place, [...new Set(named.map((name) => name.split('/')[1]!))].sort()];
  });
  expect(Object.fromEntries(arrows)).toEqual(ARROWS);
});

test('the API is declared over zod and the schemas of the measurement alone', () => {
  const foreign = of('packages/api').flatMap(({ imports }) => imports.filter((name) => !name.startsWith('.')));
  const packages = foreign.map((name) => name.replace(/^(@touchstone\/journey)\/.*/, '$1'));
  expect(new Set(packages)).toEqual(new Set(['zod', '@touchstone/journey']));
  const vocabulary = sources.find(({ file }) => file === 'packages/api/src/vocabulary.ts');
  expect(vocabulary?.imports).toEqual([]);
});

test('only the projector writes rows of the read model', () => {
  const writers = of('services').filter(({ text }) => text.includes('.writeBatch('));
  expect(new Set(writers.map(({ file }) => file.split('/')[1]))).toEqual(new Set(['projector']));
});

test('the read models load no statistics; only the questions do', () => {
  const reached = (file: string, seen = new Set<string>()): Set<string> => {
    if (seen.has(file)) return seen;
    seen.add(file);
    for (const name of sources.find((source) => source.file === file)?.imports ?? []) {
      if (name.startsWith('.')) reached(join(dirname(file), name), seen);
      else seen.add(name);
    }
    return seen;
  };
  const isStatistics = (name: string) => name.startsWith('@stdlib/') || name === 'ml-matrix';
  const from = (file: string) => [...reached(`packages/read-models/src/${file}`)].filter(isStatistics);
  expect(from('index.ts')).toEqual([]);
  expect(from('encoding/batch.ts')).toEqual([]);
  expect(from('questions.ts').length).toBeGreaterThan(3);
});

/** The files that know a technology: to replace it, these change and no others. */
const KNOWN_BY: Readonly<Record<string, readonly string[]>> = {
  '@clickhouse/client': ['packages/read-models/src/engine/open-clickhouse.ts'],
  '@eventstore/db-client': ['packages/event-store/src/eventstoredb/client.ts'],
  '@fastify/compress': ['packages/runtime/src/compress-answers.ts'],
  '@fastify/rate-limit': ['packages/runtime/src/http-server.ts'],
  '@fastify/static': ['services/query/src/site/serve-dashboard.ts'],
  '@fastify/swagger': ['services/query/src/description/describe-api.ts'],
  '@fastify/swagger-ui': ['services/query/src/description/docs-page.ts'],
  ajv: ['services/ingest/src/decide/compiled-check.ts'],
  chdb: ['packages/read-models/src/engine/embedded-engine.ts'],
  'cli-progress': ['services/cli/src/terminal/progress.ts'],
  commander: [
    'services/cli/src/alert-program.ts',
    'services/cli/src/loyalty-program.ts',
    'services/cli/src/program.ts',
    'services/cli/src/question-options.ts',
    'services/cli/src/question-program.ts',
    'services/cli/src/service-program.ts',
  ],
  esbuild: ['packages/threads/src/start-thread.ts'],
  kafkajs: ['packages/event-bus/src/kafka/client.ts'],
  pino: ['packages/runtime/src/logger.ts'],
  'prom-client': ['packages/runtime/src/health.ts', 'packages/runtime/src/metrics.ts'],
  saxes: ['services/cli/src/import/xes-traces.ts'],
};

test.each(Object.entries(KNOWN_BY))('%s is known by its files alone', (technology, files) => {
  expect(filesThatImport((name) => name === technology || name.startsWith(`${technology}/`))).toEqual(files);
});
