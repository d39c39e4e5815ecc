import type { TimelineEntry } from '@touchstone/api';
import { describe, expect, it } from 'vitest';
import * as given from '../../testing/answering-system.ts';
import { showCustomer } from './show-customer.ts';
import { showJourney } from './show-journey.ts';
import { titlesOf } from './titles.ts';

const at = given.AT;
const summary = { ...given.journeySummary, id: 'order-1\u001b[31m', brokenPromises: 1 };

describe('a journey in the terminal', () => {
  const { explainedMoment: moment, timelineEntry: entry } = given;
  const journey = given.journey({
    ...summary,
    score: 0,
    level: 'very-dissatisfied',
    explanation: {
      moments: [
        moment({ touchpoint: 'order.placed', score: 70, share: 0.5 }),
        moment({ score: 100, share: 0.25 }),
        moment({ touchpoint: 'support.solved', instrument: 'csat', verdict: 'failed', score: 100, share: 0.25 }),
      ],
      otherMoments: { count: 0, points: 0 },
      adjustments: [
        { kind: 'broken-promises', points: -10 },
        { kind: 'open-complaints', points: 0 },
      ],
      cap: 0,
      score: 0,
      whatIf: [],
    },
    timeline: [
      entry({ touchpoint: 'order.placed', outcome: 'succeeded', scoreAfter: 70 }),
      entry({
        type: 'touchstone.promise.made.v1',
        order: 1,
        promiseId: 'p-1',
        scoreBefore: 70,
        scoreAfter: 70,
      }),
      entry({
        type: 'touchstone.complaint.raised.v1',
        at: '2026-03-02T00:00:00.000Z',
        order: 4,
        scoreBefore: 60,
        scoreAfter: 50,
      }),
      entry({
        type: 'touchstone.change.promise-broken.v1',
        at: '2026-03-03T18:00:00.000Z',
        order: 2,
        isFallenDue: true,
        promiseId: 'p-1',
        scoreBefore: 70,
        scoreAfter: 60,
      }),
      entry({
        type: 'touchstone.change.trust-changed.v1',
        at: '2026-03-03T18:00:00.000Z',
        order: 3,
        isFallenDue: true,
        from: 'behavioural',
        to: 'affective',
        because: 'incidents',
        scoreBefore: 60,
        scoreAfter: 60,
      }),
    ],
  });

  it('adds up from its moments over the adjustments and the veto to its score', () => {
    const shown = showJourney(journey);
    expect(shown).toMatch(/order\.placed +as expected +4\.0 +4\.0 +70\.0 +50\.0% +35\.0/);
    expect(shown).toMatch(/\(feedback\) .* 25\.0% +25\.0/);
    expect(shown).toMatch(/CSAT at support\.solved +below expectation .* 25\.0% +25\.0/);
    expect(shown).toMatch(/moments together +85\.0/);
    expect(shown).toMatch(/promises not kept in time +-10\.0/);
    expect(shown).not.toContain('complaints not resolved');
    expect(shown).toMatch(/veto: a critical failure stands +≤ 0\.0/);
    expect(shown).toMatch(/\n +score +0\.0/);
  });

  it('says what fell due, at its time, and what was told late, in the order in which they took effect', () => {
    const lines = showJourney({ ...journey, promisesKeptLate: 1 }).split('\n');
    expect(lines.some((line) => line.includes('1 promise not kept in time, of these 1 kept late'))).toBe(true);
    expect(lines.slice(-5).map((line) => line.replace(/ {2,}/g, '  '))).toEqual([
      '2026-03-01 09:30  moment.recorded  order.placed  succeeded  70.0  first',
      '2026-03-01 09:30  promise.made p-1  70.0',
      '2026-03-03 18:00  promise p-1 not kept in time  60.0  -10.0  fell due',
      '2026-03-03 18:00  trust behavioural → affective: incidents  60.0  fell due',
      '2026-03-02 00:00  complaint.raised  50.0  -10.0  told late',
    ]);
  });

  it('says below a moment what is expected since then, by when, and what came of it', () => {
    type Expected = NonNullable<TimelineEntry['expects']>[number];
    const expected = (promise: Omit<Expected, 'promiseId' | 'counts'>) => ({
      promiseId: 'p',
      counts: true,
      ...promise,
    });
    const expects = [
      expected({ touchpoint: 'parcel.shipped', dueAt: '2026-03-03T09:30:00.000Z', state: 'kept-late', closedAt: at }),
      expected({ touchpoint: 'parcel.packed', dueAt: '2026-03-02T09:30:00.000Z', state: 'open', closedAt: null }),
    ];
    const [first, ...others] = journey.timeline;
    const broken = { ...others[2]!, expected: true, touchpoint: 'parcel.shipped' } as const;
    const lines = showJourney({ ...journey, timeline: [{ ...first!, expects }, broken] }).split('\n');
    expect(lines.slice(-3).map((line) => line.trim().replace(/ {2,}/g, '  '))).toEqual([
      'expected by 2026-03-03 09:30  parcel.shipped  kept-late 2026-03-01 09:30',
      'expected by 2026-03-02 09:30  parcel.packed',
      '2026-03-03 18:00  not reached by the time expected  parcel.shipped  60.0  -10.0  fell due',
    ]);
  });

  it('calls the journey and its touchpoints by their titles, where they have one', () => {
    const titles = titlesOf(
      new Map([['order', { title: 'Online order', touchpoints: { 'order.placed': { title: 'Check\u001bout' } } }]]),
    );
    const shown = showJourney(journey, titles);
    expect(shown.split('\n')[0]).toMatch(/ {2}Online order of customer ada$/);
    expect(shown.match(/Check�out order\.placed/g)).toHaveLength(2);
    expect(shown).toContain('CSAT at support.solved');
  });

  it('never passes on control characters that stand in a name', () => {
    expect(showJourney(journey)).not.toContain('\u001b');
  });

  it('without a score says so', () => {
    const unscored = {
      ...journey,
      score: null,
      level: null,
      explanation: { ...journey.explanation, moments: [], score: null },
    };
    expect(showJourney(unscored)).toContain('not scored yet');
  });
});

describe('a customer in the terminal', () => {
  const customer = given.customer({
    quietlyLeaving: true,
    history: [{ from: 'none', to: 'cognitive', at, because: 'earned', satisfaction: 71.04 }],
    journeys: [{ ...summary, score: 62, level: 'neutral' }],
    next: { stage: 'affective', missing: [{ requirement: 'delights', have: 1, need: 2, comparison: 'at-least' }] },
  });

  it('calls each journey by the title of its type', () => {
    expect(showCustomer(customer, titlesOf(new Map([['order', { title: 'Online order' }]])))).toMatch(
      / Online order +completed /,
    );
    expect(showCustomer(customer, titlesOf(new Map()))).toMatch(/ order +completed /);
  });

  it('shows the stage, what is missing for the next, the history and the journeys', () => {
    const shown = showCustomer(customer);
    expect(shown).toContain('none → [cognitive] → affective → behavioural  since 2026-03-01 09:30');
    expect(shown).toMatch(/Missing for affective\n.*\ndelights +1 +≥ 2/);
    expect(shown).toContain('quietly leaving');
    expect(shown).toMatch(/none → cognitive +71\.0 +earned/);
    expect(shown).toMatch(/order +completed +2026-03-01 09:30 +62\.0 +neutral +1 promise not kept in time$/m);
    const late = showCustomer({
      ...customer,
      journeys: [{ ...customer.journeys[0]!, brokenPromises: 2, promisesKeptLate: 1 }],
    });
    expect(late).toMatch(/ 2 promises not kept in time, of these 1 kept late$/m);
  });

  it('at the highest stage has nothing missing', () => {
    expect(showCustomer({ ...customer, stage: 'behavioural', next: null })).toContain('This is the highest stage.');
  });
});
