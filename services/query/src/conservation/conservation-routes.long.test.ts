import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { endpoints } from '@touchstone/api';
import { bestSqliteDriver, type EventStore, EventStoreError, sqliteEventStore } from '@touchstone/event-store';
import { onOneGeneration, readConservation } from '@touchstone/operations';
import { afterAll, beforeAll, describe, expect, it, onTestFinished, vi } from 'vitest';
import { orderDefinition, parkedStory, shopStory } from '../../testing/shop-story.ts';
import { startTestSystem, type TestSystem } from '../../testing/start-test-system.ts';
import { readAsked } from './conservation-routes.ts';

const PUBLISHED = shopStory.length + parkedStory.length;
const MINUTE = 60_000;

let system: TestSystem;
let relayed: bigint | null = null;
let head: bigint;
beforeAll(async () => {
  system = await startTestSystem([orderDefinition], { relayedTo: () => relayed });
  head = await system.publish([...shopStory, ...parkedStory]);
});
afterAll(() => system?.stop());

const sql = (text: string) => system.deps.readModels.clickhouse.command(text, {});
const table = (name: string) => `touchstone_${system.deps.generation()}.${name}`;
const get = async (query = '', headers = {}) => {
  const answer = await system.get(`/v1/conservation${query}`, headers);
  if (answer.status === 200) endpoints.getConservation.answer.parse(answer.body);
  return answer;
};

describe('at rest', () => {
  it('every event of the last hour of the log is accounted for, by minute and source', async () => {
    const { status, body } = await get('', { 'touchstone-after': String(head) });
    expect(status).toBe(200);
    expect(body).toMatchObject({ balanced: true, relayed: null, gaps: [] });
    expect(body.totals).toEqual({
      accepted: PUBLISHED,
      cut: 0,
      stored: PUBLISHED,
      relayed: null,
      projected: PUBLISHED - body.totals.parked,
      parked: body.totals.parked,
      lag: 0,
      gap: 0,
    });
    expect(body.totals.parked).toBeGreaterThan(0);
    expect(new Set(body.rows.map((row: { source: string }) => row.source))).toEqual(new Set(['/test']));
    expect(Date.parse(body.to) - Date.parse(body.from)).toBe(60 * MINUTE);
    expect(Date.parse(body.to)).toBeGreaterThan((await system.store.lastRecordedAt())!);
  });

  it('buckets add minutes up, and one source may be asked for', async () => {
    const byDay = await get('?bucket=1d');
    expect(byDay.body.rows.length).toBeLessThanOrEqual(2);
    expect(byDay.body.rows[0].minute).toMatch(/T00:00:00.000Z$/);
    expect((await get('?source=/test')).body.totals.stored).toBe(PUBLISHED);
    expect((await get('?source=/other')).body).toMatchObject({ rows: [], balanced: true, totals: { stored: 0 } });
  });

  it('one count answers all who ask for the same at once', async () => {
    const { countMinutes, lastRecordedAt } = system.store;
    const askers = 40;
    let asked = 0;
    let open = () => {};
    const allHaveAsked = new Promise<void>((resolve) => {
      open = resolve;
    });
    const last = vi.spyOn(system.store, 'lastRecordedAt').mockImplementation(async () => {
      const recordedAt = await lastRecordedAt();
      asked++;
      if (asked === askers) setImmediate(open);
      return recordedAt;
    });
    const count = vi.spyOn(system.store, 'countMinutes').mockImplementation(async (span) => {
      await allHaveAsked;
      return countMinutes(span);
    });
    onTestFinished(() => {
      count.mockRestore();
      last.mockRestore();
    });
    const answers = await Promise.all(Array.from({ length: askers }, () => get()));
    expect(new Set(answers.map(({ body }) => body.totals.stored))).toEqual(new Set([PUBLISHED]));
    expect(count).toHaveBeenCalledTimes(1);
  });

  it('what the relay has come to is told beside it', async () => {
    relayed = head;
    expect((await get()).body).toMatchObject({ relayed: String(head), totals: { relayed: PUBLISHED } });
    const [first] = await system.store.readStream('customer-anna');
    relayed = first!.position;
    expect((await get()).body.totals.relayed).toBeLessThan(PUBLISHED);
    expect((await get()).body.balanced).toBe(true);
    relayed = null;
  });
});

const NOW = Date.parse('2026-03-01T12:00:00Z');

/**
 * Answers for a log with this many events a minute up to {@link NOW}, none of them projected; it
 * holds counts only, no events.
 */
function withEvents(eventsAMinute: number): Parameters<typeof readAsked>[0] {
  const countMinutes: EventStore['countMinutes'] = async ({
    from,
    to,
    marks = [],
    eventsMax = Number.POSITIVE_INFINITY,
  }) => {
    const events = (eventsAMinute * (to - from)) / MINUTE;
    if (events > eventsMax) throw new EventStoreError('refused', `The span holds ${events} events`);
    const none = { events: 0, checksum: 0 };
    const entry = { accepted: events, duplicates: 0, conflicts: 0, rejected: 0 };
    const counted = {
      ...entry,
      minute: from,
      source: '/busy',
      stored: { events, checksum: 1 },
      upTo: marks.map(() => none),
    };
    return { ranges: [{ minute: from, after: 0n, upTo: BigInt(events) }], counts: [counted] };
  };
  const store = { countMinutes, lastRecordedAt: async () => NOW - 1 } as unknown as EventStore;
  return { ...system.deps, store, progress: { ...system.deps.progress, projected: () => 0n } };
}

describe('a question that cannot be answered', () => {
  it.each([
    ['?from=yesterday', 'from', /RFC 3339/],
    ['?from=2026-03-01T00:00:00Z&to=2026-03-01T00:00:00Z', 'to', /after from/],
    ['?from=2026-03-01T00:00:00Z&to=2026-03-09T00:00:00Z', 'from', /7 days/],
    ['?bucket=2m', 'bucket', /./],
    ['?sauce=/x', 'sauce', /./],
  ])('%s says what is wrong with it', async (query, path, words) => {
    const { status, body } = await get(query);
    expect(status).toBe(400);
    expect(body.code).toBe('invalid_query');
    expect(body.errors[0].path).toBe(path);
    expect(body.errors[0].message).toMatch(words);
  });

  it('holds more events than are counted at once: it says how many', async () => {
    const last = (await system.store.lastRecordedAt())!;
    const to = last - (last % MINUTE) + MINUTE;
    const span = { from: to - 60 * MINUTE, to };
    await expect(readConservation(system.deps, span, 3)).rejects.toThrow(/holds \d+ events, and no more than 3/);
  });
});

describe('a log of millions of events an hour', () => {
  it('refuses a span of more events than are counted at once with how many there are, and counts any minute', async () => {
    const busy = withEvents(50_000);
    const hour = { from: NOW - 60 * MINUTE, to: NOW };
    await expect(readAsked(busy, hour)).rejects.toMatchObject({
      status: 400,
      errors: [{ path: 'from', message: expect.stringMatching(/3000000 events/) }],
    });
    expect((await readAsked(busy, { from: NOW - 40 * MINUTE, to: NOW })).rows).toMatchObject([{ stored: 2_000_000 }]);
    expect((await readAsked(withEvents(5_000_000), { from: NOW - MINUTE, to: NOW })).rows).toMatchObject([
      { accepted: 5_000_000, stored: 5_000_000, gap: 0 },
    ]);
  });

  it.each([
    [30_000, 60],
    [50_000, 15],
    [300_000, 5],
    [5_000_000, 1],
  ])('tells of %i events a minute of the last %i minutes, unless asked for others', async (eventsAMinute, minutes) => {
    const { span, rows } = await readAsked(withEvents(eventsAMinute), { from: undefined, to: NOW });
    expect(span).toEqual({ from: NOW - minutes * MINUTE, to: NOW });
    expect(rows).toMatchObject([{ stored: eventsAMinute * minutes }]);
  });
});

describe('a gap', () => {
  it('that a lost row leaves names the event', async () => {
    const [first] = await system.store.readStream('customer-anna');
    await sql(`DELETE FROM ${table('moments')} WHERE position = ${first!.position}`);
    const { body } = await get();
    expect(body).toMatchObject({ balanced: false, totals: { gap: 1, stored: PUBLISHED } });
    expect(body.gaps).toMatchObject([
      {
        source: '/test',
        gap: 1,
        found: 1,
        searched: 'whole',
        events: [{ fault: 'missing', id: first!.id, customerId: 'anna', position: String(first!.position) }],
      },
    ]);
  });

  it('that another row, written twice, evens out is seen all the same', async () => {
    const [, second] = await system.store.readStream('customer-anna');
    await sql(`INSERT INTO ${table('moments')} SELECT * FROM ${table('moments')} WHERE position = ${second!.position}`);
    const { body } = await get();
    expect(body.totals.stored - body.totals.projected - body.totals.parked).toBe(0);
    expect(body).toMatchObject({ balanced: false, totals: { gap: 2 } });
    expect(body.gaps[0].events).toMatchObject([{ fault: 'missing' }, { fault: 'repeated', id: second!.id }]);
  });

  it('of something that was never stored is named from the read model', async () => {
    await sql(
      `INSERT INTO ${table('parked')} (position, customer_id, event_id, source, type, error) VALUES (${head}, 'nobody', 'ghost', '/ghosts', 't', 'e')`,
    );
    const { body } = await get();
    const ghost = { fault: 'unknown', id: 'ghost', customerId: 'nobody', position: String(head) };
    expect(body.gaps.find(({ source }: { source: string }) => source === '/ghosts').events).toEqual([ghost]);
  });
});

describe('a log that has lost events', () => {
  it('shows that more was accepted than is stored', async () => {
    const folder = mkdtempSync(join(tmpdir(), 'touchstone-lost-'));
    const copy = join(folder, 'log.sqlite');
    const whole = await sqliteEventStore({ file: copy });
    onTestFinished(() => rmSync(folder, { recursive: true, force: true }));
    const events = await system.store.readStream('customer-ben');
    await whole.append(
      events.map(({ stream, source, id, type, time, body }) => ({ stream, source, id, type, time, body })),
    );
    await whole.close();
    const database = bestSqliteDriver()!.open(copy);
    database.exec('DELETE FROM events WHERE position = 2');
    database.close();

    const store = await sqliteEventStore({ file: copy });
    const last = (await store.lastRecordedAt())!;
    const span = { from: last - (last % MINUTE), to: last - (last % MINUTE) + MINUTE };
    // Nothing projects this log, so that all its events are lag.
    const sources = { ...system.deps, store, progress: { projected: () => 0n } };
    const { rows } = await readConservation(sources, span);
    await store.close();
    expect(rows).toMatchObject([
      { accepted: events.length, stored: events.length - 1, lag: events.length - 1, gap: 1 },
    ]);
  });
});

describe('while a rebuild replaces the generation', () => {
  it('work that lost its generation is done again on the next one, and any other failure is told', async () => {
    let generation = 1;
    const asked: number[] = [];
    const work = async () => {
      asked.push(generation);
      if (generation === 3) return 'answered';
      generation++;
      throw new Error('no such database');
    };
    await expect(onOneGeneration({ generation: () => generation }, work)).resolves.toBe('answered');
    expect(asked).toEqual([1, 2, 3]);
    const broken = () => Promise.reject(new Error('broken'));
    await expect(onOneGeneration({ generation: () => generation }, broken)).rejects.toThrow('broken');
  });
});

describe('while the projection is behind', () => {
  it('what is on its way is lag and no gap', async () => {
    await system.projector.stop();
    await system.store.append([
      { stream: 'customer-eve', source: '/late', id: '1', type: 't', time: 0, body: '{"id":"1","source":"/late"}' },
    ]);
    const { body } = await get('?source=/late');
    expect(body).toMatchObject({ balanced: true, totals: { accepted: 1, stored: 1, projected: 0, lag: 1, gap: 0 } });
  });
});
