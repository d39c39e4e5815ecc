import { isDamaged } from '../damaged-event.ts';
import type { EventStore, StoredEvent } from '../port.ts';
import { PUBLISHED_PREFIX } from '../published-streams.ts';
import { exportedLine } from './exported-event.ts';

/** Events of one page, at most. */
export const EXPORTED_EVENTS_MAX = 5_000;
/** Characters of one page, unless a single event has more. */
export const EXPORTED_LENGTH_MAX = 4 * 1024 * 1024;
/** Events that are looked at for one page: where few are wanted of many, a page is short or empty and the next goes on behind it. */
export const EXPORTED_SCANNED_MAX = 50_000;

export interface ExportRequest {
  /** Exclusive. */
  readonly after: bigint;
  /** Events of the page; {@link EXPORTED_EVENTS_MAX} at most. */
  readonly limit: number;
  /** Only events of this customer. */
  readonly customer?: string | undefined;
  /** Only events of this CloudEvents `type`, and what is damaged, whose type nobody knows. */
  readonly type?: string | undefined;
}

/** A part of the log as it was published. */
export interface ExportPage {
  /** NDJSON: each event is followed by a line feed. */
  readonly lines: string;
  readonly events: number;
  /** Of these: what is told instead of events that are damaged. */
  readonly damaged: number;
  /** The log has been read up to here; the next page comes after it. */
  readonly next: bigint;
  /** Where the log ended: all of it has been read once `next` is there. */
  readonly end: bigint;
}

/** Published events in log order. What the system wrote itself (definitions, announcements) is not among them. */
export async function readExportPage(store: EventStore, request: ExportRequest): Promise<ExportPage> {
  const { after, customer, limit } = request;
  const end = await store.head();
  const pages =
    customer === undefined
      ? store.readAll({ after, upTo: end, pageSize: Math.min(500, limit) })
      : store.streamPages(PUBLISHED_PREFIX + customer, { after, upTo: end });
  const texts: string[] = [];
  let damaged = 0;
  let length = 0;
  let scanned = 0;
  const pageTo = (next: bigint): ExportPage => {
    const lines = texts.length === 0 ? '' : `${texts.join('\n')}\n`;
    return { lines, events: texts.length, damaged, next, end };
  };
  if (after >= end) return pageTo(after);
  for await (const page of pages) {
    for (const event of page) {
      if (isAsked(event, request)) {
        const line = exportedLine(event);
        texts.push(line.text);
        length += line.text.length + 1;
        if (line.isDamaged) damaged++;
      }
      scanned++;
      if (texts.length >= limit || length >= EXPORTED_LENGTH_MAX || scanned >= EXPORTED_SCANNED_MAX)
        return pageTo(event.position);
    }
  }
  return pageTo(end);
}

function isAsked(event: StoredEvent, { type }: ExportRequest): boolean {
  // Of what is damaged not even the stream is certain.
  if (isDamaged(event)) return true;
  return event.stream.startsWith(PUBLISHED_PREFIX) && (type === undefined || event.type === type);
}
