import { writeFileSync } from 'node:fs';
import { type BenchRow, formatRow } from './measure.ts';

/**
 * `pnpm bench [name…]` runs all benchmarks, or the named ones, each against its floor in the same
 * run; writes the results as JSON too.
 */
const benchmarks: Readonly<Record<string, () => Promise<BenchRow[]>>> = {
  'event-log': async () => (await import('./event-log.ts')).benchEventLog(),
  history: async () => (await import('./history.ts')).benchHistory(),
  fold: async () => (await import('./fold.ts')).benchFold(),
  'large-customers': async () => (await import('./large-customers.ts')).benchLargeCustomers(),
  ingest: async () => (await import('./ingest.ts')).benchIngest(),
  'read-model': async () => (await import('./read-model.ts')).benchReadModel(),
  projection: async () => (await import('./projection.ts')).benchProjection(),
  system: async () => (await import('./system.ts')).benchSystem(),
  'import-due': async () => (await import('./import-due.ts')).benchImportDue(),
  questions: async () => (await import('./questions.ts')).benchQuestions(),
  drivers: async () => (await import('./drivers.ts')).benchDrivers(),
  dashboard: async () => (await import('./dashboard.ts')).benchDashboard(),
  backtest: async () => (await import('./backtest.ts')).benchBacktest(),
  live: async () => (await import('./live.ts')).benchLive(),
  abuse: async () => (await import('./abuse.ts')).benchAbuse(),
  fuzz: async () => (await import('./fuzz.ts')).benchFuzz(),
  eventstoredb: async () => (await import('./eventstoredb.ts')).benchEventStoreDb(),
  copy: async () => (await import('./copy.ts')).benchCopy(),
  export: async () => (await import('./export.ts')).benchExport(),
  kafka: async () => (await import('./kafka.ts')).benchKafka(),
  projectors: async () => (await import('./projectors.ts')).benchProjectors(),
};

const names = process.argv.slice(2);
const unknown = names.filter((name) => !Object.hasOwn(benchmarks, name));
if (unknown.length > 0) {
  console.error(`No benchmark ${unknown.join(', ')}; there are: ${Object.keys(benchmarks).join(', ')}.`);
  process.exit(2);
}
const rows: BenchRow[] = [];
for (const name of names.length > 0 ? names : Object.keys(benchmarks)) {
  for (const row of await benchmarks[name]!()) {
    rows.push(row);
    console.log(formatRow(row));
  }
}
writeFileSync('bench-results.json', `${JSON.stringify({ node: process.version, at: new Date(), rows }, null, 2)}\n`);
console.log('written to bench-results.json');
