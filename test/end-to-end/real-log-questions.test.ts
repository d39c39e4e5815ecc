import { readFileSync, writeFileSync } from 'node:fs';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type Answer, endpoints } from '@touchstone/api';
import { importFile, readMapping } from '@touchstone/cli';
import { type Client, createClient } from '@touchstone/client';
import { createLogger, readConfig } from '@touchstone/runtime';
import { type Running, startTouchstone } from '@touchstone/touchstone';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { describeWithLogs, LOGS } from './real-logs-here.ts';

/**
 * Publishes three real logs, each row as a moment of the name that it has in the file, and compares
 * the answers to questions with an independent reading of the same files.
 */

const MOMENT = { type: 'moment.recorded', data: { channel: 'log', outcome: 'succeeded' } };
const xes = (type: string) => ({
  ...{ format: 'xes', source: type, customer: '{trace.concept:name}', journey: '{trace.concept:name}' },
  ...{ journeyType: type, time: { column: 'time:timestamp' } },
  emit: [{ ...MOMENT, data: { ...MOMENT.data, touchpoint: '{concept:name}' } }],
});

const logs = {
  helpdesk: { file: 'helpdesk/helpdesk.xes.gz', mapping: xes('helpdesk') },
  receipt: { file: 'receipt/receipt.xes.gz', mapping: xes('receipt') },
  olist: {
    file: 'olist/event_log_events.csv.gz',
    mapping: {
      ...{ format: 'csv', source: 'olist', customer: '{order_id}', journey: '{order_id}', journeyType: 'olist' },
      id: '{activity_instance}',
      time: { column: 'timestamp', zone: 'UTC', whenMissing: 'skip' },
      emit: [{ ...MOMENT, data: { ...MOMENT.data, touchpoint: '{activity}' } }],
    },
  },
} as const;
type Log = keyof typeof logs;

describeWithLogs(() => {
  let folder: string;
  let system: Running;
  let client: Client;
  let after: string;

  beforeAll(async () => {
    folder = await mkdtemp(join(tmpdir(), 'touchstone-real-log-questions-'));
    const config = readConfig({ PORT: '0', TOUCHSTONE_DATA: join(folder, 'data'), CLOCK: 'log' });
    system = await startTouchstone(config, createLogger({ level: 'error' }));
    client = createClient({ url: system.url });
    for (const log of Object.keys(logs) as Log[]) after = await publish(log);
  }, 400_000);
  afterAll(async () => {
    await system?.stop();
    await rm(folder, { recursive: true, force: true });
  });

  async function publish(log: Log): Promise<string> {
    const file = join(folder, `${log}.json`);
    writeFileSync(file, JSON.stringify(logs[log].mapping));
    const { counts, position } = await importFile({
      file: join(LOGS, logs[log].file),
      mapping: await readMapping(file),
      mappingText: readFileSync(file, 'utf8'),
      publish: (events) => client.publish(events as Parameters<Client['publish']>[0]),
      target: system.url,
      notesFolder: join(folder, 'notes'),
      restart: false,
    });
    expect(counts).toMatchObject({ faults: 0, rejected: 0, conflicts: 0 });
    return position!;
  }

  const ask = <E extends 'askPaths' | 'askVariants'>(id: E, body: object) =>
    client.call(endpoints[id], { body } as never, { after }) as Promise<Answer<(typeof endpoints)[E]>>;

  describe.each(Object.keys(logs) as Log[])('%s', (log) => {
    const where = { type: log };

    test('has its cases, activities, edges, first and last activities', async () => {
      const process = oracleOf(log);
      const { cases, nodes, edges } = await ask('askPaths', { where, nodesMax: 200 });
      expect(cases).toBe(process.cases);
      expect(Object.fromEntries(nodes.map(({ label, count }) => [label, count]))).toEqual(countsOf(process));
      const isOurs = (label: string) => /^\((?:start|end|open)\)$/.test(label);
      const between = edges.filter(({ from, to }) => !isOurs(from) && !isOurs(to));
      expect(between.length).toBe(process.df_edges_distinct);
      expect(between.reduce((sum, { count }) => sum + count, 0)).toBe(process.df_pairs_total);
      expect(between.slice(0, 20).map(({ from, to, count }) => ({ from, to, count }))).toEqual(process.top20_df_edges);
      expect(sums(edges, ({ from }) => from === '(start)', 'to')).toEqual(process.start_activities);
      // Orders that nobody looked at for a month are abandoned, the others are open.
      expect(sums(edges, ({ to }) => isOurs(to), 'from')).toEqual(process.end_activities);
    });

    test('has its variants', async () => {
      const process = oracleOf(log);
      const { cases, variants, items } = await ask('askVariants', { where, limit: 10 });
      expect([cases, variants]).toEqual([process.cases, process.variants]);
      expect(items.map(({ count }) => count)).toEqual(process.top10_variants.map(({ count }) => count));
      const told = items.map(({ count, labels }) => ({ count, sequence: labels }));
      // The last one that is named may be any of those that are equally frequent.
      const least = items.at(-1)!.count;
      const certain = (all: readonly { readonly count: number }[]) => all.filter(({ count }) => count > least);
      expect(certain(told)).toEqual(certain(process.top10_variants));
    });

    test('has its median duration', async () => {
      const durations: number[] = [];
      let cursor: string | undefined;
      do {
        const query = { ...where, limit: 500, ...(cursor === undefined ? {} : { cursor }) };
        const page = await client.call(endpoints.listJourneys, { query }, { after });
        for (const { startedAt, lastAt } of page.items) durations.push(Date.parse(lastAt) - Date.parse(startedAt));
        cursor = page.nextCursor ?? undefined;
      } while (cursor !== undefined);
      durations.sort((a, b) => a - b);
      const middle = (durations.length - 1) / 2;
      const median = (durations[Math.floor(middle)]! + durations[Math.ceil(middle)]!) / 2;
      expect(median / 1000).toBeCloseTo(oracleOf(log).median_case_duration_seconds, 6);
    });

    test('agrees with itself', async () => {
      expect(await client.call(endpoints.getSelfCheck, { query: where }, { after })).toMatchObject({ ok: true });
    });
  });
});

type Edge = Answer<typeof endpoints.askPaths>['edges'][number];

/** Sums of the edges of some kind, by one of their ends. */
function sums(edges: readonly Edge[], isMeant: (edge: Edge) => boolean, by: 'from' | 'to'): Record<string, number> {
  const found: Record<string, number> = {};
  for (const edge of edges) if (isMeant(edge)) found[edge[by]] = (found[edge[by]] ?? 0) + edge.count;
  return found;
}

interface Process {
  readonly cases: number;
  readonly events_without_timestamp: number;
  readonly activity_counts: Readonly<Record<string, number>>;
  readonly df_edges_distinct: number;
  readonly df_pairs_total: number;
  readonly top20_df_edges: readonly { readonly from: string; readonly to: string; readonly count: number }[];
  readonly start_activities: Readonly<Record<string, number>>;
  readonly end_activities: Readonly<Record<string, number>>;
  readonly variants: number;
  readonly top10_variants: readonly { readonly count: number; readonly sequence: readonly string[] }[];
  readonly median_case_duration_seconds: number;
}

function oracleOf(log: Log): Process {
  const { process, event_log: eventLog } = JSON.parse(readFileSync(join(LOGS, log, 'oracle.json'), 'utf8')) as {
    readonly process: Process;
    readonly event_log?: { readonly process: Process };
  };
  return eventLog?.process ?? process;
}

/** The counts of activities. The file also counts rows without a time, which are no events. */
function countsOf({ activity_counts: counts, events_without_timestamp: without }: Process) {
  return without === 0
    ? counts
    : expect.toSatisfy((told: Record<string, number>) => {
        const missing = Object.entries(counts).reduce((sum, [name, count]) => sum + count - (told[name] ?? 0), 0);
        return missing === without && Object.keys(told).length === Object.keys(counts).length;
      });
}
