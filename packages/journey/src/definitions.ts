import { z } from 'zod';
import { journeyType, name } from './fields.ts';

const expectation = z.number().min(1).max(5);

/** Maximum number of expected touchpoints per definition. */
export const EXPECTED_TOUCHPOINTS_MAX = 64;

const touchpointSchema = z
  .strictObject({
    title: z.string().max(256).optional(),
    /** Weight of a moment at this touchpoint in the journey's score; the default is 1. */
    weight: z.number().positive().max(1_000_000).optional(),
    /**
     * A failure at this touchpoint vetoes the journey's score ("100 − 1 = 0") until it is
     * recovered.
     */
    critical: z.boolean().optional(),
    expectation: expectation.optional(),
    /** Target of `durationMs`. */
    targetMs: z.number().positive().max(1e12).optional(),
    /** The expectation that the company believes customers to have, 1..5; it changes no score. */
    believed: expectation.optional(),
    /** The standard that the company sets itself, 1..5; it changes no score. */
    standard: expectation.optional(),
    /** The level that the company promises outside, 1..5; it changes no score. */
    promised: expectation.optional(),
  })
  .meta({ id: 'TouchpointDefinition' });

const expectedTouchpointSchema = z
  .strictObject({
    /** The first succeeded moment here begins the wait. */
    after: name,
    /** A succeeded moment here within {@link withinMs} keeps the promise. */
    touchpoint: name,
    withinMs: z.int().positive().max(1e12),
    /** If false, a breach is listed and announced, but costs no points and is no incident. */
    counts: z.boolean().optional(),
  })
  .refine(({ after, touchpoint }) => after !== touchpoint, {
    path: ['touchpoint'],
    message: 'must be another touchpoint than after',
  })
  .meta({ id: 'ExpectedTouchpoint' });

/** How a case may deviate from the steps of its definition. */
export const deviationKinds = ['unexpected', 'repeated', 'missing', 'out-of-order'] as const;

const allowedSchema = z
  .strictObject({ kind: z.enum(deviationKinds).meta({ id: 'DeviationKind' }), touchpoint: name })
  .meta({ id: 'AllowedDeviation' });

const isPairOnce = (expects: readonly { readonly after: string; readonly touchpoint: string }[]) =>
  new Set(expects.map(({ after, touchpoint }) => JSON.stringify([after, touchpoint]))).size === expects.length;

/** Definition of a journey type: its touchpoints, weights and targets, and how it ends. */
export const definitionSchema = z
  .strictObject({
    type: journeyType,
    title: z.string().max(256).optional(),
    expectation: expectation.optional(),
    abandonAfterDays: z.number().positive().max(36_500).optional(),
    /** The touchpoints in the intended order. */
    steps: z.array(name).max(256).optional(),
    /** A succeeded moment at one of these completes the journey. */
    completesOn: z.array(name).max(256).optional(),
    touchpoints: z.record(name, touchpointSchema).optional(),
    /** Touchpoints that follow others within a time: promises that nobody has to publish. */
    expects: z
      .array(expectedTouchpointSchema)
      .max(EXPECTED_TOUCHPOINTS_MAX)
      .refine(isPairOnce, 'must name each pair of after and touchpoint once')
      .optional(),
    /** Deviations from `steps` that conformance does not count. */
    allow: z.array(allowedSchema).max(1024).optional(),
  })
  .meta({
    id: 'Definition',
    examples: [
      {
        type: 'order',
        title: 'Online order',
        completesOn: ['delivery.received'],
        touchpoints: { 'delivery.received': { title: 'Delivery', critical: true } },
        expects: [{ after: 'order.placed', touchpoint: 'delivery.received', withinMs: 432_000_000 }],
      },
    ],
  });

export type Definition = z.infer<typeof definitionSchema>;
export type TouchpointDefinition = z.infer<typeof touchpointSchema>;
export type ExpectedTouchpoint = z.infer<typeof expectedTouchpointSchema>;

/** The current definitions, by journey type. */
export type Definitions = ReadonlyMap<string, Definition>;

export function definitionsByType(definitions: Iterable<Definition>): Definitions {
  return new Map(Array.from(definitions, (definition) => [definition.type, definition]));
}

/** The touchpoint's entry in a definition, if both exist. Names such as `constructor` are safe. */
export function touchpointOf(
  definition: Definition | undefined,
  touchpoint: string | undefined,
): TouchpointDefinition | undefined {
  const touchpoints = definition?.touchpoints;
  if (touchpoints === undefined || touchpoint === undefined || !Object.hasOwn(touchpoints, touchpoint))
    return undefined;
  return touchpoints[touchpoint];
}
