import { z } from 'zod';
import { CliError } from '../cli-error.ts';
import { switchComparison } from './trial-answers.ts';

/**
 * The fields of the API's answers that the commands show. The schemas name no others, so that the
 * commands also read the answers of a newer system.
 */

const score = z.number().nullable();

const summary = z.object({
  id: z.string(),
  type: z.string(),
  customerId: z.string(),
  status: z.string(),
  startedAt: z.string(),
  lastAt: z.string(),
  endedAt: z.string().nullable(),
  score,
  level: z.string().nullable(),
  moments: z.number(),
  failures: z.number(),
  brokenPromises: z.number(),
  promisesKeptLate: z.number().optional(),
  openComplaints: z.number(),
});

export const lostHistoryAnswer = z.object({
  items: z.array(
    z.object({
      generation: z.number(),
      foundAt: z.string(),
      fork: z.string(),
      events: z.number(),
      customers: z.number(),
      minutes: z.array(z.object({ minute: z.string(), source: z.string(), events: z.number() })),
      customerIds: z.array(z.string()),
    }),
  ),
});

/** Fields of an answer that came from the read model, because the log was unavailable. */
const fromRows = { source: z.string().optional(), settledTo: z.string().optional() };

export const journeyAnswer = z.object({
  ...summary.shape,
  ...fromRows,
  explanation: z
    .object({
      moments: z.array(
        z.object({
          eventId: z.string(),
          touchpoint: z.string().nullish(),
          instrument: z.string().nullish(),
          at: z.string(),
          expectation: z.number(),
          perception: z.number(),
          verdict: z.string(),
          score: z.number(),
          weight: z.number(),
          share: z.number(),
        }),
      ),
      adjustments: z.array(z.object({ kind: z.string(), points: z.number() })),
      cap: z.number().nullish(),
      score,
    })
    .optional(),
  timeline: z
    .array(
      z.object({
        type: z.string(),
        at: z.string(),
        order: z.number().optional(),
        isFallenDue: z.boolean().optional(),
        touchpoint: z.string().nullish(),
        outcome: z.string().nullish(),
        instrument: z.string().nullish(),
        promiseId: z.string().nullish(),
        expected: z.boolean().nullish(),
        expects: z
          .array(
            z.object({
              touchpoint: z.string(),
              dueAt: z.string(),
              state: z.string(),
              closedAt: z.string().nullable(),
            }),
          )
          .nullish(),
        from: z.string().nullish(),
        to: z.string().nullish(),
        because: z.string().nullish(),
        verdict: z.string().nullish(),
        score: score.optional(),
        scoreBefore: score,
        scoreAfter: score,
      }),
    )
    .optional(),
});
export type JourneyAnswer = z.infer<typeof journeyAnswer>;

export const customerAnswer = z.object({
  ...fromRows,
  id: z.string(),
  stage: z.string(),
  since: z.string().nullable(),
  satisfaction: score,
  satisfiedMoments: z.number(),
  delights: z.number(),
  purchases: z.number(),
  loyalty: z.string(),
  quietlyLeaving: z.boolean(),
  history: z.array(
    z.object({ from: z.string(), to: z.string(), at: z.string(), because: z.string(), satisfaction: score }),
  ),
  journeys: z.array(summary),
  next: z
    .object({
      stage: z.string(),
      missing: z.array(
        z.object({
          requirement: z.string(),
          have: z.number().nullable(),
          need: z.number(),
          comparison: z.string().optional(),
        }),
      ),
    })
    .nullish(),
});
export type CustomerAnswer = z.infer<typeof customerAnswer>;

export const rebuildAnswer = z.object({
  state: z.string(),
  generation: z.number().nullish(),
  startedAt: z.string().nullish(),
  position: z.string().nullish(),
  target: z.string().nullish(),
  comparison: switchComparison.nullish(),
  error: z.string().nullish(),
});
export type RebuildAnswer = z.infer<typeof rebuildAnswer>;

const parkedItem = z.object({
  position: z.string(),
  customerId: z.string(),
  type: z.string(),
  error: z.string(),
});
export type ParkedItem = z.infer<typeof parkedItem>;

export const parkedPage = z.object({ items: z.array(parkedItem), nextCursor: z.string().nullable() });

export const parkedRetryAnswer = z.object({ asked: z.number(), position: z.string() });

export const positionAnswer = z.object({
  log: z.string(),
  projected: z.string(),
  lagMs: z.number(),
  accepted: z.number(),
  cut: z.number().default(0),
  stored: z.number(),
  projectedEvents: z.number(),
  parked: z.number(),
});

export const clockAnswer = z.object({
  now: z.string(),
  offByMs: z.number(),
  leaps: z.array(
    z.object({ at: z.string(), byMs: z.number(), outcome: z.string(), customers: z.number(), machine: z.string() }),
  ),
});

export const definitionsAnswer = z.object({
  items: z.array(
    z.object({
      type: z.string(),
      version: z.number().nullable(),
      state: z.string(),
      putAt: z.string().nullable(),
      definition: z.object({
        title: z.string().optional(),
        touchpoints: z.record(z.string(), z.object({ title: z.string().optional() })).optional(),
      }),
    }),
  ),
});

/** Reads an answer; if it is not as expected, another program or version stands there. */
export function readAnswer<Schema extends z.ZodType>(schema: Schema, answer: unknown, what: string): z.infer<Schema> {
  const parsed = schema.safeParse(answer);
  if (parsed.success) return parsed.data;
  throw new CliError(`The answer to ${what} is not as expected (another version?):\n${z.prettifyError(parsed.error)}`);
}
