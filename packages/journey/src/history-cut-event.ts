import { type ChangeEvent, changeEvent } from './announcement-event.ts';
import { formatInstant, parseInstant } from './instant.ts';

const TYPE = 'touchstone.change.history-cut.v1';

/** The activity that noticed that a customer's history was cut. */
export type CutNoticedBy = 'read' | 'append' | 'audit';

/** The part missing from the beginning of a customer's own events. Times in ms since 1970. */
export interface HistoryCut {
  /** Log position: none of the customer's own events up to here counts any more. */
  readonly upTo: bigint;
  /** Recording time of the first remaining event; null if none remains. */
  readonly from: number | null;
  /** The customer's stream was deleted for good. */
  readonly isErased: boolean;
}

/**
 * A customer's own events up to a log position have left the log. From here on every read model
 * computes the customer from the remaining events alone, even where the others can still be read;
 * `time` is when the cut was noticed.
 */
export type HistoryCutEvent = ChangeEvent<{
  readonly customerId: string;
  readonly upTo: string;
  readonly from: string | null;
  readonly isErased: boolean;
  readonly noticedBy: CutNoticedBy;
}>;

/**
 * Encodes a history cut as a CloudEvent. Its id derives from the cut, so several observers announce
 * it only once.
 */
export function historyCutEvent(
  customerId: string,
  { upTo, from, isErased }: HistoryCut,
  { by, at }: { readonly by: CutNoticedBy; readonly at: number },
): HistoryCutEvent {
  const data = {
    customerId,
    upTo: String(upTo),
    from: from === null ? null : formatInstant(from),
    isErased,
    noticedBy: by,
  };
  return changeEvent(customerId, TYPE, { id: `history-cut/${isErased ? 'erased' : upTo}`, at, data });
}

/** The content of a {@link historyCutEvent}; null for any other event, and for a damaged one. */
export function historyCutOf({ body }: { readonly body: string }): HistoryCut | null {
  // A text search is cheaper than parsing each body, and hardly any is a history cut.
  if (!body.includes(TYPE)) return null;
  try {
    const { type, data } = JSON.parse(body) as HistoryCutEvent;
    if (type !== TYPE) return null;
    const from = data.from === null ? null : (parseInstant(data.from) ?? null);
    return { upTo: BigInt(data.upTo), from, isErased: data.isErased === true };
  } catch {
    return null;
  }
}

/**
 * The text of a {@link historyCutEvent} with the position of a copy of the log. Its id stays the
 * one that it has in the first log.
 */
export function withCutUpTo(body: string, upTo: bigint): string {
  const event = JSON.parse(body) as HistoryCutEvent;
  return JSON.stringify({ ...event, data: { ...event.data, upTo: String(upTo) } });
}

/**
 * The cut that results from a customer's announcements, given in log order; null if nothing is
 * missing.
 */
export function standingCut(announced: Iterable<{ readonly body: string }>): HistoryCut | null {
  const cuts = [...announced].flatMap((stored) => historyCutOf(stored) ?? []);
  const last = cuts.at(-1);
  if (last === undefined) return null;
  let { upTo } = last;
  for (const cut of cuts) if (cut.upTo > upTo) upTo = cut.upTo;
  return { ...last, upTo, isErased: cuts.some(({ isErased }) => isErased) };
}
