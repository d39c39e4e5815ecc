import type { Trial } from '@touchstone/api';
import { expect, test } from 'vitest';
import { showTrial } from './show-trial.ts';

const held = { position: '1', moments: 1, parked: 0, cut: 0, events: 1, isWhole: true };
const table = { before: 1, after: 1, onlyBefore: 0, onlyAfter: 0, differing: 0, leftOut: 0 };
const part = { expectation: 4, score: 70, weight: 1, share: 1, points: 70 };
const report: NonNullable<Trial['report']> = {
  comparison: {
    isSameMeasures: false,
    before: held,
    after: held,
    tables: { customers: table, journeys: table, promises: table, complaints: table, trustChanges: table },
    journeys: {
      compared: 1,
      scoreChanged: 1,
      levelChanged: 0,
      statusChanged: 0,
      meanScoreBefore: 70,
      meanScoreAfter: 60,
    },
    customers: {
      compared: 1,
      stageChanged: 0,
      satisfactionChanged: 0,
      loyaltyChanged: 0,
      quietlyLeavingBefore: 0,
      quietlyLeavingAfter: 0,
      meanSatisfactionBefore: 70,
      meanSatisfactionAfter: 60,
    },
  },
  now: null,
  changes: { definitions: ['order'], policy: [] },
  stages: [],
  loyalty: [],
  levels: [],
  statuses: [],
  types: [],
  customers: [],
  journeys: [
    {
      id: 'o-1',
      type: 'order',
      customerId: 'ada',
      scoreBefore: 70,
      scoreAfter: 60,
      levelBefore: 'satisfied',
      levelAfter: 'neutral',
      statusBefore: 'completed',
      statusAfter: 'completed',
      why: {
        moments: [
          {
            eventId: 'e',
            source: '/shop',
            touchpoint: 'delivery.received',
            at: '2026-03-01T09:30:00.000Z',
            before: { ...part, verdict: 'confirmed' },
            after: { ...part, verdict: 'failed' },
            points: -10,
          },
        ],
        moreMoments: 0,
        adjustments: [],
        limits: { capBefore: null, capAfter: null, points: 0 },
      },
    },
  ],
  faults: [],
};

test('a trial says how a moment stands to what was expected, in the words of people', () => {
  const shown = showTrial(report);
  expect(shown).toContain('delivery.received -10.00 as expected → below expectation');
  expect(shown).not.toMatch(/confirmed|failed/);
});
