import { definitionSchema, policyChangeSchema } from '@touchstone/journey';
import { z } from 'zod';
import { comparison, mean } from './comparison.ts';
import { endpoint } from './endpoint.ts';
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
} from './fields.ts';
import { noParameters } from './parameters.ts';

const score = wholeScore.nullable();

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

const trialReport = z
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

const trial = z
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
export type TrialStatus = z.output<typeof trial>;

const trialBody = z
  .strictObject({
    definitions: z
      .array(definitionSchema)
      .max(1000)
      .default([])
      .describe('These stand for those of their types; of other types the newest versions count, as in a rebuild'),
    policy: policyChangeSchema.optional().describe('The constants that are to be others than in force'),
    limit: z.int().min(1).max(500).default(100).describe('Customers, and journeys, that are told of one by one'),
  })
  .superRefine(({ definitions, policy }, context) => {
    if (definitions.length === 0 && policy === undefined) {
      context.addIssue({
        code: 'custom',
        path: ['definitions'],
        message: 'or a policy must be given: what is to be tried?',
      });
    }
    const types = definitions.map(({ type }) => type);
    for (const [index, type] of types.entries()) {
      if (types.indexOf(type) === index) continue;
      const message = `is ${type} a second time; one definition of a type can be tried at once`;
      context.addIssue({ code: 'custom', path: ['definitions', index, 'type'], message });
    }
  })
  .meta({ id: 'TrialRequest', examples: [{ definitions: [{ type: 'order', expectation: 4 }] }] });

export const startTrial = endpoint({
  id: 'startTrial',
  method: 'POST',
  path: '/v1/trial',
  tag: 'Definitions',
  summary: 'Try definitions or a policy on all history',
  description:
    'Everything is measured with them beside what answers, compared with it, and dropped again. Nothing that answers changes, and nothing is announced. One trial or rebuild runs at a time.',
  scope: 'admin',
  waits: 'nothing',
  query: noParameters,
  body: trialBody,
  answer: trial,
  status: 202,
});

export const getTrial = endpoint({
  id: 'getTrial',
  method: 'GET',
  path: '/v1/trial',
  tag: 'Definitions',
  summary: 'How the latest trial goes, and its report: who changes score and stage, and why',
  description: 'A restart of the system forgets it.',
  scope: 'admin',
  waits: 'nothing',
  query: noParameters,
  answer: trial,
});

export const cancelTrial = endpoint({
  id: 'cancelTrial',
  method: 'DELETE',
  path: '/v1/trial',
  tag: 'Definitions',
  summary: 'Cancel the trial under way, or forget the report of the last',
  scope: 'admin',
  waits: 'nothing',
  query: noParameters,
  answer: trial,
});
