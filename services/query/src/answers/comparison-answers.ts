import { z } from 'zod';
import {
  adjustmentKind,
  count,
  instant,
  levelOrNull as level,
  loyalty,
  position,
  requirement,
  stage,
  journeyStatus as status,
  verdict,
  score as wholeScore,
} from './answer-values.ts';

/** Two fillings of the read model, side by side: what a rebuild finds before its switch, and what a trial reports. */

const score = wholeScore.nullable();
const mean = z.number().nullable().describe('Over those that have a value on both sides');

const tableComparison = z
  .strictObject({
    before: count,
    after: count,
    onlyBefore: count,
    onlyAfter: count,
    differing: count.describe('Rows on both sides with any other content'),
    leftOut: count.describe('Rows that moved on while the two were compared'),
  })
  .meta({ id: 'TableComparison' });

const conservation = z
  .strictObject({
    position,
    moments: count,
    parked: count,
    cut: count.describe('Gone from the log since'),
    events: count.describe('Published events that the log was given up to the position'),
    isWhole: z.boolean().describe('moments + parked + cut = events'),
  })
  .meta({ id: 'GenerationConservation' });

export const comparison = z
  .strictObject({
    isSameMeasures: z.boolean().describe('The same definitions and policy: then nothing may differ'),
    before: conservation.describe('The generation in force'),
    after: conservation.describe('The new one'),
    tables: z
      .strictObject({
        customers: tableComparison,
        journeys: tableComparison,
        promises: tableComparison,
        complaints: tableComparison,
        trustChanges: tableComparison,
      })
      .meta({ id: 'ComparedTables' }),
    journeys: z
      .strictObject({
        compared: count,
        scoreChanged: count,
        levelChanged: count,
        statusChanged: count,
        meanScoreBefore: mean,
        meanScoreAfter: mean,
      })
      .meta({ id: 'ComparedJourneys' }),
    customers: z
      .strictObject({
        compared: count,
        stageChanged: count,
        satisfactionChanged: count,
        loyaltyChanged: count,
        quietlyLeavingBefore: count,
        quietlyLeavingAfter: count,
        meanSatisfactionBefore: mean,
        meanSatisfactionAfter: mean,
      })
      .meta({ id: 'ComparedCustomers' }),
  })
  .meta({ id: 'Comparison' });
export type Comparison = z.output<typeof comparison>;

export const switchComparison = z
  .strictObject({
    ...comparison.shape,
    verdict: z
      .enum(['same', 'measured-otherwise', 'before-was-wrong', 'refused', 'forced'])
      .meta({ id: 'SwitchVerdict' })
      .describe(
        'same: no difference. measured-otherwise: other measures, and the differences are what they do. before-was-wrong: the log says that the old one was. refused, forced: the new one is not known to be right',
      ),
    overdue: count.describe('Customers for whom something is due by the new measures: settled right after the switch'),
    heldToTheLog: count.describe('Customers that differ, whose rows on both sides were held to the fold of the log'),
    faultsBefore: z.array(z.string()),
    faultsAfter: z.array(z.string()),
  })
  .nullable()
  .meta({ id: 'SwitchComparison' });
export type SwitchComparison = NonNullable<z.output<typeof switchComparison>>;

const part = z
  .strictObject({
    expectation: z.number(),
    verdict,
    score: z.number(),
    weight: z.number(),
    share: z.number(),
    points: z.number().describe('share · score: what it gives to the score'),
  })
  .meta({ id: 'MomentPart' });

const changedJourney = z
  .strictObject({
    id: z.string(),
    type: z.string(),
    customerId: z.string(),
    scoreBefore: score,
    scoreAfter: score,
    levelBefore: level,
    levelAfter: level,
    statusBefore: status,
    statusAfter: status,
    why: z
      .strictObject({
        moments: z.array(
          z
            .strictObject({
              eventId: z.string(),
              source: z.string(),
              touchpoint: z.string().nullable(),
              at: instant,
              before: part,
              after: part,
              points: z.number(),
            })
            .meta({ id: 'MomentDifference' }),
        ),
        moreMoments: count.describe('Moments that make a difference beyond those that are listed'),
        adjustments: z.array(
          z
            .strictObject({
              kind: adjustmentKind,
              before: z.number(),
              after: z.number(),
              points: z.number(),
            })
            .meta({ id: 'AdjustmentDifference' }),
        ),
        limits: z
          .strictObject({ capBefore: z.number().nullable(), capAfter: z.number().nullable(), points: z.number() })
          .meta({ id: 'LimitDifference', description: 'The veto, and keeping the score within 0..100' }),
      })
      .meta({ id: 'ScoreDifference', description: 'Σ points is the change of the score' }),
  })
  .meta({ id: 'ChangedJourney' });

const move = z
  .strictObject({ from: stage, to: stage, at: instant, because: z.string(), satisfaction: score.unwrap() })
  .nullable()
  .meta({ id: 'TrustMoveOrNull' });

const changedCustomer = z
  .strictObject({
    id: z.string(),
    stageBefore: stage,
    stageAfter: stage,
    satisfactionBefore: score,
    satisfactionAfter: score,
    loyaltyBefore: loyalty,
    loyaltyAfter: loyalty,
    quietlyLeavingBefore: z.boolean(),
    quietlyLeavingAfter: z.boolean(),
    why: z
      .strictObject({
        at: instant,
        event: z
          .strictObject({
            eventId: z.string(),
            source: z.string(),
            type: z.string(),
            touchpoint: z.string().nullable(),
          })
          .nullable()
          .meta({ id: 'DecidingEvent', description: 'null: time alone made the difference' }),
        before: move,
        after: move,
        missing: z
          .strictObject({
            side: z.enum(['before', 'after']).meta({ id: 'ComparedSide' }),
            stage,
            requirements: z.array(requirement),
          })
          .nullable()
          .meta({
            id: 'MissingRequirements',
            description: 'What kept the side that stayed behind from its next stage then',
          }),
      })
      .nullable()
      .meta({
        id: 'TrustDifference',
        description: 'Where the two histories part; null where they make the same moves',
      }),
  })
  .meta({ id: 'ChangedCustomer' });

const policyValue = z.union([z.number(), z.string()]).meta({ id: 'PolicyValue' });

export const trialReport = z
  .strictObject({
    comparison,
    now: instant.nullable().describe('The time that both sides are settled to; null in a log without times'),
    changes: z
      .strictObject({
        definitions: z.array(z.string()).describe('Journey types that are defined otherwise than in force'),
        policy: z.array(
          z
            .strictObject({
              path: z.string(),
              before: policyValue,
              after: policyValue,
            })
            .meta({ id: 'PolicyDifference' }),
        ),
      })
      .meta({ id: 'MeasureDifferences' }),
    stages: z.array(z.strictObject({ before: stage, after: stage, customers: count }).meta({ id: 'StageShift' })),
    loyalty: z.array(
      z.strictObject({ before: loyalty, after: loyalty, customers: count }).meta({ id: 'LoyaltyShift' }),
    ),
    levels: z.array(z.strictObject({ before: level, after: level, journeys: count }).meta({ id: 'LevelShift' })),
    statuses: z.array(z.strictObject({ before: status, after: status, journeys: count }).meta({ id: 'StatusShift' })),
    types: z.array(
      z
        .strictObject({
          type: z.string(),
          journeys: count,
          scoreChanged: count,
          meanScoreBefore: mean,
          meanScoreAfter: mean,
          meanScoreChange: mean,
        })
        .meta({ id: 'JourneyTypeShift' }),
    ),
    customers: z.array(changedCustomer).describe('Those that change most, as many as the limit allows'),
    journeys: z.array(changedJourney).describe('Those that change most, as many as the limit allows'),
    faults: z.array(z.string()).describe('Where the report does not hold what it must; empty if all is well'),
  })
  .nullable()
  .meta({ id: 'TrialReport' });
export type TrialReport = NonNullable<z.output<typeof trialReport>>;

export const trialAnswer = z
  .strictObject({
    state: z.enum(['none', 'running', 'done', 'failed', 'cancelled']).meta({ id: 'TrialState' }),
    phase: z.enum(['filling', 'settling', 'comparing', 'explaining']).nullable().meta({ id: 'TrialPhase' }),
    startedAt: instant.nullable(),
    finishedAt: instant.nullable(),
    position: position.nullable(),
    target: position.nullable(),
    error: z.string().nullable(),
    report: trialReport,
  })
  .meta({ id: 'Trial' });
export type TrialStatus = z.output<typeof trialAnswer>;
