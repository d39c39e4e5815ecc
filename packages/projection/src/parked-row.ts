import { bodyAsStored, DAMAGED_REASON, isDamaged } from '@touchstone/event-store/damaged-event';
import type { MomentRow, ParkedRow } from '@touchstone/read-models';
import type { LoggedEvent } from './customers.ts';

/** Characters kept of a reason. */
const REASON_MAX = 1000;

/**
 * The row of an event that could not be taken. `version`: its own position, or that of the retry
 * that tried it.
 */
export function parkedRow(customerId: string, stored: LoggedEvent, error: unknown, version: bigint): ParkedRow {
  const { position } = stored;
  const said = error instanceof Error ? error.message : String(error);
  const why = isDamaged(stored) ? DAMAGED_REASON : said.slice(0, REASON_MAX);
  return { version, position, customerId, ...identityOf(stored), error: why, retriedAt: 0n, retryRecordedAt: null };
}

/** Replaces that row once a retry has taken the event. */
export function takenRow(
  { position, customerId, eventId, source, type }: MomentRow,
  retry: Pick<LoggedEvent, 'position' | 'recordedAt'>,
): ParkedRow {
  const { position: version, recordedAt: retryRecordedAt } = retry;
  return { version, position, customerId, eventId, source, type, error: '', retriedAt: version, retryRecordedAt };
}

/** A parked event is not validated, so its names are cut to this length for lists. */
const NAME_MAX = 256;

/**
 * The event's own names; empty if its body cannot be parsed. Its source is kept whole, because
 * events are counted by source.
 */
function identityOf(stored: LoggedEvent): Pick<ParkedRow, 'eventId' | 'source' | 'type'> {
  let named: unknown;
  try {
    named = JSON.parse(bodyAsStored(stored));
  } catch {
    named = null;
  }
  const { id, source, type } = (named ?? {}) as {
    readonly id?: unknown;
    readonly source?: unknown;
    readonly type?: unknown;
  };
  const text = (value: unknown) => (typeof value === 'string' ? value : '');
  return { eventId: text(id).slice(0, NAME_MAX), source: text(source), type: text(type).slice(0, NAME_MAX) };
}
