import type { ExportName, exports, JourneyFormat, TableFormat } from '@touchstone/api';
import { DAY_MS } from '@touchstone/api/vocabulary';
import type { z } from 'zod';
import type { ExportPart } from '../engine/clickhouse.ts';
import { databaseOf } from '../generations/generations.ts';
import { type Conditions, conditions } from '../queries/conditions.ts';
import { addComplaintFilters, COMPLAINT_COLUMNS, COMPLAINT_NAMES } from '../queries/list-complaints.ts';
import { addCustomerFilters, CUSTOMER_COLUMNS, CUSTOMER_NAMES, SETTLED_CUSTOMERS } from '../queries/list-customers.ts';
import { JOURNEY_COLUMNS, JOURNEY_NAMES } from '../queries/list-journeys.ts';
import { addMomentFilters } from '../queries/list-moments.ts';
import { addPromiseFilters, PROMISE_COLUMNS, PROMISE_NAMES } from '../queries/list-promises.ts';
import { addTrustChangeFilters, TRUST_CHANGE_COLUMNS } from '../queries/list-trust-changes.ts';
import { addJourneyFilters } from '../questions/select-journeys.ts';
import {
  complaintsTable,
  customersTable,
  journeysTable,
  momentsTable,
  promisesTable,
  trustChangesTable,
} from '../tables.ts';
import { type ExportedColumn, exportedColumns } from './exported-columns.ts';
import { type Exported, partsOf } from './formats.ts';
import { ocelParts } from './ocel.ts';
import type { SelectedJourneys } from './selected-journeys.ts';
import { xesParts } from './xes.ts';

/** The parsed parameters of an export. */
export type ExportAsked<Name extends ExportName> = Omit<z.output<(typeof exports)[Name]['query']>, 'format'>;

/** The values that answers depend on besides their parameters. */
export interface ExportedAt {
  /** The product's now, ms since 1970. */
  readonly now: number;
  /** policy.loyalty.purchaseDays */
  readonly purchaseDays: number;
}

/** A table that is exported: its columns, its rows and their order. */
interface ExportedTable<Name extends ExportName> {
  readonly columns: readonly ExportedColumn[];
  readonly rows: string;
  /** The order of the table, so that the engine reads instead of sorting. */
  readonly order: string;
  filter(wanted: Conditions, asked: ExportAsked<Name>, at: ExportedAt): void;
}

const TABLES: { readonly [Name in ExportName]: ExportedTable<Name> } = {
  journeys: {
    columns: exportedColumns(
      journeysTable,
      [...JOURNEY_COLUMNS, 'touchpoints', 'channels', 'attributes'],
      JOURNEY_NAMES,
    ),
    rows: '{database:Identifier}.journeys FINAL',
    order: 'customer_id, journey_id',
    filter: (wanted, asked, { now }) => addJourneyFilters(wanted, asked, now),
  },
  moments: {
    columns: exportedColumns(
      momentsTable,
      [
        'position',
        'recordedAt',
        'time',
        'eventId',
        'source',
        'type',
        'customerId',
        'journeyId',
        'journeyType',
        'touchpoint',
        'channel',
        'outcome',
        'cause',
        'verdict',
        'expectation',
        'perception',
        'score',
        'weight',
        'durationMs',
        'effort',
        'instrument',
        'feedbackScore',
        'comment',
        'promiseId',
        'complaintId',
        'dueAt',
        'amount',
        'currency',
        'actorId',
        'actorTeam',
        'actorSite',
        'attributes',
      ],
      {
        orNull: [
          'journeyId',
          'journeyType',
          'touchpoint',
          'channel',
          'outcome',
          'cause',
          'verdict',
          'instrument',
          'comment',
          'promiseId',
          'complaintId',
          'currency',
          'actorId',
          'actorTeam',
          'actorSite',
        ],
      },
    ),
    rows: '{database:Identifier}.moments',
    order: 'toYYYYMM(time), customer_id, journey_id, time, position',
    filter: addMomentFilters,
  },
  customers: {
    columns: [
      ...exportedColumns(customersTable, CUSTOMER_COLUMNS, CUSTOMER_NAMES),
      { name: 'loyalty', sql: 'toString(loyalty)', kind: 'text' },
      { name: 'quietlyLeaving', sql: "CAST(quietly_leaving, 'Bool')", kind: 'plain' },
    ],
    rows: `(${SETTLED_CUSTOMERS})`,
    order: 'customer_id',
    filter: (wanted, asked, { now, purchaseDays }) => {
      addCustomerFilters(wanted, asked);
      wanted.add('true', { now, purchaseMs: purchaseDays * DAY_MS });
    },
  },
  promises: {
    columns: exportedColumns(promisesTable, PROMISE_COLUMNS, PROMISE_NAMES),
    rows: '{database:Identifier}.promises FINAL',
    order: 'customer_id, promise_id',
    filter: addPromiseFilters,
  },
  complaints: {
    columns: exportedColumns(complaintsTable, COMPLAINT_COLUMNS, COMPLAINT_NAMES),
    rows: '{database:Identifier}.complaints FINAL',
    order: 'customer_id, complaint_id',
    filter: addComplaintFilters,
  },
  'trust-changes': {
    columns: exportedColumns(trustChangesTable, TRUST_CHANGE_COLUMNS),
    rows: '{database:Identifier}.trust_changes FINAL',
    order: 'customer_id, ordinal',
    filter: addTrustChangeFilters,
  },
};

/** Names of the columns of an export, in their order in the file. */
export function columnNamesOf(name: ExportName): string[] {
  return TABLES[name].columns.map((column) => column.name);
}

/** The columns, rows and parameters of an export. */
export function exportedOf<Name extends ExportName>(
  name: Name,
  generation: number,
  asked: ExportAsked<Name>,
  at: ExportedAt,
): Exported {
  const { columns, rows, order, filter } = TABLES[name] as ExportedTable<Name>;
  const wanted = conditions();
  filter(wanted, asked, at);
  return {
    columns,
    from: `FROM ${rows} ${wanted.where()} ORDER BY ${order}`,
    params: { ...wanted.params(), database: databaseOf(generation) },
  };
}

/** The parts of a file with the rows of a table that pass the filters. */
export function exportTable<Name extends ExportName>(
  name: Name,
  generation: number,
  asked: ExportAsked<Name>,
  at: ExportedAt,
  format: TableFormat,
): ExportPart[] {
  return partsOf(exportedOf(name, generation, asked, at), format);
}

/** The parts of an export in any of its formats. */
export function exportRows<Name extends ExportName>(
  name: Name,
  generation: number,
  asked: ExportAsked<Name>,
  at: ExportedAt,
  format: JourneyFormat,
): ExportPart[] {
  const journeys = asked as ExportAsked<'journeys'>;
  if (format === 'xes') return xesParts(selectedJourneys(generation, journeys, at));
  if (format === 'ocel') return ocelParts(selectedJourneys(generation, journeys, at));
  return exportTable(name, generation, asked, at, format);
}

/** The condition on rows of `journeys FINAL`, and whether it selects all. */
function selectedJourneys(generation: number, asked: ExportAsked<'journeys'>, at: ExportedAt): SelectedJourneys {
  const wanted = conditions();
  TABLES.journeys.filter(wanted, asked, at);
  return { where: wanted.where(), params: { ...wanted.params(), database: databaseOf(generation) } };
}
