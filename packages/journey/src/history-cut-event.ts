import { type ChangeEvent, changeEvent } from './announcement-event.ts';
import { formatInstant, parseInstant } from './instant.ts';

const TYPE = 'touchstone.change.history-cut.v1';

/** Who found that a customer's history was cut. */
export type CutNoticedBy = 'read' | 'append' | 'audit';

/** What is missing from the beginning of a customer's own events. Times in ms since 1970. */
export interface HistoryCut {
  /** Position of the log: of the customer's own events none up to here counts any more. */
  readonly upTo: bigint;
  /** When the first event that is left was recorded; null where none is left. */
  readonly from: number | null;
  /** The customer's stream was deleted for good. */
  readonly isErased: boolean;
}

/**
 * A customer's own events up to a position of the log have left it. From here on in the log the customer is as what is left makes them, in every read model, wherever the
 * events themselves can still be read. `time`: when that was noticed.
 */
export type HistoryCutEvent = ChangeEvent<{
  readonly customerId: string;
  readonly upTo: string;
  readonly from: string | null;
  readonly isErased: boolean;
  readonly noticedBy: CutNoticedBy;
}>;

/** As a CloudEvent. Its id is what was cut, so that whoever notices it, it is told once. */
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

/** Where the event is a {@link historyCutEvent}: what it says; else null, as for one that is damaged. */
export function historyCutOf({ body }: { readonly body: string }): HistoryCut | null {
  // Cheaper than parsing each, and hardly any is one.
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

/** What these announcements of one customer, in the order of the log, say of their history; null where nothing of it is missing. */
export function standingCut(announced: Iterable<{ readonly body: string }>): HistoryCut | null {
  const cuts = [...announced].flatMap((stored) => historyCutOf(stored) ?? []);
  const last = cuts.at(-1);
  if (last === undefined) return null;
  let { upTo } = last;
  for (const cut of cuts) if (cut.upTo > upTo) upTo = cut.upTo;
  return { ...last, upTo, isErased: cuts.some(({ isErased }) => isErased) };
}
