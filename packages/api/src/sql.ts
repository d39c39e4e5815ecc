import { z } from 'zod';
import { tableFormats } from './exports.ts';

/** Formats of answers to SQL, and their media types. */
export const sqlFormats = { json: 'application/json', csv: tableFormats.csv, parquet: tableFormats.parquet } as const;
export type SqlAnswerFormat = keyof typeof sqlFormats;

/** Characters of a statement, at most. */
export const SQL_LENGTH_MAX = 65_536;

/** The body of `POST /v1/sql`. */
export const sqlQuestion = z
  .strictObject({
    sql: z
      .string()
      .min(1)
      .max(SQL_LENGTH_MAX)
      .describe('One SELECT of ClickHouse over journeys, moments, customers, promises, complaints, trust_changes'),
    format: z
      .enum(Object.keys(sqlFormats) as [SqlAnswerFormat, ...SqlAnswerFormat[]])
      .meta({ id: 'SqlFormat' })
      .default('json'),
  })
  .meta({
    id: 'SqlQuestion',
    examples: [
      { sql: 'SELECT type, count() AS journeys, avg(score) AS score FROM journeys GROUP BY type ORDER BY type' },
    ],
  });

/** The answer in JSON. */
export const sqlAnswer = z
  .strictObject({
    columns: z.array(
      z.strictObject({ name: z.string(), type: z.string().describe("ClickHouse's") }).meta({ id: 'SqlColumn' }),
    ),
    rows: z.array(z.array(z.unknown())).describe('Values in the order of the columns; 64-bit integers are texts'),
  })
  .meta({ id: 'SqlAnswer' });
