import { formatInstant, parseInstant } from '@touchstone/journey';
import { z } from 'zod';
import { parseDuration } from './duration.ts';

/** Parameters of a request. A codec has the text in the URL and its value. */

const TIME_WORDS = 'must be an RFC 3339 time with a zone, e.g. 2026-03-01T09:30:00Z';

/** A time, ms since 1970. */
export const instantParameter = z
  .codec(z.string().max(64, TIME_WORDS), z.number(), {
    decode: (text, context) => {
      const time = parseInstant(text);
      if (time !== undefined) return time;
      const lostPlus = / \d\d:\d\d$/.test(text);
      const message = lostPlus ? 'has a space before its zone: in a URL a plus is written %2B' : TIME_WORDS;
      context.issues.push({ code: 'custom', input: text, message });
      return z.NEVER;
    },
    encode: formatInstant,
  })
  .meta({ format: 'date-time', maxLength: undefined });

/** A length of time, ms; in the text `P2D`, `PT12H` or `P1W`. */
export const durationParameter = z
  .codec(z.string().max(64), z.number(), {
    decode: (text, context) => {
      const ms = parseDuration(text);
      if (ms !== undefined) return ms;
      const message = 'must be an ISO 8601 duration without months and years, e.g. P2D, PT12H or P1W';
      context.issues.push({ code: 'custom', input: text, message });
      return z.NEVER;
    },
    encode: (ms) => `PT${ms / 1000}S`,
  })
  .meta({ type: 'string', format: 'duration', maxLength: undefined });

export const idParameter = z.string().min(1).max(256);
export const nameParameter = z.string().min(1).max(128);
/** A name of rows, where an empty one means that it is missing. */
export const namedOrNot = z.string().max(4096);

export function numberParameter(least: number, most: number) {
  const words = `must be a number ${least}..${most}`;
  return z
    .codec(z.string().regex(/^-?\d{1,15}(?:\.\d{1,20})?$/, words), z.number(), { decode: Number, encode: String })
    .refine((value) => value >= least && value <= most, words)
    .meta({ type: 'number', pattern: undefined, minimum: least, maximum: most });
}

export function integerParameter(least: number, most: number) {
  const words = `must be a whole number ${least}..${most}`;
  return z
    .codec(z.string().regex(/^\d{1,15}$/, words), z.number(), { decode: Number, encode: String })
    .refine((value) => value >= least && value <= most, words)
    .meta({ type: 'integer', pattern: undefined, minimum: least, maximum: most });
}

export const flagParameter = z
  .codec(z.enum(['true', 'false']), z.boolean(), {
    decode: (text) => text === 'true',
    encode: (value) => (value ? ('true' as const) : ('false' as const)),
  })
  .meta({ type: 'boolean', enum: undefined });

type Sort<Name extends string> = Name | `-${Name}`;

/** One of the names; a minus means descending. */
export function sortParameter<const Name extends string>(
  id: string,
  names: readonly Name[],
  unless: NoInfer<Sort<Name>>,
) {
  const both = [...names, ...names.map((name): Sort<Name> => `-${name}`)];
  return z
    .enum(both as [Sort<Name>, ...Sort<Name>[]])
    .meta({ id })
    .default(unless as never)
    .describe('Descending with a minus; what has no value comes last both ways');
}

/** The page of a list: its size, and the end of the page before. */
export const pageParameters = {
  limit: integerParameter(1, 500).default(50).describe('Items of a page, at most; 50 unless told'),
  cursor: z
    .string()
    .min(1)
    .max(4096)
    .regex(/^[A-Za-z0-9_.:/-]+$/, 'must be `nextCursor` of the page before')
    .describe('`nextCursor` of the page before')
    .optional(),
};

export const noParameters = z.strictObject({});
/** Parameters are neither read nor refused. */
export const anyParameters = z.looseObject({});

const ATTRIBUTE = 'attribute.';

/** Attribute filters of one question; the engine looks for each in every row. */
export const ATTRIBUTE_FILTERS_MAX = 8;

/**
 * Attributes by name, in the URL as `attribute.<name>=<value>`. The limits of names and values are
 * those of events.
 */
export function attributeParameters(description: string) {
  const inUrl = z
    .record(
      z.string().regex(/^attribute\..{1,128}$/s, 'must name an attribute, in 1 to 128 characters'),
      z.string().max(4096),
    )
    .refine((filters) => Object.keys(filters).length <= ATTRIBUTE_FILTERS_MAX, {
      error: ({ input }) =>
        `attribute.<name>=<value> may be given ${ATTRIBUTE_FILTERS_MAX} times at most, and is ${Object.keys(input as object).length} times: ask by fewer attributes`,
    })
    .describe(description);
  return z.codec(inUrl, z.custom<Readonly<Record<string, string>>>(), {
    decode: (given) => renamed(given, (name) => name.slice(ATTRIBUTE.length)),
    encode: (named) => renamed(named, (name) => `${ATTRIBUTE}${name}`),
  });
}

/** Renames keys; `__proto__` is an ordinary key here. */
function renamed(values: Readonly<Record<string, string>>, change: (name: string) => string): Record<string, string> {
  return Object.fromEntries(Object.entries(values).map(([name, value]) => [change(name), value]));
}

/** Gathers the attributes of a URL in one object, as {@link attributeParameters} takes them. */
export function gatherAttributes(parameters: Readonly<Record<string, unknown>>): Readonly<Record<string, unknown>> {
  const rest: Record<string, unknown> = Object.create(null);
  const attributes: Record<string, unknown> = Object.create(null);
  for (const [name, value] of Object.entries(parameters)) {
    if (name.startsWith(ATTRIBUTE)) attributes[name] = value;
    else rest[name === 'attributes' ? 'attributes (write attribute.<name>)' : name] = value;
  }
  return Object.keys(attributes).length === 0 ? rest : { ...rest, attributes };
}
