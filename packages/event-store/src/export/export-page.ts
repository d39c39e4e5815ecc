import { timeSlices } from '@touchstone/runtime/time-slices';
import { isDamaged } from '../damaged-event.ts';
import type { EventStore, StoredEvent } from '../port.ts';
import { PUBLISHED_PREFIX } from '../published-streams.ts';
import { exportedLine } from './exported-event.ts';

/** Most events of one page. */
export const EXPORTED_EVENTS_MAX = 5_000;
/** Most characters of one page, unless a single event has more. */
export const EXPORTED_LENGTH_MAX = 4 * 1024 * 1024;
/**
 * Most events scanned for one page. With a selective filter a page is short or empty, and the next
 * page continues after it.
 */
export const EXPORTED_SCANNED_MAX = 50_000;

export interface ExportRequest {
  /** Exclusive. */
  readonly after: bigint;
  /** Events of the page, at most {@link EXPORTED_EVENTS_MAX}. */
  readonly limit: number;
  /** Only events of this customer. */
  readonly customer?: string | undefined;
  /** Only events of this CloudEvents `type`, and damaged events, whose type is unknown. */
  readonly type?: string | undefined;
}

/** A page of the log, with events as they were published. */
export interface ExportPage {
  /** NDJSON: a line feed follows each event. */
  readonly lines: string;
  readonly events: number;
  /** Number of `events` that are placeholders for damaged ones. */
  readonly damaged: number;
  /** Last position read; the next page begins after it. */
  readonly next: bigint;
  /** End of the log at the time of the request; the export is complete once `next` reaches it. */
  readonly end: bigint;
}

/**
 * Returns up to which position of the log the own events of these customers are gone, as the log
 * says it: deleted or truncated by an operator, though they may still be readable.
 */
export type GoneOf = (customers: readonly string[]) => Promise<ReadonlyMap<string, bigint>>;

/**
 * Read one page of published events in log order. Events that the system wrote itself (definitions,
 * announcements) are left out, and those that are gone.
 */
export async function readExportPage(store: EventStore, request: ExportRequest, goneOf: GoneOf): Promise<ExportPage> {
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
  const slices = timeSlices();
  for await (const page of pages) {
    const gone = await goneOf([...customersOf(page)]);
    for (const event of page) {
      if (slices.isOver()) await slices.next();
      if (isAsked(event, request) && !isGone(event, gone)) {
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

function customersOf(page: readonly StoredEvent[]): ReadonlySet<string> {
  const published = page.filter(({ stream }) => stream.startsWith(PUBLISHED_PREFIX));
  return new Set(published.map(({ stream }) => stream.slice(PUBLISHED_PREFIX.length)));
}

function isGone({ stream, position }: StoredEvent, gone: Awaited<ReturnType<GoneOf>>): boolean {
  if (gone.size === 0 || !stream.startsWith(PUBLISHED_PREFIX)) return false;
  return position <= (gone.get(stream.slice(PUBLISHED_PREFIX.length)) ?? 0n);
}

function isAsked(event: StoredEvent, { type }: ExportRequest): boolean {
  // A damaged event is always included, because not even its stream is certain.
  if (isDamaged(event)) return true;
  return event.stream.startsWith(PUBLISHED_PREFIX) && (type === undefined || event.type === type);
}
