import { z } from 'zod';
import { listComplaints } from './complaints.ts';
import { listCustomers } from './customers.ts';
import { listJourneys } from './journeys.ts';
import { listMoments } from './moments.ts';
import { listPromises } from './promises.ts';
import { listTrustChanges } from './trust-changes.ts';
import type { ExportName } from './vocabulary.ts';
import { goTogether } from './where.ts';

/** Formats of every export, and their media types. */
export const tableFormats = {
  csv: 'text/csv; charset=utf-8; header=present',
  ndjson: 'application/x-ndjson',
  parquet: 'application/vnd.apache.parquet',
} as const;
export type TableFormat = keyof typeof tableFormats;

/** Formats of journeys: those of every export, and two for process mining. */
export const journeyFormats = {
  ...tableFormats,
  xes: 'application/xml',
  ocel: 'application/json',
} as const;
export type JourneyFormat = keyof typeof journeyFormats;

/** The parameter that says which format is wanted. */
function formatParameter<const Format extends string>(id: string, formats: Readonly<Record<Format, string>>) {
  return z
    .enum(Object.keys(formats) as [Format, ...Format[]])
    .meta({ id })
    .default('csv' as never);
}

const tableFormat = formatParameter('ExportFormat', tableFormats).describe(
  'CSV (RFC 4180, with a header), a JSON object on each line, or Parquet',
);

/** The filters of a list, without its order and pages. */
function filtersOf<Shape extends z.ZodRawShape>({ shape }: z.ZodObject<Shape>) {
  const { sort: _, limit: __, cursor: ___, ...filters } = shape;
  return filters as Omit<Shape, 'sort' | 'limit' | 'cursor'>;
}

/** A kind of rows that is exported whole. */
export interface ExportDeclaration {
  readonly summary: string;
  readonly description?: string;
  readonly query: z.ZodObject;
  /** Media types by format. */
  readonly formats: Readonly<Record<string, string>>;
}

const declared = <const Declaration extends ExportDeclaration>(declaration: Declaration): Declaration => declaration;

/** Everything that `GET /v1/export/…` gives, by its name in the path. */
export const exports = {
  journeys: declared({
    summary: 'All journeys that pass the filters, as a file',
    description:
      '`format=xes` is an event log for process mining (IEEE 1849-2016): a trace for each journey that has a moment, its moments as events. `format=ocel` is an object-centric one (OCEL 2.0, JSON): customers, journeys, promises, complaints and touchpoints, and all events of these journeys; without filters also events of no journey.',
    query: z
      .strictObject({
        ...filtersOf(listJourneys.query),
        format: formatParameter('JourneyExportFormat', journeyFormats).describe(
          'CSV (RFC 4180, with a header), a JSON object on each line, Parquet, XES or OCEL',
        ),
      })
      .check(goTogether),
    formats: journeyFormats,
  }),
  moments: declared({
    summary: 'All published events that were taken and pass the filters, as a file',
    description:
      'Moments and all other events, one row each: `type` tells them apart, and `eventType=touchstone.moment.recorded.v1` leaves moments alone.',
    query: z.strictObject({ ...filtersOf(listMoments.query), format: tableFormat }),
    formats: tableFormats,
  }),
  customers: declared({
    summary: 'All customers that pass the filters, as a file',
    query: z.strictObject({ ...filtersOf(listCustomers.query), format: tableFormat }),
    formats: tableFormats,
  }),
  promises: declared({
    summary: 'All promises that pass the filters, as a file',
    query: z.strictObject({ ...filtersOf(listPromises.query), format: tableFormat }),
    formats: tableFormats,
  }),
  complaints: declared({
    summary: 'All complaints that pass the filters, as a file',
    query: z.strictObject({ ...filtersOf(listComplaints.query), format: tableFormat }),
    formats: tableFormats,
  }),
  'trust-changes': declared({
    summary: 'All moves between trust stages that pass the filters, as a file',
    query: z.strictObject({ ...filtersOf(listTrustChanges.query), format: tableFormat }),
    formats: tableFormats,
  }),
} as const satisfies Record<ExportName, ExportDeclaration>;

/** Header of an export: when it was begun, ISO 8601 in UTC. */
export const MADE_AT_HEADER = 'touchstone-made-at';
/** Header of an export: a position of the log up to which it holds everything, at least. */
export const POSITION_HEADER = 'touchstone-position';
