import { definitionSchema } from '@touchstone/journey';
import { z } from 'zod';
import { endpoint } from '../endpoint.ts';
import { count } from '../fields.ts';
import { noParameters } from '../parameters.ts';
import { where } from '../where.ts';
import { clocks, journeysBehind, mean, meanDifference, pageAsked, rate } from './parts.ts';

const name = z.string().max(128);

/** A way in which a case deviates from the steps of its type, as definitions name it. */
const deviation = definitionSchema.shape.allow.unwrap().element;

const conformance = {
  where: where
    .check(({ value, issues }) => {
      if (value.type !== undefined) return;
      issues.push({
        code: 'custom',
        input: value,
        path: ['type'],
        message: 'must be given: steps are those of a type',
      });
    })
    .meta({ id: 'WhereOfType' }),
  steps: z
    .array(name)
    .min(1)
    .max(256)
    .refine((names) => new Set(names).size === names.length, 'must name each touchpoint once')
    .describe('The touchpoints in their order; those of the definition unless told')
    .optional(),
  allow: z
    .array(deviation)
    .max(1024)
    .default([])
    .describe('Deviations that do not count, besides those that the definition allows'),
  includeOpen: z.boolean().default(false).describe('Whether open journeys are looked at too'),
  ...clocks,
};

const side = z.strictObject({ medianMs: mean, meanScore: mean }).meta({ id: 'DeviationSide' });

export const askConformance = endpoint({
  id: 'askConformance',
  method: 'POST',
  path: '/v1/analytics/conformance',
  tag: 'Questions',
  summary: 'How far journeys keep to the steps of their type, and what deviations go with',
  description:
    'unexpected: a moment at a touchpoint that is no step. repeated: a step with several moments. missing: a step without one, though the journey has ended or gone on. out-of-order: the first moment at a later step comes before its own. Answers 400 `no_steps` where neither the question nor a definition has steps.',
  scope: 'read',
  waits: 'rows',
  query: noParameters,
  body: z.strictObject(conformance).meta({ id: 'ConformanceQuestion', examples: [{ where: { type: 'order' } }] }),
  answer: z
    .strictObject({
      cases: count.describe('Journeys looked at'),
      open: count.describe('Open journeys left out'),
      conforming: rate,
      deviations: z.array(
        z
          .strictObject({
            ...deviation.shape,
            cases: count,
            share: z.number(),
            with: side,
            without: side,
            effect: meanDifference.describe('Mean score with the deviation minus without it: no proof of a cause'),
          })
          .meta({ id: 'DeviationFound' }),
      ),
    })
    .meta({ id: 'Conformance' }),
});

export const listConformanceJourneys = endpoint({
  id: 'listConformanceJourneys',
  method: 'POST',
  path: '/v1/analytics/conformance/journeys',
  tag: 'Questions',
  summary: 'The journeys that deviate so, or that conform',
  scope: 'read',
  waits: 'rows',
  query: noParameters,
  body: z
    .strictObject({
      ...conformance,
      deviation: deviation.optional(),
      conforming: z.boolean().optional(),
      ...pageAsked,
    })
    .check(({ value, issues }) => {
      if ((value.deviation === undefined) !== (value.conforming === undefined)) return;
      const message = 'or conforming must be given, and not both';
      issues.push({ code: 'custom', input: value, path: ['deviation'], message });
    })
    .meta({ id: 'ConformanceJourneysQuestion', examples: [{ where: { type: 'order' }, conforming: false }] }),
  answer: journeysBehind,
});
