import { z } from 'zod';
import { endpoint } from '../endpoint.ts';
import { count, nextCursor } from '../fields.ts';
import { noParameters } from '../parameters.ts';
import { asked, journeysBehind, mean, pageAsked } from './parts.ts';

const activities = ['touchpoint', 'channel', 'outcome'] as const;
export type Activity = (typeof activities)[number];

/** How a case becomes a sequence of labels. */
const sequence = {
  ...asked,
  activity: z
    .array(z.enum(activities).meta({ id: 'Activity' }))
    .min(1)
    .max(3)
    .refine((names) => new Set(names).size === names.length, 'must name each once')
    .default(['touchpoint'])
    .describe('What a label says of a moment, in this order'),
  collapse: z.boolean().default(false).describe('Whether a run of equal labels is one'),
};

/** Labels that an answer on paths lists. */
export const PATH_NODES_MAX = 200;

const paths = {
  ...sequence,
  nodesMax: z
    .int()
    .min(1)
    .max(PATH_NODES_MAX)
    .default(30)
    .describe('Labels listed, those of most journeys; the others are one more, `(other)`'),
};

const OURS =
  '`(start)`, `(end)`, `(open)` and `(other)` are labels of the answer; what is itself called so is shown, and asked for, with doubled parentheses.';

export const askPaths = endpoint({
  id: 'askPaths',
  method: 'POST',
  path: '/v1/analytics/paths',
  tag: 'Questions',
  summary: 'Which moments follow which, how often and how soon',
  description: `${OURS} What flows into a node flows out of it.`,
  scope: 'read',
  waits: 'rows',
  query: noParameters,
  body: z.strictObject(paths).meta({ id: 'PathsQuestion', examples: [{ where: { type: 'order' } }] }),
  answer: z
    .strictObject({
      cases: count.describe('Selected journeys with a moment'),
      nodes: z.array(
        z
          .strictObject({
            label: z.string(),
            count: count.describe('How often'),
            journeys: count.describe('In how many journeys'),
            failures: count,
            meanScore: mean.describe('Of its moments'),
          })
          .meta({ id: 'PathNode' }),
      ),
      edges: z.array(
        z
          .strictObject({
            from: z.string(),
            to: z.string(),
            count: count.describe('How often'),
            journeys: count.describe('In how many journeys'),
            medianMs: mean.describe('Between the two; null at start and end'),
          })
          .meta({ id: 'PathEdge' }),
      ),
    })
    .meta({ id: 'Paths' }),
});

const label = z.string().max(512);

export const listPathsJourneys = endpoint({
  id: 'listPathsJourneys',
  method: 'POST',
  path: '/v1/analytics/paths/journeys',
  tag: 'Questions',
  summary: 'The journeys behind a node or an edge of the paths',
  description: OURS,
  scope: 'read',
  waits: 'rows',
  query: noParameters,
  body: z
    .strictObject({
      ...paths,
      node: label.describe('Label of the node').optional(),
      edge: z.strictObject({ from: label, to: label }).meta({ id: 'PathEdgeAsked' }).optional(),
      ...pageAsked,
    })
    .check(({ value, issues }) => {
      if ((value.node === undefined) !== (value.edge === undefined)) return;
      issues.push({ code: 'custom', input: value, path: ['node'], message: 'or edge must be given, and not both' });
    })
    .meta({ id: 'PathsJourneysQuestion', examples: [{ where: { type: 'order' }, node: 'delivery.received' }] }),
  answer: journeysBehind,
});

export const askVariants = endpoint({
  id: 'askVariants',
  method: 'POST',
  path: '/v1/analytics/variants',
  tag: 'Questions',
  summary: 'The different ways that journeys take, the most frequent first',
  description: 'One variant is one sequence of labels. Its journeys are those of `where.variant`.',
  scope: 'read',
  waits: 'rows',
  query: noParameters,
  body: z
    .strictObject({ ...sequence, ...pageAsked })
    .meta({ id: 'VariantsQuestion', examples: [{ where: { type: 'order' } }] }),
  answer: z
    .strictObject({
      cases: count.describe('Selected journeys with a moment'),
      variants: count.describe('How many different ones there are'),
      items: z.array(
        z
          .strictObject({
            variant: z
              .string()
              .nullable()
              .describe('For `where.variant`; null for other activities and collapsed sequences'),
            labels: z.array(z.string()).describe('100 at most: `length` says how many there are'),
            length: count,
            count,
            share: z.number().describe('Of the cases'),
            medianMs: mean.describe('From the first moment to the last'),
            meanScore: mean.describe('Of the journeys'),
            failures: count.describe('Cases with a failure'),
            ended: count.describe('Cases whose journey is not open'),
            conforming: count
              .nullable()
              .describe('Of these, those that conform to the steps of their type; null without a type that has steps'),
          })
          .meta({ id: 'Variant' }),
      ),
      nextCursor,
    })
    .meta({ id: 'Variants' }),
});
