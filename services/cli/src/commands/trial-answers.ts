import { z } from 'zod';

/** The fields of a comparison and of a trial that the commands show. */

const number = z.number().nullable();
const table = z.object({
  before: z.number(),
  after: z.number(),
  onlyBefore: z.number(),
  onlyAfter: z.number(),
  differing: z.number(),
  leftOut: z.number(),
});
const held = z.object({
  position: z.string(),
  moments: z.number(),
  parked: z.number(),
  events: z.number(),
  isWhole: z.boolean(),
});

const comparison = z.object({
  isSameMeasures: z.boolean(),
  before: held,
  after: held,
  tables: z.record(z.string(), table),
  journeys: z.object({
    compared: z.number(),
    scoreChanged: z.number(),
    levelChanged: z.number(),
    statusChanged: z.number(),
    meanScoreBefore: number,
    meanScoreAfter: number,
  }),
  customers: z.object({
    compared: z.number(),
    stageChanged: z.number(),
    satisfactionChanged: z.number(),
    loyaltyChanged: z.number(),
    quietlyLeavingBefore: z.number(),
    quietlyLeavingAfter: z.number(),
    meanSatisfactionBefore: number,
    meanSatisfactionAfter: number,
  }),
});
export type ComparisonAnswer = z.infer<typeof comparison>;

export const switchComparison = z.object({
  ...comparison.shape,
  verdict: z.string(),
  overdue: z.number(),
  faultsBefore: z.array(z.string()),
  faultsAfter: z.array(z.string()),
});
export type SwitchComparisonAnswer = z.infer<typeof switchComparison>;

const part = z.object({
  expectation: z.number(),
  verdict: z.string(),
  score: z.number(),
  weight: z.number(),
  share: z.number(),
  points: z.number(),
});

const changedJourney = z.object({
  id: z.string(),
  type: z.string(),
  customerId: z.string(),
  scoreBefore: number,
  scoreAfter: number,
  statusBefore: z.string(),
  statusAfter: z.string(),
  why: z.object({
    moments: z.array(
      z.object({ touchpoint: z.string().nullable(), at: z.string(), before: part, after: part, points: z.number() }),
    ),
    moreMoments: z.number(),
    adjustments: z.array(z.object({ kind: z.string(), before: z.number(), after: z.number(), points: z.number() })),
    limits: z.object({ capBefore: number, capAfter: number, points: z.number() }),
  }),
});
export type ChangedJourneyAnswer = z.infer<typeof changedJourney>;

const move = z.object({ from: z.string(), to: z.string(), at: z.string(), because: z.string() }).nullable();

const changedCustomer = z.object({
  id: z.string(),
  stageBefore: z.string(),
  stageAfter: z.string(),
  satisfactionBefore: number,
  satisfactionAfter: number,
  loyaltyBefore: z.string(),
  loyaltyAfter: z.string(),
  why: z
    .object({
      at: z.string(),
      event: z.object({ type: z.string(), touchpoint: z.string().nullable() }).nullable(),
      before: move,
      after: move,
      missing: z
        .object({
          side: z.string(),
          stage: z.string(),
          requirements: z.array(
            z.object({ requirement: z.string(), have: number, need: z.number(), comparison: z.string() }),
          ),
        })
        .nullable(),
    })
    .nullable(),
});
export type ChangedCustomerAnswer = z.infer<typeof changedCustomer>;

const trialReport = z.object({
  comparison,
  now: z.string().nullable(),
  changes: z.object({
    definitions: z.array(z.string()),
    policy: z.array(
      z.object({
        path: z.string(),
        before: z.union([z.number(), z.string()]),
        after: z.union([z.number(), z.string()]),
      }),
    ),
  }),
  stages: z.array(z.object({ before: z.string(), after: z.string(), customers: z.number() })),
  loyalty: z.array(z.object({ before: z.string(), after: z.string(), customers: z.number() })),
  levels: z.array(z.object({ before: z.string().nullable(), after: z.string().nullable(), journeys: z.number() })),
  types: z.array(
    z.object({
      type: z.string(),
      journeys: z.number(),
      scoreChanged: z.number(),
      meanScoreBefore: number,
      meanScoreAfter: number,
      meanScoreChange: number,
    }),
  ),
  customers: z.array(changedCustomer),
  journeys: z.array(changedJourney),
  faults: z.array(z.string()),
});
export type TrialReportAnswer = z.infer<typeof trialReport>;

export const trialAnswer = z.object({
  state: z.string(),
  phase: z.string().nullable(),
  position: z.string().nullable(),
  target: z.string().nullable(),
  error: z.string().nullable(),
  report: trialReport.nullable(),
});
export type TrialAnswer = z.infer<typeof trialAnswer>;
