import { z } from 'zod';
import { endpoint } from './endpoint.ts';
import {
  adjustmentKind,
  count,
  fromRows,
  historyCut,
  instant,
  instrument,
  journeyStatus,
  levelOrNull,
  nextCursor,
  pageOf,
  parkedEvents,
  promiseState,
  score,
  scoredInstrumentOrNull,
  stage,
  verdict,
  verdictOrNull,
} from './fields.ts';
import { pointOfView } from './folded.ts';
import { idParameter, pageParameters, sortParameter } from './parameters.ts';
import { goTogether, whereParameters } from './where.ts';

export const journeySummary = z
  .strictObject({
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
  })
  .meta({ id: 'JourneySummary' });

const whatIf = z
  .strictObject({
    kind: z
      .enum(['broken-promise', 'open-complaint', 'veto', 'moment'])
      .meta({ id: 'WhatIfKind' })
      .describe(
        'What would be otherwise: the promise kept in time, the complaint resolved, the critical failure recovered, the moment below expectation not scored (and the failure that it alone left not standing). All else stays as it happened',
      ),
    at: instant.describe('When it was due, raised or happened'),
    touchpoint: z.string().nullable(),
    eventId: z.string().optional().describe('Of a moment'),
    source: z.string().optional().describe('Of a moment'),
    promiseId: z.string().optional(),
    complaintId: z.string().optional(),
    score: score.nullable().describe("The journey's without it; null where nothing else is scored"),
  })
  .meta({ id: 'WhatIf' });

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
    whatIf: z.array(whatIf).describe('What cost points, with the score without it, the greatest gain first'),
  })
  .meta({
    id: 'Explanation',
    description:
      'Σ share · score + the points of other moments + Σ points of the adjustments, clamped to 0..100 and capped, is the score',
  });

const expectedPromise = z
  .strictObject({
    promiseId: z.string(),
    touchpoint: z.string().describe('Where a succeeded moment keeps it'),
    dueAt: instant.describe('Expected by'),
    counts: z.boolean().describe('False: a breach costs no points and is no incident'),
    state: promiseState,
    closedAt: instant.nullable(),
  })
  .meta({ id: 'ExpectedPromise' });

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
    expected: z.literal(true).optional().describe('The promise is one that the definition expects (`expects`)'),
    expects: z.array(expectedPromise).optional().describe('What is expected since this event, as it stands now'),
    from: stage.optional().describe('Of a change of the trust stage, with `to` and `because`'),
    to: stage.optional(),
    because: z.string().optional(),
  })
  .meta({ id: 'TimelineEntry' });

const journey = z
  .strictObject({
    ...journeySummary.shape,
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

const journeyFromRows = z.strictObject({ ...journeySummary.shape, ...fromRows }).meta({
  id: 'JourneyFromRows',
  description: 'Answered while the log is away: without what only the log has, which is how it came about',
});

export const getJourney = endpoint({
  id: 'getJourney',
  method: 'GET',
  path: '/v1/journeys/:journeyId',
  tag: 'Journeys',
  summary: 'One journey, with how its score came about',
  description:
    'Ids stand percent-encoded in the path. `moments` count interactions; `timeline` is every event of the journey, and whatever else moved its score or, while it was open, the stage. Long ones come a page at a time, `explanation.moments` and `explanation.whatIf` with them: `total` says how long the timeline is, and `explanation.otherMoments` what the moments of other pages give to the score. While the log is away the answer says what rows do (`source: rows`), or 503 where `asOf` or `knownAt` is asked for.',
  scope: 'read',
  waits: 'position',
  params: z.strictObject({ journeyId: idParameter }),
  query: z.strictObject({
    customerId: idParameter.describe('Whose journey; needed where several customers use the id').optional(),
    ...pointOfView.shape,
  }),
  answer: z.union([journey, journeyFromRows]).meta({ id: 'OneJourney' }),
  problems: [404, 410],
});

export const listJourneys = endpoint({
  id: 'listJourneys',
  method: 'GET',
  path: '/v1/journeys',
  tag: 'Journeys',
  summary: 'Journeys that pass all filters, a page at a time',
  scope: 'read',
  waits: 'rows',
  query: z
    .strictObject({
      ...whereParameters,
      sort: sortParameter('JourneySort', ['startedAt', 'lastAt', 'score', 'endedAt'], '-lastAt'),
      ...pageParameters,
    })
    .check(goTogether),
  answer: pageOf('JourneyPage', journeySummary),
});
