import { z } from 'zod';
import { journeyType, name } from './fields.ts';

const expectation = z.number().min(1).max(5);

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
  })
  .meta({ id: 'TouchpointDefinition' });

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
  })
  .meta({
    id: 'Definition',
    examples: [
      {
        type: 'order',
        title: 'Online order',
        completesOn: ['delivery.received'],
        touchpoints: { 'delivery.received': { title: 'Delivery', critical: true } },
      },
    ],
  });

export type Definition = z.infer<typeof definitionSchema>;
export type TouchpointDefinition = z.infer<typeof touchpointSchema>;

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
