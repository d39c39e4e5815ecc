import { z } from 'zod';
import { journeyStatus, level, stage } from './fields.ts';
import {
  ATTRIBUTE_FILTERS_MAX,
  attributeParameters,
  durationParameter,
  flagParameter,
  instantParameter,
  numberParameter,
} from './parameters.ts';

/** Characters of an id or a name in a question; those of events are no longer. */
const id = z.string().max(256);
const name = z.string().max(128);

/** An attribute's value in a body, as the text that it is compared as. */
const attributeValue = z
  .union([z.string().max(4096), z.number(), z.boolean()])
  .meta({ id: 'AttributeValue' })
  .transform(String);

/** Attributes by name, in the body of a question. */
export const attributesInBody = z.codec(
  z
    .custom<Readonly<Record<string, z.input<typeof attributeValue>>>>(
      (value) => typeof value === 'object' && value !== null && !Array.isArray(value),
      'must be an object',
    )
    .meta({ type: 'object', additionalProperties: {} }),
  z.custom<Readonly<Record<string, string>>>(),
  {
    decode: (given, context) => {
      const names = Object.keys(given);
      const fault = (message: string, path: string[] = []) =>
        context.issues.push({ code: 'custom', input: given, path, message });
      if (names.length > ATTRIBUTE_FILTERS_MAX) fault(`may name ${ATTRIBUTE_FILTERS_MAX} attributes at most`);
      return Object.fromEntries(
        names.map((key) => {
          const read = attributeValue.safeParse(given[key]);
          if (read.success && key.length <= 128) return [key, read.data];
          fault('must be a string, a number or a boolean, under a name of 128 characters at most', [key]);
          return [key, ''];
        }),
      );
    },
    encode: (named) => named,
  },
);

/** How a filter stands in an address, and in the body of a question. */
interface Filter<InUrl extends z.ZodType, InBody extends z.ZodType> {
  readonly inUrl: InUrl;
  readonly inBody: InBody;
}

const both = <Schema extends z.ZodType>(schema: Schema): Filter<Schema, Schema> => ({
  inUrl: schema,
  inBody: schema,
});
const flag = { inUrl: flagParameter, inBody: z.boolean() };
const score = { inUrl: numberParameter(0, 100), inBody: z.number().min(0).max(100) };

/**
 * The filters on journeys, each once: for the list of journeys, for all questions about many
 * journeys, for exports and for the page's addresses. All that are given must hold.
 */
const filters = {
  customerId: both(id),
  type: both(name),
  status: both(journeyStatus),
  from: both(instantParameter),
  to: both(instantParameter),
  minScore: score,
  maxScore: score,
  level: both(level),
  stage: both(stage),
  touchpoint: both(name),
  channel: both(name),
  team: both(name),
  site: both(name),
  attributes: {
    inUrl: attributeParameters(
      `\`attribute.<name>=<value>\`: the journey has this attribute with this value. May be given for ${ATTRIBUTE_FILTERS_MAX} names at most.`,
    ),
    inBody: attributesInBody,
  },
  hasFailure: flag,
  hasBrokenPromise: flag,
  hasComplaint: flag,
  variant: both(z.string().regex(/^[0-9a-f]{16}$/, 'must be the variant of an answer: 16 hexadecimal digits')),
  stuckAt: both(name),
  idleFor: both(durationParameter),
} as const satisfies Record<string, Filter<z.ZodType, z.ZodType>>;
type Filters = typeof filters;

const meanings: Readonly<Record<keyof Filters, string>> = {
  customerId: 'Journeys of this customer',
  type: 'Journeys of this type',
  status: 'Open, completed or abandoned',
  from: 'Started at or after',
  to: 'Started before',
  minScore: 'Score at least',
  maxScore: 'Score at most',
  level: 'Satisfaction level of the score',
  stage: 'The trust stage in which their customer is',
  touchpoint: 'Some moment was at this touchpoint',
  channel: 'Some moment came over this channel',
  team: 'Some moment was served by this team; empty: by none',
  site: 'Some moment was served at this site; empty: at none',
  attributes: 'The journey has these attributes with these values',
  hasFailure: 'Some moment did not succeed, or none failed',
  hasBrokenPromise: 'Some promise was not kept in time, or none was broken',
  hasComplaint: 'A complaint was ever raised in it, or none was',
  variant: 'Its moments were at these touchpoints, in this order: `variant` of an answer on variants',
  stuckAt: 'Open, and its last moment was at this touchpoint, `idleFor` ago or longer',
  idleFor: 'With `stuckAt`: how long ago its last moment is at least, as an ISO 8601 duration',
};

/** The filters in one of their forms, all of them optional. */
type Shape<Form extends 'inUrl' | 'inBody'> = { [Name in keyof Filters]: z.ZodOptional<Filters[Name][Form]> };

function shape<Form extends 'inUrl' | 'inBody'>(form: Form): Shape<Form> {
  const entries = Object.entries(filters).map(([key, filter]) => {
    const meaning = form === 'inUrl' && key === 'attributes' ? undefined : meanings[key as keyof Filters];
    return [key, meaning === undefined ? filter[form].optional() : filter[form].describe(meaning).optional()];
  });
  return Object.fromEntries(entries) as Shape<Form>;
}

/** The filters as parameters of an address; {@link goTogether} belongs to them. */
export const whereParameters = shape('inUrl');

/** Adds to a schema with the filters that `stuckAt` and `idleFor` are given together. */
export function goTogether({
  value,
  issues,
}: z.core.ParsePayload<{ readonly stuckAt?: string | undefined; readonly idleFor?: number | undefined }>): void {
  if ((value.stuckAt === undefined) === (value.idleFor === undefined)) return;
  const missing = value.stuckAt === undefined ? 'stuckAt' : 'idleFor';
  issues.push({
    code: 'custom',
    input: value,
    path: [missing],
    message: 'must be given too: stuckAt and idleFor go together',
  });
}

/** The selection of journeys in the body of a question. */
export const where = z.strictObject(shape('inBody')).check(goTogether).meta({ id: 'Where' });

/** A parsed selection of journeys: times in ms since 1970, `idleFor` in ms, attributes as text. */
export type Where = Readonly<Partial<z.output<typeof where>>>;

/** Filters by what is not kept for the past, so that they cannot go with `asOf` or `knownAt`. */
export const presentFilters = [
  'minScore',
  'maxScore',
  'level',
  'stage',
  'hasBrokenPromise',
  'hasComplaint',
] as const satisfies readonly (keyof Where)[];
