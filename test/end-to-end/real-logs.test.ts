import { readFileSync } from 'node:fs';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { type Call, type Endpoint, endpoints } from '@touchstone/api';
import { type ImportSummary, importFile, readMapping } from '@touchstone/cli';
import { type Client, createClient } from '@touchstone/client';
import { createLogger, readConfig } from '@touchstone/runtime';
import { type Running, startTouchstone } from '@touchstone/touchstone';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { describeWithLogs, isHere, LOGS } from './real-logs-here.ts';
import { cdnowCohorts, comcastByTypeAndDay, olistByState, writeComcast } from './real-logs-read.ts';

/**
 * Publishes five real logs through their mappings to a whole system on a fresh folder. The expected
 * figures come from an independent reading of the same files (`oracle.json` beside each).
 */
const MAPPINGS = fileURLToPath(new URL('../data', import.meta.url));

const logs = {
  olist: { mapping: 'olist-event-log.json', file: 'olist/event_log_events.csv.gz' },
  helpdesk: { mapping: 'helpdesk.json', file: 'helpdesk/helpdesk.xes.gz' },
  receipt: { mapping: 'receipt.json', file: 'receipt/receipt.xes.gz' },
  comcast: { mapping: 'comcast.json', file: 'comcast.csv' },
  cdnow: { mapping: 'cdnow.json', file: 'cdnow/cdnow_transactions.csv.gz' },
} as const;
type Log = keyof typeof logs;

describeWithLogs(() => {
  let folder: string;
  let system: Running;
  let client: Client;
  const imported = new Map<Log, ImportSummary>();

  beforeAll(async () => {
    folder = await mkdtemp(join(tmpdir(), 'touchstone-real-logs-'));
    const config = readConfig({
      PORT: '0',
      TOUCHSTONE_DATA: join(folder, 'data'),
      CLOCK: 'log',
      DEFINITIONS: join(MAPPINGS, 'definitions.json'),
    });
    system = await startTouchstone(config, createLogger({ level: 'error' }));
    client = createClient({ url: system.url });
    writeComcast(join(folder, logs.comcast.file));
    for (const log of Object.keys(logs) as Log[]) imported.set(log, await importLog(log));
  }, 800_000);

  afterAll(async () => {
    await system?.stop();
    await rm(folder, { recursive: true, force: true });
  });

  async function importLog(log: Log, restart = false): Promise<ImportSummary> {
    const mapping = join(MAPPINGS, logs[log].mapping);
    return importFile({
      file: join(log === 'comcast' ? folder : LOGS, logs[log].file),
      mapping: await readMapping(mapping),
      mappingText: readFileSync(mapping, 'utf8'),
      publish: (events) => client.publish(events as Parameters<Client['publish']>[0]),
      target: system.url,
      notesFolder: join(folder, 'notes'),
      restart,
    });
  }

  const answer = <E extends Endpoint>(endpoint: E, call: Call<E>) =>
    client.call(endpoint, call, { after: imported.get('cdnow')!.position! });

  /** All items of a list, once everything imported is in the read model. */
  async function all(path: string, query: Readonly<Record<string, string>>): Promise<Item[]> {
    const after = imported.get('cdnow')!.position;
    const items: Item[] = [];
    let cursor: string | undefined;
    do {
      const page = (await client.get(path, { ...query, limit: 500, cursor }, { after })) as {
        items: Item[];
        nextCursor: string | null;
      };
      items.push(...page.items);
      cursor = page.nextCursor ?? undefined;
    } while (cursor !== undefined);
    return items;
  }

  async function momentsByTouchpoint(journeyType: string): Promise<Record<string, number>> {
    const { rows } = (await client.get('/v1/touchpoints/failure-rates', { by: 'journeyType,touchpoint' })) as {
      rows: { journeyType: string; touchpoint: string; moments: number }[];
    };
    const own = rows.filter((row) => row.journeyType === journeyType);
    return Object.fromEntries(own.map(({ touchpoint, moments }) => [touchpoint, moments]));
  }

  const promisesOf = async (journeyType: string, state: string) =>
    (await all('/v1/promises', { state })).filter((promise) => promise.journeyType === journeyType);

  it('are accepted whole: every row is an event, and none is lost on the way to the read model', async () => {
    for (const [log, { counts, outcome }] of imported) {
      expect({ log, outcome, faults: counts.faults, rejected: counts.rejected, conflicts: counts.conflicts }).toEqual({
        log,
        outcome: 'done',
        faults: 0,
        rejected: 0,
        conflicts: 0,
      });
      expect(counts.accepted).toBe(counts.events);
    }
    const after = imported.get('cdnow')!.position;
    const position = (await client.get('/v1/position', {}, { after })) as Record<string, number>;
    const events = [...imported.values()].reduce((sum, { counts }) => sum + counts.events, 0);
    expect(position).toMatchObject({ accepted: events, stored: events, projectedEvents: events, parked: 0 });
  });

  it('imported again are all duplicates', async () => {
    for (const log of ['receipt', 'olist'] as const) {
      const { counts } = await importLog(log, true);
      expect(counts).toMatchObject({ accepted: 0, duplicates: counts.events, conflicts: 0 });
      expect(counts.events).toBe(imported.get(log)!.counts.events);
    }
  }, 400_000);

  describe('Olist: orders, promises and reviews', () => {
    const oracle = isHere ? oracleOf('olist').event_log : undefined;

    it('has its orders, its events per activity, and its rows without a time', async () => {
      const orders = await all('/v1/journeys', { type: 'olist-order' });
      expect(orders.length).toBe(oracle.process.cases);
      expect(imported.get('olist')!.counts.records).toBe(oracle.process.events);
      expect(imported.get('olist')!.counts.skipped).toBe(oracle.process.events_without_timestamp);
      const counts = oracle.process.activity_counts;
      expect(await momentsByTouchpoint('olist-order')).toEqual({
        'order.placed': counts.purchase,
        // Four approvals and two deliveries have no time.
        'payment.approved': counts.approve - 4,
        'parcel.shipped': counts.deliever_carrier,
        'delivery.received': counts.deliever_customer - 2,
        'survey.sent': counts['sent out review survey to customer'],
      });
      const delivered = orders.filter(({ status }) => status === 'completed');
      expect(delivered.length).toBe(oracle.promise.orders_with_delivery);
    });

    it('has its late deliveries as broken promises: instants are compared, and the promised day begins at midnight', async () => {
      const late = await promisesOf('olist-order', 'kept-late');
      expect(late.length).toBe(oracle.promise.late_timestamp);
      const kept = await promisesOf('olist-order', 'kept');
      expect(late.length + kept.length).toBe(oracle.promise.orders_with_delivery);
      const days = late.filter(({ closedAt, dueAt }) => closedAt!.slice(0, 10) > dueAt!.slice(0, 10));
      expect(days.length).toBe(oracle.promise.late_calendar_day);
      // The two orders without a delivery.
      expect((await promisesOf('olist-order', 'broken')).length).toBe(2);
    });

    it('has its late deliveries by state', async () => {
      const query = { by: 'attribute.state', measure: 'promise-keeping', type: 'olist-order' } as const;
      const { rows } = await answer(endpoints.getBenchmarks, { query });
      const byState = olistByState();
      expect(rows.map(({ unit }) => unit).sort()).toEqual([...byState.keys()].sort());
      for (const { unit, n, value } of rows) {
        const { promises, kept, missing } = byState.get(unit)!;
        expect([unit, n]).toEqual([unit, promises]);
        if (promises > 1) expect(value).toBeCloseTo((100 * kept) / promises, 9);
        // The figure beside the file leaves out orders that never came.
        const late = (n - missing - kept) / (n - missing);
        expect(late).toBeCloseTo(oracle.promise.late_timestamp_share_by_state[unit], 6);
      }
    });

    it('has its review scores and its order of activities', async () => {
      const scores: number[] = [];
      const journeys = new Map<string, { at: number; activity: string }[]>();
      for await (const page of system.store.readAll()) {
        for (const { source, type, time, body } of page) {
          if (source !== 'olist/event-log') continue;
          const { data } = JSON.parse(body) as { data: { touchpoint: string; journeyId: string; score: unknown } };
          const activity = ACTIVITIES[data.touchpoint];
          if (type === 'touchstone.feedback.given.v1') scores.push((data.score as { value: number }).value);
          else if (type !== 'touchstone.moment.recorded.v1') continue;
          const journey = journeys.get(data.journeyId) ?? [];
          journey.push({ at: time, activity: activity! });
          journeys.set(data.journeyId, journey);
        }
      }
      expect(scores.length).toBe(oracle.satisfaction.survey_answers);
      const mean = scores.reduce((sum, score) => sum + score, 0) / scores.length;
      expect(mean).toBeCloseTo(oracle.satisfaction.survey_answers_mean, 6);
      const edges = new Map<string, number>();
      for (const steps of journeys.values()) {
        // A stable sort keeps the log's order of events at the same instant.
        steps.sort((a, b) => a.at - b.at);
        for (let i = 1; i < steps.length; i++) {
          const edge = `${steps[i - 1]!.activity} → ${steps[i]!.activity}`;
          edges.set(edge, (edges.get(edge) ?? 0) + 1);
        }
      }
      expect(edges.size).toBe(oracle.process.df_edges_distinct);
      for (const { from, to, count } of oracle.process.top20_df_edges) {
        expect([from, to, edges.get(`${from} → ${to}`)]).toEqual([from, to, count]);
      }
    }, 180_000);
  });

  it('help desk: has its tickets, events, customers, and closed tickets', async () => {
    const { process, domain } = oracleOf('helpdesk');
    const tickets = await all('/v1/journeys', { type: 'ticket' });
    expect(tickets.length).toBe(process.cases);
    expect(tickets.reduce((sum, { moments }) => sum + moments!, 0)).toBe(process.events);
    const byCustomer = new Map<string, number>();
    for (const { customerId } of tickets) byCustomer.set(customerId!, (byCustomer.get(customerId!) ?? 0) + 1);
    expect(byCustomer.size).toBe(domain.customers);
    expect([...byCustomer.values()].filter((count) => count >= 2).length).toBe(domain.customers_with_two_or_more_cases);
    for (const [customer, count] of Object.entries(domain.cases_of_top5_customers)) {
      expect(byCustomer.get(customer)).toBe(count);
    }
    expect(tickets.filter(({ status }) => status === 'completed').length).toBe(domain.closed_cases);
    const moments = await momentsByTouchpoint('ticket');
    expect(moments['ticket.resolved']).toBe(process.activity_counts['Resolve ticket']);
    expect(moments['ticket.closed']).toBe(process.activity_counts.Closed);
    expect(Object.keys(moments).length).toBe(process.activities);
  });

  it('permit applications: have their cases, events, channels and broken deadlines', async () => {
    const { process, domain } = oracleOf('receipt');
    const cases = await all('/v1/journeys', { type: 'permit-application' });
    expect(cases.length).toBe(process.cases);
    expect(await momentsByTouchpoint('permit-application')).toEqual(process.activity_counts);
    for (const [channel, count] of Object.entries(domain.channel_cases)) {
      const own = await all('/v1/journeys', { type: 'permit-application', 'attribute.channel': channel });
      expect([channel, own.length]).toEqual([channel, count]);
    }
    const ended = cases.filter(({ status }) => status === 'completed');
    expect(ended.length).toBe(domain.deadline.cases_with_both);
    expect(ended.filter(({ brokenPromises }) => brokenPromises! > 0).length).toBe(domain.deadline.late);
    expect((await promisesOf('permit-application', 'kept-late')).length).toBe(domain.deadline.late);
    // A case without an end kept no promise, and by the end of the log each of these deadlines has
    // passed.
    expect((await promisesOf('permit-application', 'broken')).length).toBe(process.cases - domain.cases_with.enddate);
  });

  it('CDNOW: has its customers, transactions and repeat purchases, by row and by day', async () => {
    const { domain } = oracleOf('cdnow');
    const visits = await all('/v1/journeys', { type: 'visit' });
    expect(visits.length).toBe(domain.purchase_days);
    const days = new Map<string, number>();
    for (const { customerId } of visits) days.set(customerId!, (days.get(customerId!) ?? 0) + 1);
    expect(days.size).toBe(domain.customers);
    expect([...days.values()].filter((count) => count >= 2).length).toBe(domain.repeat_customers);
    const customers = (await all('/v1/customers', { sort: 'id' })).filter(({ id }) => id.startsWith('cdnow-'));
    expect(customers.reduce((sum, { purchases }) => sum + purchases!, 0)).toBe(domain.transactions);
    expect(customers.filter(({ purchases }) => purchases! >= 2).length).toBe(domain.repeat_customers_by_rows);
  }, 300_000);

  it.each([1, 2])('CDNOW: has its cohorts, and who of them bought %i times in a later month', async (atLeast) => {
    const span = { from: '1997-01-01T00:00:00Z', to: '1997-04-01T00:00:00Z' };
    const query = { ...span, cohort: '1M', event: 'purchase', atLeast } as const;
    const { cohorts } = await answer(endpoints.getRetention, { query });
    const expected = cdnowCohorts(atLeast);
    const { customers_by_first_month: sizes } = oracleOf('cdnow').domain;
    expect(Object.fromEntries(cohorts.map(({ start, size }) => [start.slice(0, 7), size]))).toEqual(sizes);
    for (const { start, periods } of cohorts) {
      const own = expected.get(start.slice(0, 7))!;
      const came = periods.flatMap(({ k, customers }) => (customers === 0 ? [] : [[k, customers] as const]));
      expect(new Map(came)).toEqual(new Map([...own].sort(([a], [b]) => a - b)));
    }
  });

  it('Comcast: has its complaints by channel, by day and month, and by type and month', async () => {
    const { domain } = oracleOf('comcast_complaints');
    const span = { from: '2015-04-01T00:00:00Z', to: '2015-07-01T00:00:00Z' };
    const report = async (split: object) =>
      (await answer(endpoints.getComplaintsReport, { query: { ...span, ...split } as never })).rows;
    const whole = await report({});
    expect(whole).toMatchObject([{ raised: domain.complaints, open: domain.open, resolved: domain.closed }]);
    const byChannel = await report({ by: ['channel'] });
    expect(Object.fromEntries(byChannel.map(({ channel, raised }) => [channel, raised]))).toEqual(domain.by_channel);
    const raisedBy = (rows: typeof whole, length: number) =>
      Object.fromEntries(rows.map(({ bucket, raised }) => [bucket!.slice(0, length), raised]));
    expect(raisedBy(await report({ bucket: '1M' }), 7)).toEqual(domain.by_month);
    expect(raisedBy(await report({ bucket: '1d' }), 10)).toMatchObject(domain.busiest_days);
    const expected = comcastByTypeAndDay();
    const types = await report({ by: ['touchpoint'] });
    expect(types.length).toBe(new Set([...expected.keys()].map((key) => key.slice(0, -11))).size);
    const frequent = types.filter(({ raised }) => raised >= 10).map(({ touchpoint }) => touchpoint!);
    expect(frequent.length).toBeGreaterThan(3);
    const byMonth = await report({ by: ['touchpoint'], bucket: '1M' });
    for (const type of frequent) {
      const months = byMonth.filter(({ touchpoint }) => touchpoint === type);
      expect(months.length).toBe(3);
      for (const { bucket, raised } of months) {
        const here = [...expected].filter(([key]) => key.startsWith(`${type} ${bucket!.slice(0, 7)}`));
        expect([type, bucket, raised]).toEqual([type, bucket, here.reduce((sum, [, count]) => sum + count, 0)]);
      }
    }
  });
});

/** The fields of list items that these tests use. */
interface Item {
  readonly id: string;
  readonly customerId?: string;
  readonly status?: string;
  readonly journeyType?: string | null;
  readonly moments?: number;
  readonly brokenPromises?: number;
  readonly purchases?: number;
  readonly dueAt?: string;
  readonly closedAt?: string;
}

const ACTIVITIES: Readonly<Record<string, string>> = {
  'order.placed': 'purchase',
  'payment.approved': 'approve',
  'parcel.shipped': 'deliever_carrier',
  'delivery.received': 'deliever_customer',
  'survey.sent': 'sent out review survey to customer',
  'review.given': 'customer provides review',
};

// biome-ignore lint/suspicious/noExplicitAny: figures of a file beside the data, each compared by name.
function oracleOf(log: string): any {
  return JSON.parse(readFileSync(join(LOGS, log, 'oracle.json'), 'utf8'));
}
