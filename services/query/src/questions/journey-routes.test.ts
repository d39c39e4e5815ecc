import { describe, expect, it } from 'vitest';
import { oddCustomer, oddJourney } from '../../testing/shop-story.ts';
import { idsOf } from '../../testing/start-test-system.ts';
import { toldSystem } from '../../testing/told-system.ts';

const { get } = toldSystem();

describe('one journey', () => {
  it('is told with an explanation that adds up and a timeline of every event', async () => {
    const { status, body } = await get('/v1/journeys/anna-1');
    expect(status).toBe(200);
    expect(Object.keys(body)).toEqual(
      'id type customerId status startedAt lastAt endedAt score level moments failures brokenPromises promisesKeptLate openComplaints explanation timeline total nextCursor'.split(
        ' ',
      ),
    );
    expect(body).toMatchObject({
      customerId: 'anna',
      status: 'completed',
      level: 'satisfied',
      moments: 3,
      failures: 0,
    });
    const { moments, score } = body.explanation;
    const sum = moments.reduce(
      (total: number, moment: { share: number; score: number }) => total + moment.share * moment.score,
      0,
    );
    expect(sum).toBeCloseTo(score, 9);
    expect(score).toBe(body.score);
    expect(Object.keys(moments[0])).toEqual(
      'eventId touchpoint instrument at expectation perception verdict score weight share'.split(' '),
    );
    expect(body.timeline.map(({ scoreAfter }: { scoreAfter: number }) => scoreAfter)).toEqual([70, 93, 94.75, 94.75]);
  });

  it('comes page by page, each of which adds up, and together they are the whole', async () => {
    const whole = (await get('/v1/journeys/anna-1')).body;
    expect(whole).toMatchObject({ total: { timeline: whole.timeline.length }, nextCursor: null });
    expect(whole.explanation.otherMoments).toEqual({ count: 0, points: 0 });
    const pages = [];
    for (let query = 'limit=2'; ; ) {
      const { body } = await get(`/v1/journeys/anna-1?${query}`);
      pages.push(body);
      const { moments, otherMoments, score } = body.explanation;
      const sum = moments.reduce(
        (total: number, moment: { share: number; score: number }) => total + moment.share * moment.score,
        otherMoments.points,
      );
      expect(sum).toBeCloseTo(score, 9);
      expect(moments.length + otherMoments.count).toBe(whole.explanation.moments.length);
      expect(body.total).toEqual(whole.total);
      if (body.nextCursor === null) break;
      query = `limit=2&cursor=${body.nextCursor}`;
    }
    expect(pages.length).toBe(Math.ceil(whole.timeline.length / 2));
    expect(pages.flatMap(({ timeline }) => timeline)).toEqual(whole.timeline);
    expect(pages.flatMap(({ explanation }) => explanation.moments)).toEqual(whole.explanation.moments);
    expect(pages.flatMap(({ explanation }) => explanation.whatIf)).toEqual(whole.explanation.whatIf);
  });

  it.each(['limit=0', 'limit=2001', 'cursor=abc', 'cursor=1.2'])('refuses %s in words', async (query) => {
    const { status, body } = await get(`/v1/journeys/anna-1?${query}`);
    expect({ status, code: body.code }).toEqual({ status: 400, code: 'invalid_query' });
    expect(body.detail).toContain(query.split('=')[0]);
  });

  it('is settled to now: what fell due with time alone counts', async () => {
    const { body } = await get('/v1/journeys/ben-1');
    expect(body).toMatchObject({
      status: 'abandoned',
      endedAt: '2026-04-05T08:00:00.000Z',
      brokenPromises: 1,
      score: 0,
    });
    expect(body.explanation.cap).toBe(0);
  });

  it('has in its timeline what fell due, at its time, and marked so', async () => {
    const { body } = await get('/v1/journeys/ben-1');
    const due = body.timeline.filter(({ isFallenDue }: { isFallenDue: boolean }) => isFallenDue);
    expect(due).toMatchObject([
      { type: 'touchstone.change.promise-broken.v1', at: '2026-03-05T00:00:00.000Z', promiseId: 'ben-p' },
      { type: 'touchstone.change.journey-abandoned.v1', at: '2026-04-05T08:00:00.000Z' },
    ]);
    expect(body.timeline.map(({ order }: { order: number }) => order)).toEqual([0, 1, 2, 3, 4, 5]);
    expect(body.timeline.at(-1).scoreAfter).toBe(body.score);
  });

  it('has in its timeline the stages that its customer rose to while it was open', async () => {
    const { body } = await get('/v1/journeys/anna-1');
    const moves = body.timeline.filter(({ to }: { to?: string }) => to !== undefined);
    expect(moves).toMatchObject([
      { from: 'none', to: 'cognitive', because: 'earned', isFallenDue: false, at: '2026-01-03T10:00:00.000Z' },
    ]);
  });

  it('as of a time shows what had happened by then, settled to then', async () => {
    const early = await get('/v1/journeys/ben-1?asOf=2026-03-01T09:05:00.000Z');
    expect(early.body).toMatchObject({
      status: 'open',
      moments: 2,
      brokenPromises: 0,
      openComplaints: 0,
      endedAt: null,
    });
    const due = await get('/v1/journeys/ben-1?asOf=2026-03-05T00:00:00Z');
    expect(due.body.brokenPromises).toBe(0);
    const overdue = await get('/v1/journeys/ben-1?asOf=2026-03-05T00:00:00.001Z');
    expect(overdue.body.brokenPromises).toBe(1);
    expect((await get('/v1/journeys/ben-1?asOf=2026-02-28T00:00:00Z')).status).toBe(404);
  });

  it('may have an id of any characters', async () => {
    const url = `/v1/journeys/${encodeURIComponent(oddJourney)}`;
    expect((await get(url)).body).toMatchObject({ id: oddJourney, customerId: oddCustomer });
    expect((await get(`${url}?customerId=${encodeURIComponent(oddCustomer)}`)).body.id).toBe(oddJourney);
  });

  it('whose id two customers use is asked for with the customer', async () => {
    const { status, body } = await get('/v1/journeys/shared');
    expect(status).toBe(409);
    expect(body).toMatchObject({ code: 'ambiguous_journey', customers: ['anna', 'cleo'] });
    expect((await get('/v1/journeys/shared?customerId=cleo')).body.customerId).toBe('cleo');
    expect((await get('/v1/journeys/shared?customerId=ben')).status).toBe(404);
  });

  it('that nobody has is a 404 with a reason', async () => {
    const { status, body, headers } = await get('/v1/journeys/nobody-s');
    expect(status).toBe(404);
    expect(headers['content-type']).toContain('application/problem+json');
    expect(body).toMatchObject({ status: 404, code: 'not_found', detail: expect.stringContaining('nobody-s') });
  });
});

describe('the list of journeys', () => {
  it.each([
    ['type=order', 8],
    ['type=refund', 0],
    ['status=completed', 5],
    ['status=abandoned', 1],
    ['minScore=94.75', 4],
    ['maxScore=0', 1],
    ['minScore=40&maxScore=89.5', 3],
    ['touchpoint=delivery.received', 5],
    ['channel=phone', 1],
    ['stage=behavioural', 4],
    ['from=2026-03-01T10:00:00Z', 5],
    ['to=2026-03-01T10:00:00Z', 3],
    ['from=2026-03-01T09:00:00Z&to=2026-03-01T10:00:00Z', 1],
    ['attribute.colour=red', 4],
    ['attribute.colour=red&attribute.size=2', 1],
    ['attribute.colour=', 0],
    [`attribute.${encodeURIComponent("it's")}=${encodeURIComponent("a\\'b")}`, 1],
    ['customerId=anna', 4],
    ["type=order' OR 1=1 --", 0],
    [`type=${encodeURIComponent('a\tb\n\\N\0{type:String}')}`, 0],
  ])('takes %s', async (query, count) => {
    const answer = await get(`/v1/journeys?${query}`);
    expect(answer.status).toBe(200);
    expect(answer.body.items).toHaveLength(count);
  });

  it('shows the figures that the single journeys show', async () => {
    for (const item of (await get('/v1/journeys?limit=500')).body.items) {
      const url = `/v1/journeys/${encodeURIComponent(item.id)}?customerId=${encodeURIComponent(item.customerId)}`;
      expect((await get(url)).body).toMatchObject(item);
    }
  });

  it.each(['startedAt', '-startedAt', 'score', '-score', '-endedAt', 'lastAt'])(
    'is walked whole by cursors, sorted by %s',
    async (sort) => {
      const whole = idsOf(await get(`/v1/journeys?sort=${sort}`));
      const walked: string[] = [];
      let cursor = '';
      do {
        const page = await get(`/v1/journeys?sort=${sort}&limit=3${cursor}`);
        walked.push(...idsOf(page));
        cursor = page.body.nextCursor === null ? '' : `&cursor=${page.body.nextCursor}`;
      } while (cursor !== '');
      expect(walked).toEqual(whole);
      expect(walked).toHaveLength(8);
    },
  );
});
