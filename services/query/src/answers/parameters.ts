import { parseInstant } from '@touchstone/journey';
import { type InputError, Problem } from '@touchstone/runtime';
import type { FastifySchemaCompiler } from 'fastify';
import { z } from 'zod';

/** Parameters of a request, as zod. Each is a text as it stands in the URL, and becomes what it means. */

const TIME_WORDS = 'must be an RFC 3339 time with a zone, e.g. 2026-03-01T09:30:00Z';

/** A time, in ms. */
export const instantParameter = z
  .string()
  .max(64, TIME_WORDS)
  .transform((text, context) => {
    const time = parseInstant(text);
    if (time !== undefined) return time;
    const lostPlus = / \d\d:\d\d$/.test(text);
    context.addIssue(lostPlus ? 'has a space before its zone: in a URL a plus is written %2B' : TIME_WORDS);
    return z.NEVER;
  })
  .meta({ format: 'date-time', maxLength: undefined });

export const idParameter = z.string().min(1).max(256);
export const nameParameter = z.string().min(1).max(128);

export function numberParameter(least: number, most: number) {
  const words = `must be a number ${least}..${most}`;
  return z
    .string()
    .regex(/^-?\d{1,15}(?:\.\d{1,20})?$/, words)
    .transform(Number)
    .refine((value) => value >= least && value <= most, words)
    .meta({ type: 'number', pattern: undefined, minimum: least, maximum: most });
}

export function integerParameter(least: number, most: number) {
  const words = `must be a whole number ${least}..${most}`;
  return z
    .string()
    .regex(/^\d{1,15}$/, words)
    .transform(Number)
    .refine((value) => value >= least && value <= most, words)
    .meta({ type: 'integer', pattern: undefined, minimum: least, maximum: most });
}

export const flagParameter = z
  .enum(['true', 'false'])
  .transform((value) => value === 'true')
  .meta({ type: 'boolean', enum: undefined });

/** How a list is cut: at most 500 items, and where the page before ended. */
export const pageParameters = {
  limit: integerParameter(1, 500).default(50).describe('Items of a page, at most; 50 unless told'),
  cursor: z.string().min(1).max(4096).describe('`nextCursor` of the page before').optional(),
};

const ATTRIBUTE = 'attribute.';

/** Filters by attributes of one question: each is looked for in every row. */
export const ATTRIBUTE_FILTERS_MAX = 8;

/** Some `attribute.<name>=<value>`; gathered by {@link compileParameters}. Names and values are as long as those of events may be. */
export const attributeParameters = z
  .record(
    z.string().regex(/^attribute\..{1,128}$/s, 'must name an attribute, in 1 to 128 characters'),
    z.string().max(4096),
  )
  .refine((filters) => Object.keys(filters).length <= ATTRIBUTE_FILTERS_MAX, {
    error: ({ input }) =>
      `attribute.<name>=<value> may be given ${ATTRIBUTE_FILTERS_MAX} times at most, and is ${Object.keys(input as object).length} times: ask by fewer attributes`,
  })
  .describe(
    `\`attribute.<name>=<value>\`: the journey has this attribute with this value. May be given for ${ATTRIBUTE_FILTERS_MAX} names at most.`,
  );

/**
 * Checks what zod is given for a route, and answers with every fault at once: each with its parameter and what to do. A parameter that the
 * route does not have, and one given twice, are faults.
 */
export const compileParameters: FastifySchemaCompiler<z.ZodType> = ({ schema, httpPart, method }) => {
  if (httpPart === 'headers') return (data: unknown) => ({ value: data });
  const isQuery = httpPart === 'querystring';
  return (data: unknown) => {
    const input = isQuery ? gatherAttributes(schema, data as Query) : data;
    const parsed = schema.safeParse(input);
    if (parsed.success) return { value: parsed.data };
    const errors = parsed.error.issues.flatMap((issue) => faultsOf(schema, issue, input, isQuery));
    return { error: invalid(method ?? '', httpPart ?? 'request', errors) };
  };
};

type Query = Readonly<Record<string, unknown>>;

/** The names of a query's parameters. */
function namesIn(schema: z.ZodType): readonly string[] {
  const names = schema instanceof z.ZodObject ? Object.keys(schema.shape) : [];
  return names.map((name) => (name === 'attributes' ? 'attribute.<name>' : name));
}

function gatherAttributes(schema: z.ZodType, query: Query): Query {
  if (!(schema instanceof z.ZodObject) || !('attributes' in schema.shape)) return query;
  const rest: Record<string, unknown> = Object.create(null);
  const attributes: Record<string, unknown> = Object.create(null);
  for (const [name, value] of Object.entries(query)) {
    if (name.startsWith(ATTRIBUTE)) attributes[name] = value;
    else rest[name === 'attributes' ? 'attributes (write attribute.<name>)' : name] = value;
  }
  return Object.keys(attributes).length === 0 ? rest : { ...rest, attributes };
}

/** The attributes of {@link attributeParameters}, by their names. */
export function attributesOf(parameters: Readonly<Record<string, string>> | undefined): Record<string, string> {
  const entries = Object.entries(parameters ?? {});
  return Object.fromEntries(entries.map(([name, value]) => [name.slice(ATTRIBUTE.length), value]));
}

function faultsOf(schema: z.ZodType, issue: z.core.$ZodIssue, input: unknown, isQuery: boolean): InputError[] {
  const inAttributes = isQuery && issue.path[0] === 'attributes';
  const path = issue.path.slice(inAttributes ? 1 : 0).join('.');
  if (issue.code === 'unrecognized_keys') {
    const known = namesIn(schema).join(', ');
    const message = !isQuery
      ? 'is not known here'
      : `is not a parameter here; ${known === '' ? 'there are none' : `there are: ${known}`}`;
    return issue.keys.map((key) => ({ path: [...issue.path, key].join('.'), message }));
  }
  if (isQuery && Array.isArray(valueAt(input, issue.path))) return [{ path, message: 'must be given once' }];
  return [{ path, message: issue.message }];
}

function valueAt(input: unknown, path: readonly PropertyKey[]): unknown {
  let value = input;
  for (const key of path) value = (value as Record<PropertyKey, unknown> | undefined)?.[key];
  return value;
}

function invalid(method: string, httpPart: string, errors: readonly InputError[]): Problem {
  const where = httpPart === 'querystring' ? 'query' : httpPart === 'params' ? 'path' : httpPart;
  const faults = errors.slice(0, 5).map(({ path, message }) => (path === '' ? message : `${path}: ${message}`));
  const more = errors.length > 5 ? `; and ${errors.length - 5} more` : '';
  // What is put here is a definition, and nothing else.
  const code = httpPart === 'body' && method === 'PUT' ? 'invalid_definition' : 'invalid_query';
  return new Problem(code, `The ${where} is not as it must be: ${faults.join('; ')}${more}`, { errors });
}
