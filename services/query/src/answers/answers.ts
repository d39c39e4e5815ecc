import { definitionSchema, levels } from '@touchstone/journey';
import { z } from 'zod';
import { leapOutcomes } from '../ledgers/clock-ledger.ts';
import {
  adjustmentKind,
  count,
  instant,
  instrument,
  journeyStatus,
  levelOrNull,
  loyalty,
  position,
  promiseState,
  requirement,
  score,
  scoredInstrumentOrNull,
  stage,
  verdict,
  verdictOrNull,
} from './answer-values.ts';
import { switchComparison } from './comparison-answers.ts';

/** What the routes answer, as zod: the contract that /openapi.json shows and that the tests hold every answer to. */

const parkedEvents = count
  .optional()
  .describe('Events of this customer that could not be taken; there only if there are any (see /v1/parked).');

const historyCut = z
  .strictObject({
    from: instant.nullable().describe('When the first event that is left was stored; null where none is left'),
    upTo: position.describe('Position of the log up to which their events are gone'),
  })
  .meta({ id: 'HistoryCut', description: 'The beginning of the history is missing: it was deleted in the event store' })
  .optional();

const nextCursor = z.string().nullable().describe('For the next page; null at the end');

const summary = {
  id: z.string(),
  type: z.string(),
  customerId: z.string(),
  status: journeyStatus,
  startedAt: instant.describe('Least time of its events: late news may move it back'),
  lastAt: instant.describe('Greatest time of its events'),
  endedAt: instant.nullable(),
  score: score.nullable().describe('0..100; null while nothing is scored'),
  level: levelOrNull,
  moments: count,
  failures: count,
  brokenPromises: count.describe('Promises not kept in time: broken, or kept late'),
  promisesKeptLate: count.describe('Of brokenPromises, the promises not kept in time: how many were kept late'),
  openComplaints: count,
};
export const journeySummary = z.strictObject(summary).meta({ id: 'JourneySummary' });

const explanation = z
  .strictObject({
    moments: z.array(
      z
        .strictObject({
          eventId: z.string(),
          touchpoint: z.string().nullable(),
          instrument: scoredInstrumentOrNull.describe('Of scored feedback; null for a moment'),
          at: instant,
          expectation: z.number(),
          perception: z.number(),
          verdict,
          score,
          weight: z.number(),
          share: z.number().describe('Effective weight: share · score is what the moment gives to the score'),
        })
        .meta({ id: 'ExplainedMoment' }),
    ),
    otherMoments: z
      .strictObject({ count, points: z.number().describe('Σ share · score of them') })
      .meta({ id: 'OtherMoments', description: 'Those of other pages' }),
    adjustments: z.array(z.strictObject({ kind: adjustmentKind, points: z.number() }).meta({ id: 'ScoreAdjustment' })),
    cap: z.number().nullable().describe('The veto while a critical failure stands'),
    score: score.nullable(),
  })
  .meta({
    id: 'Explanation',
    description:
      'Σ share · score + the points of other moments + Σ points of the adjustments, clamped to 0..100 and capped, is the score',
  });

const timelineEntry = z
  .strictObject({
    eventId: z.string().describe('Of what came about without being published: the id under which it is announced'),
    source: z.string(),
    type: z
      .string()
      .describe('`touchstone.….v1`; `touchstone.change.….v1` of what fell due and of changes of the trust stage'),
    at: instant,
    order: count.describe('In which the entries took effect: late news comes behind what happened after it'),
    isFallenDue: z.boolean().describe('It came about with time alone: nobody published it'),
    isOutside: z.boolean().describe('It came from outside: by an event that names another journey or none'),
    touchpoint: z.string().nullable(),
    channel: z.string().nullable(),
    outcome: z.string().nullable(),
    verdict: verdictOrNull,
    score: score.nullable().describe('Of the event itself'),
    scoreBefore: score.nullable().describe("The journey's; in `order`, what one entry leaves the next one finds"),
    scoreAfter: score.nullable(),
    instrument: instrument.optional().describe('Of feedback'),
    promiseId: z.string().optional(),
    complaintId: z.string().optional(),
    from: stage.optional().describe('Of a change of the trust stage, with `to` and `because`'),
    to: stage.optional(),
    because: z.string().optional(),
  })
  .meta({ id: 'TimelineEntry' });

export const journeyAnswer = z
  .strictObject({
    ...summary,
    explanation,
    timeline: z.array(timelineEntry),
    total: z
      .strictObject({ timeline: count })
      .meta({ id: 'JourneyTotal', description: 'How many there are on all pages' }),
    nextCursor,
    parkedEvents,
    historyCut,
  })
  .meta({ id: 'Journey' });

const fromRows = {
  source: z.literal('rows').describe('The log was away: this is what the rows of the read model say'),
  settledTo: instant.describe('Of what fell due with time alone, all that did before this is in it'),
  projected: position.describe('Position of the log up to which everything is in it'),
  parkedEvents,
};

export const journeyFromRows = z.strictObject({ ...summary, ...fromRows }).meta({
  id: 'JourneyFromRows',
  description: 'Answered while the log is away: without what only the log has, which is how it came about',
});

const trustChange = z
  .strictObject({
    from: stage,
    to: stage,
    at: instant,
    because: z.string(),
    satisfaction: score
      .nullable()
      .describe(
        'Just before the move. Null only in lists of a read model of an earlier version, until it is filled anew',
      ),
  })
  .meta({ id: 'TrustMove' });

const customer = {
  id: z.string(),
  stage,
  since: instant.nullable().describe('When the stage was entered; null for who never left none'),
  satisfaction: score.nullable(),
  satisfiedMoments: count,
  delights: count,
  purchases: count,
  loyalty,
  quietlyLeaving: z
    .boolean()
    .describe(
      'Satisfied, and silent for longer than their own rhythm of visits allows, or for too many days without one',
    ),
};
export const customerSummary = z.strictObject(customer).meta({ id: 'CustomerSummary' });

export const customerAnswer = z
  .strictObject({
    ...customer,
    history: z.array(trustChange),
    journeys: z.array(journeySummary),
    next: z
      .strictObject({ stage, missing: z.array(requirement) })
      .nullable()
      .meta({ id: 'NextStage', description: 'What is missing for the stage above; null at the highest' }),
    total: z
      .strictObject({ history: count, journeys: count })
      .meta({ id: 'CustomerTotal', description: 'How many there are on all pages' }),
    nextCursor,
    parkedEvents,
    historyCut,
  })
  .meta({ id: 'Customer' });

export const customerFromRows = z
  .strictObject({
    ...customer,
    history: z.array(trustChange).describe('The last 500'),
    journeys: z.array(journeySummary).describe('The first 500'),
    ...fromRows,
  })
  .meta({
    id: 'CustomerFromRows',
    description: 'Answered while the log is away: without what is missing for the next stage, which only the log has',
  });

export const oneJourney = z.union([journeyAnswer, journeyFromRows]).meta({ id: 'OneJourney' });
export const oneCustomer = z.union([customerAnswer, customerFromRows]).meta({ id: 'OneCustomer' });

function pageOf<Item extends z.ZodType>(id: string, item: Item) {
  return z.strictObject({ items: z.array(item), nextCursor }).meta({ id });
}
export const journeyPage = pageOf('JourneyPage', journeySummary);
export const customerPage = pageOf('CustomerPage', customerSummary);

/** A row bears what it was split by under its own name: touchpoint, channel, attribute.colour, … */
const failureRateRow = z
  .object({
    touchpoint: z.string().optional(),
    channel: z.string().optional(),
    bucket: instant.nullable().describe('Start of the bucket; null without buckets'),
    moments: count,
    failures: count,
    rate: z.number(),
    low: z.number().describe('Of the Wilson 95 % interval'),
    high: z.number(),
  })
  .catchall(z.string())
  .meta({ id: 'FailureRate' });

export const failureRatesAnswer = z.strictObject({ rows: z.array(failureRateRow) }).meta({ id: 'FailureRates' });

export const customerTrustChange = z
  .strictObject({ customerId: z.string(), ...trustChange.shape })
  .meta({ id: 'TrustChange' });
export const trustChangePage = pageOf('TrustChangePage', customerTrustChange);

export const overviewAnswer = z
  .strictObject({
    now: instant,
    customersByStage: z
      .strictObject({ none: count, cognitive: count, affective: count, behavioural: count })
      .meta({ id: 'CustomersByStage' }),
    journeysByLevel: z.array(
      z
        .strictObject({ level: z.enum([...levels, '']).meta({ id: 'LevelOrNone' }), journeys: count })
        .meta({ id: 'JourneysAtLevel' }),
    ),
    journeysByStatus: z
      .strictObject({ open: count, completed: count, abandoned: count })
      .meta({ id: 'JourneysByStatus' }),
    promisesByState: z
      .strictObject({ open: count, kept: count, 'kept-late': count, broken: count, withdrawn: count })
      .meta({ id: 'PromisesByState' }),
    latestTrustChanges: z.array(customerTrustChange),
  })
  .meta({ id: 'Overview' });

export const promiseItem = z
  .strictObject({
    id: z.string(),
    customerId: z.string(),
    journeyId: z.string().nullable(),
    journeyType: z.string().nullable(),
    touchpoint: z.string().nullable(),
    what: z.string().nullable(),
    madeAt: instant,
    dueAt: instant,
    state: promiseState,
    closedAt: instant.nullable(),
  })
  .meta({ id: 'Promise' });
export const promisePage = pageOf('PromisePage', promiseItem);

export const complaintItem = z
  .strictObject({
    id: z.string(),
    customerId: z.string(),
    journeyId: z.string().nullable(),
    journeyType: z.string().nullable(),
    touchpoint: z.string().nullable(),
    channel: z.string().nullable(),
    severity: z.string().nullable(),
    raisedAt: instant,
    answeredAt: instant.nullable(),
    resolvedAt: instant.nullable(),
    followedUpAt: instant.nullable(),
    firstContact: z.boolean().nullable(),
    satisfaction: z.number().min(1).max(5).nullable(),
  })
  .meta({ id: 'Complaint' });
export const complaintPage = pageOf('ComplaintPage', complaintItem);

export const parkedItem = z
  .strictObject({
    position,
    customerId: z.string(),
    eventId: z.string(),
    source: z.string(),
    type: z.string(),
    error: z.string(),
  })
  .meta({ id: 'ParkedEvent' });
export const parkedPage = pageOf('ParkedEventPage', parkedItem);

export const parkedRetryAnswer = z
  .strictObject({
    asked: count.describe('Events that are to be tried again'),
    position: position.describe('Send it as Touchstone-After: from there on the answers say what came of it'),
  })
  .meta({ id: 'ParkedRetry' });

export const clockAnswer = z
  .strictObject({
    now: instant,
    offByMs: z
      .number()
      .describe(
        'How far the time of day is ahead (or back: negative) of what is trusted; 0 where it is trusted itself',
      ),
    leaps: z.array(
      z
        .strictObject({
          at: instant.describe('The last trusted now before it, or when what it had led to was withdrawn'),
          byMs: z.number().describe('How far; negative: back'),
          outcome: z.enum(leapOutcomes).meta({
            id: 'LeapOutcome',
            description:
              'returned: before it was believed; believed: it stayed; withdrawn: announcements told too early were taken back',
          }),
          customers: count.describe('Whose announcements were taken back: how many'),
          machine: z.string(),
        })
        .meta({ id: 'ClockLeap' }),
    ),
  })
  .meta({ id: 'Clock', description: 'Leaps that are over, the latest first' });

export const positionAnswer = z
  .strictObject({
    log: position.describe('Position of the last event in the log'),
    projected: position.describe('Position up to which the read model holds everything'),
    lagMs: z.number().nonnegative().describe('How long ago the first event not yet projected was recorded; 0 at rest'),
    accepted: count,
    cut: count.describe('Gone from the log since: an operator deleted or truncated their customer'),
    stored: count.describe('Without those'),
    projectedEvents: count,
    parked: count,
  })
  .meta({ id: 'Position', description: 'At rest, accepted = stored + cut, and stored = projectedEvents + parked' });

export const lostHistoryAnswer = z
  .strictObject({
    items: z.array(
      z
        .strictObject({
          generation: z
            .number()
            .int()
            .positive()
            .describe('Of the rows that still tell of it; to be dismissed by this number'),
          foundAt: instant.describe('When the log was found to have been put back'),
          fork: position.describe('Up to here the log holds all that the rows tell of'),
          events: count.describe(
            'Events that the log does not hold now: published again, they are not counted any more',
          ),
          customers: count.describe('Customers of whom the log knows nothing now'),
          minutes: z
            .array(
              z
                .strictObject({ minute: instant, source: z.string(), events: count })
                .meta({ id: 'LostMinute', description: 'Of one source, by when they were recorded' }),
            )
            .describe('The first 500, in order'),
          customerIds: z.array(z.string()).describe('The first 500, in order'),
        })
        .meta({ id: 'LostHistory' }),
    ),
  })
  .meta({ id: 'LostHistories', description: 'The oldest first; empty while nothing is lost' });

export const definitionVersion = z
  .strictObject({
    type: z.string(),
    version: z.number().int().positive().nullable(),
    state: z
      .enum(['in-force', 'waiting', 'past'])
      .meta({ id: 'DefinitionState' })
      .describe('waiting: comes into force with the next rebuild (POST /v1/rebuild)'),
    putAt: instant.nullable(),
    definition: definitionSchema,
  })
  .meta({ id: 'DefinitionVersion' });

export const definitionsAnswer = z.strictObject({ items: z.array(definitionVersion) }).meta({ id: 'Definitions' });

export const rebuildAnswer = z
  .strictObject({
    state: z.enum(['none', 'running', 'done', 'failed']).meta({ id: 'RebuildState' }),
    generation: z.number().int().positive().nullable(),
    startedAt: instant.nullable(),
    finishedAt: instant.nullable(),
    position: position.nullable(),
    target: position.nullable(),
    comparison: switchComparison.describe('With the generation in force, before the switch'),
    error: z.string().nullable(),
  })
  .meta({ id: 'Rebuild' });
