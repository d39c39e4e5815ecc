import { definitionsByType, policyV1 } from '@touchstone/journey';
import { expect, test } from 'vitest';
import { rowsOfCustomer } from './rows-of-customer.ts';

const measures = {
  policy: policyV1,
  definitions: definitionsByType([
    {
      type: 'order',
      touchpoints: { 'payment.approved': { critical: true } },
      expects: [{ after: 'order.placed', touchpoint: 'parcel.shipped', withinMs: 86_400_000 }],
    },
  ]),
};

/** An event in log order: type, hour of the day, data. */
type Happening = readonly [type: string, hour: number, data: object];

async function rowsAfter(happenings: readonly Happening[]) {
  const published = happenings.map(([name, hour, data], at) => {
    const [id, source, type] = [`e${at}`, '/s', `touchstone.${name}.v1`];
    const time = new Date(Date.UTC(2026, 2, 1, hour)).toISOString();
    const body = JSON.stringify({ id, source, type, subject: 'anna', time, data });
    const stored = { stream: 'customer-anna', position: BigInt(at + 1), revision: at, recordedAt: Date.parse(time) };
    return { ...stored, id, source, type, time: Date.parse(time), body };
  });
  return rowsOfCustomer(measures, { published, announced: [] } as never, new Map());
}

const journey = { journeyId: 'j', journeyType: 'order' };
const hour = (of: number) => Date.UTC(2026, 2, 1, of);

test('moments keep their ratings on 1..5, and expectation and perception as given beside as measured', async () => {
  const { moments } = await rowsAfter([
    [
      'moment.recorded',
      1,
      {
        ...{ touchpoint: 't', channel: 'web', outcome: 'succeeded', perception: { value: 10, min: 0, max: 10 } },
        ratings: { reliability: 2, empathy: { value: 50, min: 0, max: 100 } },
      },
    ],
    ['feedback.given', 2, { instrument: 'csat', score: 4, expectation: 3 }],
    ['recovery.made', 3, { kind: 'refund', accepted: true }],
    ['purchase.made', 4, { amount: 1, currency: 'EUR', kind: ['no', 'recovery'], expectation: 'none', ratings: 7 }],
  ]);
  expect(moments).toMatchObject([
    { expectation: 4, expectationGiven: null, perceptionGiven: 5, reliability: 2, empathy: 3, tangibles: null },
    { expectationGiven: 3, perceptionGiven: null, recoveryKind: '', recoveryAccepted: null },
    { recoveryKind: 'refund', recoveryAccepted: true },
    { expectationGiven: null, reliability: null, recoveryKind: '' },
  ]);
});

test('a journey shows where a critical failure stands unrecovered, and since when', async () => {
  const failed = (at: number): Happening => [
    'moment.recorded',
    at,
    { ...journey, touchpoint: 'payment.approved', channel: 'web', outcome: 'failed' },
  ];
  const standing = await rowsAfter([failed(2), failed(5), failed(3)]);
  expect(standing.journeys).toMatchObject([{ standing: { 'payment.approved': hour(5) } }]);
  const recovered = await rowsAfter([failed(2), ['recovery.made', 3, { ...journey, kind: 'apology', accepted: true }]]);
  expect(recovered.journeys).toMatchObject([{ standing: {} }]);
  expect(recovered.journeys[0]!.proof).not.toBe(standing.journeys[0]!.proof);
});

test('promises and complaints tell who served the customer when they were opened; expected promises the channel too', async () => {
  const served = { actor: { id: 'x', team: 'north', site: 'lyon' }, attributes: { vip: true, map: 'as text' } };
  const { promises, complaints } = await rowsAfter([
    ['promise.made', 1, { promiseId: 'p', dueAt: '2026-03-09T00:00:00Z', ...served }],
    ['promise.made', 1, { promiseId: 'p', dueAt: '2026-03-09T00:00:00Z', actor: { team: 'another' } }],
    [
      'moment.recorded',
      2,
      { ...journey, touchpoint: 'order.placed', channel: 'phone', outcome: 'succeeded', ...served },
    ],
    ['complaint.raised', 3, { complaintId: 'k', ...served }],
    ['promise.made', 4, { promiseId: 'alone', dueAt: '2026-03-09T00:00:00Z' }],
  ]);
  const opening = { actorTeam: 'north', actorSite: 'lyon', attributes: { vip: true, map: 'as text' } };
  expect(promises).toMatchObject([
    { promiseId: 'p', channel: '', ...opening },
    { promiseId: 'expected:j:order.placed:parcel.shipped', channel: 'phone', ...opening },
    { promiseId: 'alone', channel: '', actorTeam: '', actorSite: '', attributes: {} },
  ]);
  expect(complaints).toMatchObject([opening]);
});

test('a complaint is answered at the least time of all replies, and the first follow-up that tells a satisfaction counts', async () => {
  const about = { complaintId: 'k' };
  const news: Happening[] = [
    ['complaint.answered', 5, about],
    ['complaint.answered', 4, about],
    ['complaint.followed-up', 6, about],
    ['complaint.followed-up', 7, { ...about, satisfaction: 2 }],
    ['complaint.followed-up', 8, { ...about, satisfaction: 5 }],
  ];
  const raised: Happening = ['complaint.raised', 3, about];
  for (const log of [
    [raised, ...news],
    [...news, raised],
  ]) {
    expect((await rowsAfter(log)).complaints).toMatchObject([
      { answeredAt: hour(4), followedUpAt: hour(6), followUpSatisfaction: 2, satisfaction: null },
    ]);
  }
});

test('a customer’s latest team is that of the latest moment, of equal times the later in the log', async () => {
  const moment = (at: number, team?: string): Happening => [
    'moment.recorded',
    at,
    { touchpoint: 't', channel: 'web', outcome: 'succeeded', ...(team === undefined ? {} : { actor: { team } }) },
  ];
  const latest = async (log: readonly Happening[]) => (await rowsAfter(log)).customers[0]!.latestTeam;
  expect(await latest([moment(5, 'north'), moment(4, 'south')])).toBe('north');
  expect(await latest([moment(5, 'north'), moment(5, 'south')])).toBe('south');
  expect(await latest([moment(5, 'north'), moment(6)])).toBe('');
});
