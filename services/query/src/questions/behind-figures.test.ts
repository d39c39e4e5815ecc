import { stages } from '@touchstone/api/vocabulary';
import { describe, expect, it } from 'vitest';
import { toldSystem } from '../../testing/told-system.ts';

const { get, system } = toldSystem();

/** How many items a list has, read to its end two at a time. */
async function lengthOf(path: string): Promise<number> {
  let [length, cursor] = [0, ''];
  do {
    const { status, body } = await get(`${path}${path.includes('?') ? '&' : '?'}limit=2${cursor}`);
    expect({ path, status }).toEqual({ path, status: 200 });
    length += body.items.length;
    cursor = body.nextCursor === null ? '' : `&cursor=${encodeURIComponent(body.nextCursor)}`;
  } while (cursor !== '');
  return length;
}

const query = (values: Readonly<Record<string, unknown>>) =>
  new URLSearchParams(
    Object.entries(values).map(([name, value]): [string, string] => [name, String(value)]),
  ).toString();

describe('behind a figure stands a list of as many', () => {
  it('moments and failures behind each cell of the failure rates', async () => {
    const { rows } = (await get('/v1/touchpoints/failure-rates?bucket=1d&by=touchpoint,channel')).body;
    const cells = rows.filter(({ moments }: { moments: number }) => moments > 0);
    expect(cells.length).toBeGreaterThan(2);
    for (const { touchpoint, channel, bucket, moments, failures } of cells) {
      const to = new Date(Date.parse(bucket) + 86_400_000).toISOString();
      const cell = query({ touchpoint, channel, from: bucket, to });
      const only = 'eventType=touchstone.moment.recorded.v1';
      expect(await lengthOf(`/v1/moments?${only}&${cell}`)).toBe(moments);
      expect(await lengthOf(`/v1/moments?failed=true&${cell}`)).toBe(failures);
      expect(await lengthOf(`/v1/moments?failed=false&${cell}`)).toBe(moments - failures);
    }
  });

  it('answers behind each row of the feedback', async () => {
    const given = (instrument: string, score: number, touchpoint: string) => {
      return {
        customer: 'fay',
        at: '2026-03-05T10:00:00Z',
        type: 'feedback.given',
        data: { instrument, score, touchpoint },
      };
    };
    await system().publish([
      given('csat', 4, 'desk'),
      given('csat', 2, 'desk'),
      given('csat', 5, 'call'),
      given('nps', 9, 'desk'),
    ]);
    const { rows } = (await get('/v1/feedback?by=touchpoint')).body;
    expect(rows.length).toBe(3);
    for (const { instrument, touchpoint, n } of rows) {
      expect(await lengthOf(`/v1/moments?${query({ instrument, touchpoint })}`)).toBe(n);
    }
  });

  it('promises behind each row of their report', async () => {
    const by = ['touchpoint', 'journeyType', 'team', 'site', 'what'];
    const { rows } = (await get(`/v1/promises/report?by=${by.join()}`)).body;
    expect(rows.length).toBeGreaterThan(0);
    for (const row of rows) {
      const names = query(Object.fromEntries(by.map((name) => [name, row[name]])));
      expect(await lengthOf(`/v1/promises?${names}`)).toBe(row.made);
      for (const [state, n] of Object.entries({ kept: row.kept, 'kept-late': row.keptLate, broken: row.broken })) {
        expect(await lengthOf(`/v1/promises?state=${state}&${names}`)).toBe(n);
      }
    }
  });

  it('complaints behind each row of their report', async () => {
    const by = ['touchpoint', 'journeyType', 'channel', 'severity', 'team', 'site'];
    const { rows } = (await get(`/v1/complaints/report?by=${by.join()}`)).body;
    expect(rows.length).toBeGreaterThan(0);
    for (const row of rows) {
      const names = query(Object.fromEntries(by.map((name) => [name, row[name]])));
      expect(await lengthOf(`/v1/complaints?${names}`)).toBe(row.raised);
      expect(await lengthOf(`/v1/complaints?answered=true&${names}`)).toBe(row.answered);
      expect(await lengthOf(`/v1/complaints?answered=false&${names}`)).toBe(row.raised - row.answered);
    }
  });

  it('moves behind each transition, and behind the stays in a stage', async () => {
    const { rows } = (await get('/v1/loyalty/transitions')).body;
    expect(rows.length).toBeGreaterThan(0);
    for (const { from, to, because, changes } of rows) {
      expect(await lengthOf(`/v1/trust-changes?${query({ fromStage: from, toStage: to, because })}`)).toBe(changes);
    }
    const byDay = (await get('/v1/loyalty/transitions?bucket=1d')).body;
    const changesOf = (moves: { changes: number }[]) => moves.reduce((sum, { changes }) => sum + changes, 0);
    expect(changesOf(byDay.rows)).toBe(changesOf(rows));
    for (const { from: fromStage, to: toStage, because, bucket, changes } of byDay.rows) {
      const to = new Date(Date.parse(bucket) + 86_400_000).toISOString();
      const of = query({ fromStage, toStage, because, from: bucket, to });
      expect(await lengthOf(`/v1/trust-changes?${of}`)).toBe(changes);
    }
    const { stages: stays } = (await get('/v1/loyalty/time-in-stage')).body;
    for (const { stage, n, ended } of stays) {
      expect(await lengthOf(`/v1/trust-changes?toStage=${stage}`)).toBe(n);
      expect(await lengthOf(`/v1/trust-changes?fromStage=${stage}`)).toBe(ended);
    }
  });

  it('customers behind each stage of a bucket that is over', async () => {
    const { buckets } = (await get('/v1/loyalty/stages?bucket=1M&timeZone=Asia/Tokyo')).body;
    const over = buckets.filter(({ isOpen }: { isOpen: boolean }) => !isOpen);
    expect(over.length).toBeGreaterThan(0);
    for (const bucket of over) {
      for (const stage of stages) {
        const path = `/v1/loyalty/stages/customers?${query({ at: bucket.end, inStage: stage })}`;
        expect(await lengthOf(path)).toBe(bucket[stage]);
      }
    }
  });

  it.each(['moment', 'purchase'])('customers behind each cell of the retention triangle by %s', async (event) => {
    const asked = { cohort: '1M', event, timeZone: 'America/New_York' };
    const { cohorts } = (await get(`/v1/loyalty/retention?${query(asked)}`)).body;
    expect(cohorts.length).toBeGreaterThan(0);
    for (const { start, size, periods } of cohorts) {
      expect(await lengthOf(`/v1/loyalty/retention/customers?${query({ ...asked, start })}`)).toBe(size);
      for (const { k, customers } of periods) {
        expect(await lengthOf(`/v1/loyalty/retention/customers?${query({ ...asked, start, k })}`)).toBe(customers);
      }
    }
  });
});
