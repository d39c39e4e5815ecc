import { dataSchemas, eventTypeOfShort, eventTypes, shortTypeOf } from '@touchstone/journey';
import { readJson } from '@touchstone/runtime';
import { z } from 'zod';
import { timeReader } from './read-time.ts';
import { encodingName } from './text-encoding.ts';

const scalar = z.union([z.string(), z.number(), z.boolean()]);
const thousandsSchema = z.enum(['.', ',', ' ', "'", '’']);

/**
 * Format of times. Each part is checked by itself when the mapping is read, so that a bad one is
 * reported before any row.
 */
const timeStyle = {
  format: timePart('format').optional(),
  /** Zone of times that name none. */
  zone: timePart('zone').optional(),
  /** Language of the names of months and days. */
  locale: timePart('locale').optional(),
};

function timePart(part: 'format' | 'zone' | 'locale') {
  return z.string().superRefine((text, context) => {
    try {
      timeReader({ format: ANY_FORMAT, [part]: text, now: 0 });
    } catch (error) {
      context.addIssue({ code: 'custom', message: (error as Error).message });
    }
  });
}

const ANY_FORMAT = 'yyyy-MM-dd';

/** A column, or a text made of columns, and its conversion. */
const cellSchema = z
  .strictObject({
    column: z.string().min(1).optional(),
    text: z.string().min(1).optional(),
    /**
     * Two texts that are times, the later one first; the value is the milliseconds between them.
     */
    minus: z.tuple([z.string().min(1), z.string().min(1)]).optional(),
    /** Trims white space before all else. */
    trim: z.boolean().optional(),
    /** From values in the file to values of the event. */
    map: z.record(z.string(), scalar).optional(),
    /** For values missing in `map`: a text with columns. Without it such a row is a bad row. */
    otherwise: z.string().optional(),
    as: z.enum(['text', 'number', 'boolean', 'time', 'rating']).optional(),
    min: z.number().optional(),
    max: z.number().optional(),
    ...timeStyle,
    /** Number format of this cell, if it differs from the file's. */
    decimalComma: z.boolean().optional(),
    thousands: thousandsSchema.optional(),
  })
  .refine(
    ({ column, text, minus }) => [column, text, minus].filter((source) => source !== undefined).length === 1,
    'needs `column` or `text`, one of them (or `minus`)',
  )
  .refine(
    (cell) => cell.minus === undefined || (cell.as === undefined && cell.map === undefined),
    '`minus` is a number of milliseconds; it goes with `format`, `zone` and `locale` alone',
  )
  .refine(
    (cell) => cell.as !== 'rating' || (cell.min !== undefined && cell.max !== undefined),
    'a rating needs `min` and `max`',
  )
  .refine((cell) => cell.otherwise === undefined || cell.map !== undefined, '`otherwise` goes with `map`');

/**
 * In a string, `{column}` stands for the value of that column; an object with `column` or `text` is
 * a cell.
 */
const valueSchema = z.union([scalar, cellSchema]);
const recordSchema = z.record(z.string(), valueSchema).refine((record) => !isMeantAsCell(record), 'is a cell');
const fieldSchema = z.union([scalar, cellSchema, recordSchema]);

const timeSchema = z
  .strictObject({
    column: z.string().min(1).optional(),
    text: z.string().min(1).optional(),
    ...timeStyle,
    /**
     * For an empty time: `reject` makes the row a bad row, `skip` leaves the event out and counts
     * it. An unreadable time always makes a bad row.
     */
    whenMissing: z.enum(['reject', 'skip']).default('reject'),
  })
  .refine(
    ({ column, text }) => (column === undefined) !== (text === undefined),
    'needs `column` or `text`, one of them',
  );

const conditionSchema = z.union([
  z.string(),
  z.array(z.string()).min(1),
  z.strictObject({ not: z.union([z.string(), z.array(z.string()).min(1)]) }),
  z.strictObject({ present: z.boolean() }),
]);

const shortTypes = eventTypes.map(shortTypeOf);

const emitSchema = z
  .strictObject({
    type: z.string().refine((type) => shortTypes.includes(type), `must be one of ${shortTypes.join(', ')}`),
    /** Distinguishes the events of one row in their ids; default: the type. */
    id: z.string().min(1).max(64).optional(),
    /** XES: for each event (the default), or once per trace, before or after its events. */
    at: z.enum(['event', 'traceStart', 'traceEnd']).default('event'),
    /** All conditions must hold. */
    when: z.record(z.string(), conditionSchema).optional(),
    customer: valueSchema.optional(),
    journey: valueSchema.nullable().optional(),
    journeyType: valueSchema.nullable().optional(),
    time: timeSchema.optional(),
    data: z.record(z.string(), fieldSchema).default({}),
  })
  .superRefine((emit, context) => {
    const type = eventTypeOfShort(emit.type);
    if (type === undefined) return;
    const fields = Object.keys(dataSchemas[type].shape);
    for (const field of Object.keys(emit.data)) {
      if (fields.includes(field)) continue;
      context.addIssue({
        code: 'custom',
        path: ['data', field],
        message: `is no field of ${emit.type}; its fields: ${fields.join(', ')}. Facts of your own go into attributes`,
      });
    }
  });

const encodingSchema = z
  .string()
  .refine(
    (label) => encodingName(label) !== undefined,
    'is no encoding of the Encoding Standard, such as utf-8, windows-1252, iso-8859-2, gbk or shift_jis',
  );

const joinSchema = z.strictObject({
  /** Path relative to the imported file. CSV, also .gz; held in memory. */
  file: z.string().min(1),
  /** Column of the imported file that holds the key. */
  column: z.string().min(1),
  /** Column of the joined file; default: the same name. */
  key: z.string().min(1).optional(),
  /** Encoding of the joined file; default: that of the imported one. */
  encoding: encodingSchema.optional(),
  /** For a key that the joined file lacks: a bad row, or empty columns. */
  whenMissing: z.enum(['reject', 'empty']).default('reject'),
});

/** The mapping of a foreign log: how each of its rows becomes events. */
export const mappingSchema = z.strictObject({
  description: z.string().optional(),
  format: z.enum(['csv', 'xes']),
  /** CloudEvents `source` of all events. */
  source: z.string().min(1).max(256),
  csv: z
    .strictObject({
      delimiter: z.string().length(1).optional(),
      quote: z.string().length(1).optional(),
      /** Encoding, used if no byte order mark tells it; default UTF-8. */
      encoding: encodingSchema.optional(),
      /** Trims white space around every cell. */
      trim: z.boolean().optional(),
    })
    .optional(),
  /**
   * Encoding, for a file whose byte order mark and declaration are missing, or whose declaration is
   * wrong.
   */
  xes: z.strictObject({ encoding: encodingSchema.optional() }).optional(),
  join: z.record(z.string().regex(/^\w+$/, 'a join is named in letters and digits'), joinSchema).optional(),
  /**
   * Identifies the rows of the source; default: the content of the columns that the mapping reads
   * (see `row-ids.ts`).
   */
  id: z.string().min(1).optional(),
  customer: valueSchema,
  journey: valueSchema.optional(),
  journeyType: valueSchema.optional(),
  time: timeSchema,
  /** Whether numbers have a decimal comma, with points between thousands by default. */
  decimalComma: z.boolean().default(false),
  thousands: thousandsSchema.optional(),
  emit: z.array(emitSchema).min(1),
});

export type Mapping = z.infer<typeof mappingSchema>;
export type Join = z.infer<typeof joinSchema>;
export type Emit = Mapping['emit'][number];
export type EventTime = z.infer<typeof timeSchema>;
export type Condition = z.infer<typeof conditionSchema>;
export type Cell = z.infer<typeof cellSchema>;
export type Value = z.infer<typeof valueSchema>;
export type Field = z.infer<typeof fieldSchema>;

/** A fault of a mapping, in words for its author. */
export class MappingError extends Error {
  override readonly name = 'MappingError';
}

/**
 * Reads and checks a mapping file.
 * @throws MappingError naming every fault and its place, or JsonFileError.
 */
export async function readMapping(file: string): Promise<Mapping> {
  const json = readJson(file);
  const parsed = mappingSchema.safeParse(json);
  if (parsed.success) return parsed.data;
  const faults = parsed.error.issues.map(
    (issue) => `  ${issue.path.join('.') || '(whole)'}: ${messageOf(issue, json)}`,
  );
  throw new MappingError(
    `${file} is no mapping:\n${faults.join('\n')}\nThe format is described in services/cli/README.md.`,
  );
}

/** For a union zod only says "invalid input"; the value tells which branch was meant. */
function messageOf(issue: z.core.$ZodIssue, whole: unknown): string {
  if (issue.code !== 'invalid_union') return issue.message;
  const value = issue.path.reduce<unknown>(
    (inner, key) => (inner as Record<PropertyKey, unknown> | undefined)?.[key],
    whole,
  );
  const isObject = typeof value === 'object' && value !== null && !Array.isArray(value);
  const cell = issue.errors[1];
  const record = issue.errors[2];
  const meant = (record === undefined || (isObject && isMeantAsCell(value)) ? cell : record) ?? [];
  const told = meant.map((inner) => `${inner.path.join('.')} ${messageOf(inner, value)}`.trim());
  return isObject && told.length > 0
    ? told.join('; ')
    : 'must be a text, a number, true, false or a cell with `column` or `text`';
}

export function isCell(field: Field): field is Cell {
  return typeof field === 'object' && isMeantAsCell(field);
}

function isMeantAsCell(value: object): boolean {
  return 'column' in value || 'text' in value || 'minus' in value;
}
