import type { Parameters } from '../engine/clickhouse.ts';

/** The journeys that an event log is made of. */
export interface SelectedJourneys {
  /** `WHERE …` for rows of `journeys FINAL`; empty if all are selected. */
  readonly where: string;
  readonly params: Parameters;
}

/** SQL of the selected journeys. */
export function journeysSelected({ where }: SelectedJourneys, more = 'true'): string {
  return `{database:Identifier}.journeys FINAL ${where === '' ? `WHERE ${more}` : `${where} AND ${more}`}`;
}

/** SQL condition on a row with the columns of a journey's key: its journey is selected. */
export function isSelected(selected: SelectedJourneys): string {
  if (selected.where === '') return 'true';
  return `(customer_id, journey_id) IN (SELECT customer_id, journey_id FROM ${journeysSelected(selected)})`;
}

/** SQL of a time as ISO 8601 in UTC with milliseconds. */
export function isoTime(time: string): string {
  return `concat(replaceOne(toString(${time}), ' ', 'T'), 'Z')`;
}
