import { describe, expect, it } from 'vitest';
import type { CustomerAnswer, JourneyAnswer } from './answers.ts';
import { showCustomer } from './show-customer.ts';
import { showJourney } from './show-journey.ts';

const at = '2026-03-01T09:30:00.000Z';
const summary = {
  id: 'order-1\u001b[31m',
  type: 'order',
  customerId: 'ada',
  status: 'completed',
  startedAt: at,
  lastAt: at,
  endedAt: at,
  moments: 2,
  failures: 0,
  brokenPromises: 1,
  openComplaints: 0,
};

describe('a journey in the terminal', () => {
  const moment = { eventId: 'e', at, expectation: 4, perception: 4, verdict: 'confirmed', weight: 1 };
  const journey: JourneyAnswer = {
    ...summary,
    score: 0,
    level: 'very-dissatisfied',
    explanation: {
      moments: [
        { ...moment, touchpoint: 'order.placed', score: 70, share: 0.5 },
        { ...moment, touchpoint: null, score: 100, share: 0.5 },
      ],
      adjustments: [
        { kind: 'broken-promises', points: -10 },
        { kind: 'open-complaints', points: 0 },
      ],
      cap: 0,
      score: 0,
    },
    timeline: [
      {
        type: 'touchstone.moment.recorded.v1',
        at,
        touchpoint: 'order.placed',
        outcome: 'succeeded',
        scoreBefore: null,
        scoreAfter: 70,
      },
      { type: 'touchstone.promise.made.v1', at, scoreBefore: 70, scoreAfter: 70 },
      { type: 'touchstone.feedback.given.v1', at, scoreBefore: 70, scoreAfter: 60 },
    ],
  };

  it('adds up from its moments over the adjustments and the veto to its score', () => {
    const shown = showJourney(journey);
    expect(shown).toMatch(/order\.placed +confirmed +4\.0 +4\.0 +70\.0 +50\.0% +35\.0/);
    expect(shown).toMatch(/\(feedback\) .* 50\.0% +50\.0/);
    expect(shown).toMatch(/moments together +85\.0/);
    expect(shown).toMatch(/broken-promises +-10\.0/);
    expect(shown).not.toContain('open-complaints');
    expect(shown).toMatch(/veto: a critical failure stands +≤ 0\.0/);
    expect(shown).toMatch(/\n +score +0\.0/);
    expect(shown).toMatch(/feedback\.given +60\.0 +-10\.0/);
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
  const customer: CustomerAnswer = {
    id: 'ada',
    stage: 'cognitive',
    since: at,
    satisfaction: 81.2,
    satisfiedMoments: 5,
    delights: 1,
    purchases: 2,
    loyalty: 'latent',
    quietlyLeaving: true,
    history: [{ from: 'none', to: 'cognitive', at, because: 'earned' }],
    journeys: [{ ...summary, score: 62, level: 'neutral' }],
    next: { stage: 'affective', missing: [{ requirement: 'delights', have: 1, need: 2, comparison: 'at-least' }] },
  };

  it('shows the stage, what is missing for the next, the history and the journeys', () => {
    const shown = showCustomer(customer);
    expect(shown).toContain('none → [cognitive] → affective → behavioural  since 2026-03-01 09:30');
    expect(shown).toMatch(/Missing for affective\n.*\ndelights +1 +≥ 2/);
    expect(shown).toContain('quietly leaving');
    expect(shown).toMatch(/none → cognitive +earned/);
    expect(shown).toMatch(/order +completed +2026-03-01 09:30 +62\.0 +neutral +1 broken/);
  });

  it('at the highest stage has nothing missing', () => {
    expect(showCustomer({ ...customer, stage: 'behavioural', next: null })).toContain('This is the highest stage.');
  });
});
