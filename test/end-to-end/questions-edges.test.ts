import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import type { PublishedEvent } from '../oracle/published-event.ts';
import { type QuestionedSystem, startOverHistory } from './questions-system.ts';

const STEPS = 10_000;
const WIDE = 5_000;
const START = Date.UTC(2026, 0, 1);

let count = 0;
const moment = (journeyId: string, journeyType: string, touchpoint: string, time: number): PublishedEvent => ({
  specversion: '1.0',
  id: `e${count++}`,
  source: '/edges',
  type: 'touchstone.moment.recorded.v1',
  time: new Date(time).toISOString(),
  subject: journeyId,
  data: { journeyId, journeyType, touchpoint, channel: 'web', outcome: 'succeeded' },
});

/** Two steps at each time, whose order is that of the log. */
const long = Array.from({ length: STEPS }, (_, at) =>
  moment('long', 'long', at % 2 === 0 ? 'a' : 'b', START + Math.floor(at / 2)),
);
const wide = Array.from({ length: WIDE }, (_, at) => moment('wide', 'wide', `t${at}`, START + at));

const KNOWN = START + STEPS;
const SAID = KNOWN - 1000;
const WORDS = ['it\'s \\ "so"\nso 😀', 'schön', 'Zoë'];

/** Feedback with words, a millisecond apart; that without words is no comment. */
const said = (
  [
    {
      instrument: 'csat',
      score: { value: 9, min: 1, max: 10 },
      comment: WORDS[0],
      touchpoint: 'a',
      journeyId: 'said',
      journeyType: 'talk',
    },
    { instrument: 'nps', score: 10, comment: WORDS[1] },
    { instrument: 'ces', score: 2 },
    { instrument: 'ces', score: 5, comment: WORDS[2] },
  ] as const
).map(
  (data, at): PublishedEvent => ({
    specversion: '1.0',
    id: `said${at}`,
    source: '/edges',
    type: 'touchstone.feedback.given.v1',
    time: new Date(SAID + at).toISOString(),
    subject: 'speaker',
    data,
  }),
);

describe('a log with odd histories', () => {
  let system: QuestionedSystem;
  beforeAll(async () => {
    const recordedAt = new Date(KNOWN).toISOString();
    const later = new Date(KNOWN + 1).toISOString();
    system = await startOverHistory(
      [],
      [
        ...[...long, ...wide, ...said.slice(0, 3)].map((event) => ({ recordedAt, event })),
        { recordedAt: later, event: said[3]! },
      ],
    );
  });
  afterAll(() => system?.stop());

  describe('what customers wrote with their feedback', () => {
    const comments = async (query: string) => {
      const told = await system.ask('GET', `/v1/feedback/comments?${query}`);
      expect(told).not.toHaveProperty('error');
      return told.items;
    };
    const wordsOf = async (query: string) => (await comments(query)).map(({ comment }: { comment: string }) => comment);

    test('is told the latest first, with its score, its customer and its journey', async () => {
      expect(await comments('')).toEqual([
        expect.objectContaining({
          instrument: 'ces',
          score: 5,
          comment: WORDS[2],
          at: new Date(SAID + 3).toISOString(),
        }),
        expect.objectContaining({ instrument: 'nps', score: 10, comment: WORDS[1], journeyId: null }),
        {
          eventId: 'said0',
          at: new Date(SAID).toISOString(),
          instrument: 'csat',
          score: 1 + (4 * 8) / 9,
          comment: WORDS[0],
          touchpoint: 'a',
          customerId: 'speaker',
          journeyId: 'said',
          journeyType: 'talk',
        },
      ]);
    });

    test('is filtered by its time and by both clocks, and told in pages', async () => {
      const at = (ms: number) => new Date(ms).toISOString();
      expect(await wordsOf(`from=${at(SAID + 1)}&to=${at(SAID + 3)}`)).toEqual([WORDS[1]]);
      expect(await wordsOf(`asOf=${at(SAID)}`)).toEqual([WORDS[0]]);
      expect(await wordsOf(`knownAt=${at(KNOWN)}`)).toEqual([WORDS[1], WORDS[0]]);
      const first = await system.ask('GET', '/v1/feedback/comments?limit=2');
      expect(await wordsOf(`limit=2&cursor=${first.nextCursor}`)).toEqual([WORDS[0]]);
    });
  });

  describe('a journey of 10,000 steps and one of 5,000 touchpoints', () => {
    const ask = (path: string, question: object) => system.ask('POST', `/v1/analytics/${path}`, question);

    test.each(['eventual', 'strict'])('have a funnel of twenty steps, %s', async (order) => {
      const steps = Array.from({ length: 20 }, (_, at) => (at % 2 === 0 ? 'a' : 'b'));
      const { groups } = await ask('funnel', { steps, order, within: 'PT1S', exclude: ['t7'] });
      const reached = groups[0].steps.map(({ journeys }: { journeys: number }) => journeys);
      expect(reached).toEqual(steps.map(() => 1));
      expect(groups[0].steps[19].medianMsFromPrevious).toBe(0);
    });

    test('have paths with the touchpoints beyond the limit in one', async () => {
      const { cases, nodes, edges } = await ask('paths', { nodesMax: 2 });
      expect(cases).toBe(2);
      expect(nodes).toMatchObject([
        { label: 'a', count: STEPS / 2, journeys: 1 },
        { label: 'b', count: STEPS / 2, journeys: 1 },
        { label: '(other)', count: WIDE, journeys: 1 },
      ]);
      expect(edges.slice(0, 3)).toEqual([
        { from: 'a', to: 'b', count: STEPS / 2, journeys: 1, medianMs: 0 },
        { from: '(other)', to: '(other)', count: WIDE - 1, journeys: 1, medianMs: 1 },
        { from: 'b', to: 'a', count: STEPS / 2 - 1, journeys: 1, medianMs: 1 },
      ]);
    });

    test('are variants that show a hundred labels and say how many there are', async () => {
      const { items } = await ask('variants', {});
      expect(items.map(({ labels, length }: { labels: string[]; length: number }) => [labels.length, length])).toEqual([
        [100, STEPS],
        [100, WIDE],
      ]);
      for (const { variant } of items) {
        expect(await ask('paths', { where: { variant } })).toMatchObject({ cases: 1 });
        expect((await system.ask('GET', `/v1/journeys?variant=${variant}`)).items).toHaveLength(1);
      }
    });

    test('conform or not, and more deviations than an answer holds are refused', async () => {
      const { deviations } = await ask('conformance', {
        where: { type: 'long' },
        steps: ['a', 'b', 'c'],
        includeOpen: true,
      });
      expect(deviations).toMatchObject([
        { kind: 'repeated', touchpoint: 'a', cases: 1 },
        { kind: 'repeated', touchpoint: 'b', cases: 1 },
      ]);
      expect(await ask('conformance', { where: { type: 'wide' }, steps: ['a'], includeOpen: true })).toMatchObject({
        error: 'too_much',
        detail: expect.stringContaining('fewer journeys'),
      });
    });

    test('take their time', async () => {
      const { groups } = await ask('durations', { from: 't0', to: `t${WIDE - 1}` });
      expect(groups).toMatchObject([{ cases: 1, arrived: 1, meanMs: WIDE - 1, medianMsWithOpen: WIDE - 1 }]);
    });

    test('are found by any of their touchpoints', async () => {
      for (const touchpoint of ['t0', 't4999', 'a']) {
        const { items } = await system.ask('GET', `/v1/journeys?touchpoint=${touchpoint}`);
        expect(items.map(({ id }: { id: string }) => id)).toEqual([touchpoint === 'a' ? 'long' : 'wide']);
      }
    });
  });
});

test('an empty system has an answer to every question', async () => {
  const empty = await startOverHistory([], []);
  const ask = (path: string, question: object) => empty.ask('POST', `/v1/analytics/${path}`, question);
  try {
    const nothing = { items: [], nextCursor: null };
    const steps = ['a', 'b'];
    const zero = { journeys: 0, converted: 0, open: 0, dropped: 0, share: null, meanScore: null };
    expect((await ask('funnel', { steps })).groups).toMatchObject([{ value: null, steps: [zero, zero] }]);
    expect(await ask('funnel', { steps, breakdown: 'channel' })).toEqual({ groups: [] });
    expect(await ask('paths', {})).toEqual({ cases: 0, nodes: [], edges: [] });
    expect(await ask('variants', {})).toEqual({ cases: 0, variants: 0, ...nothing });
    expect(await ask('conformance', { where: { type: 'order' }, steps })).toMatchObject({ cases: 0, deviations: [] });
    expect((await ask('durations', { from: 'a', to: 'b' })).groups).toMatchObject([{ cases: 0, meanMs: null }]);
    expect(await ask('funnel/journeys', { steps, step: 1, state: 'reached' })).toEqual(nothing);
    expect(await empty.ask('GET', '/v1/touchpoints/failure-rates?by=')).toEqual({
      rows: [{ bucket: null, moments: 0, failures: 0, rate: null, low: null, high: null }],
    });
    for (const path of ['/v1/feedback', '/v1/feedback?bucket=1w', '/v1/touchpoints/failure-rates?bucket=1M&by='])
      expect((await empty.ask('GET', path)).rows, path).toEqual([]);
  } finally {
    await empty.stop();
  }
});
