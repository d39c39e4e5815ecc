import { DAMAGED_TYPE } from '../export/exported-event.ts';
import type { KeptRejection, StoredEvent } from '../port.ts';
import type { Seal } from '../seal.ts';

/** A log that is copied, or with which a copy is compared. */
export interface CopySide {
  /** Its URL or path without secrets. */
  readonly place: string;
  identity(): Promise<string>;
  head(): Promise<bigint>;
  /** Events after a position, up to the head at the time the read began. */
  events(after: bigint): AsyncIterable<readonly StoredEvent[]>;
  /** The first event of a stream after a position, of those that are left. */
  firstOf(stream: string, after: bigint): Promise<StoredEvent | undefined>;
  /** All rejections including resolved ones, by ascending id. */
  rejections(): AsyncIterable<readonly KeptRejection[]>;
  seal(): Promise<Seal | undefined>;
  /** Resolves once no process that has the log open can append any more. */
  setSeal(seal: Seal): Promise<void>;
  liftSeal(): Promise<void>;
  close(): Promise<void>;
}

/** A log being filled; nobody else writes to it meanwhile. */
export interface CopyTarget extends CopySide {
  /**
   * Appends events in order, each with the recording time that it has in the log named `log`. If it
   * throws, some of them may be stored; throws `refused` for an event that cannot be taken, and the
   * reason of `signal` between two appends.
   */
  append(events: readonly StoredEvent[], log: string, signal: AbortSignal): Promise<void>;
  /** Where the last event of this identity stands in the stream; `undefined` if there is none. */
  positionOf(stream: string, identity: Pick<StoredEvent, 'source' | 'id'>): Promise<bigint | undefined>;
  keepRejections(rejections: readonly KeptRejection[]): Promise<void>;
  /** Resolves rejections by the target's own ids, at one time, ms since 1970. */
  resolveRejections(ids: readonly bigint[], resolvedAt: number): Promise<void>;
}

/** Pages of a listing, until it is empty. */
export async function* listedRejections(
  list: (after: bigint) => Promise<readonly KeptRejection[]>,
): AsyncGenerator<readonly KeptRejection[]> {
  for (let after = 0n; ; ) {
    const page = await list(after);
    if (page.length === 0) return;
    yield page;
    after = page.at(-1)!.rejectionId;
  }
}

export const LISTED_AT_ONCE = 200;

/** Yields the items of all pages. */
export async function* eachOf<Item>(pages: AsyncIterable<readonly Item[]>): AsyncGenerator<Item, undefined> {
  for await (const page of pages) yield* page;
  return undefined;
}

/**
 * Prepares an event for the copy. A damaged one, whose identity and times are unknown, gets
 * substitutes so that it keeps its place.
 */
export function asCopied(event: StoredEvent, isDamaged: boolean, lastRecordedAt: number) {
  const { stream, source, id, type, time, body, position, recordedAt } = event;
  if (!isDamaged) return { stream, source, id, type, time, body, position, recordedAt };
  // A server rejects an event without a type.
  const known = { source, id: `damaged-${position}`, type: type || DAMAGED_TYPE };
  return { stream, ...known, time, body, position, recordedAt: lastRecordedAt };
}
