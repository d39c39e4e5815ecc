import { DAMAGED_TYPE } from '../export/exported-event.ts';
import type { KeptRejection, StoredEvent } from '../port.ts';
import type { Seal } from '../seal.ts';

/** A log that is copied, or that a copy is held to. */
export interface CopySide {
  /** Where it is, without secrets. */
  readonly place: string;
  identity(): Promise<string>;
  head(): Promise<bigint>;
  /** Behind a position, up to the head as it was when the reading began. */
  events(after: bigint): AsyncIterable<readonly StoredEvent[]>;
  /** Resolved ones too, by their ids. */
  rejections(): AsyncIterable<readonly KeptRejection[]>;
  seal(): Promise<Seal | undefined>;
  /** Resolves once nothing more can come from whoever has the log open. */
  setSeal(seal: Seal): Promise<void>;
  liftSeal(): Promise<void>;
  close(): Promise<void>;
}

/** A log that is filled. Nobody else writes to it meanwhile. */
export interface CopyTarget extends CopySide {
  /**
   * Events behind those that are there, in their order, each recorded when it was in the log that `log` names. If it throws, some of them may be there. Throws `refused`
   * for an event that cannot be taken.
   */
  append(events: readonly StoredEvent[], log: string): Promise<void>;
  keepRejections(rejections: readonly KeptRejection[]): Promise<void>;
  /** These of its own ids, at one time, ms since 1970. */
  resolveRejections(ids: readonly bigint[], resolvedAt: number): Promise<void>;
}

/** Pages of what a store lists. */
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

/** What comes page by page, one after the other. */
export async function* eachOf<Item>(pages: AsyncIterable<readonly Item[]>): AsyncGenerator<Item, undefined> {
  for await (const page of pages) yield* page;
  return undefined;
}

/** An event as a copy takes it over: a damaged one says nothing of its identity and times, and yet has its place. */
export function asCopied(event: StoredEvent, isDamaged: boolean, lastRecordedAt: number) {
  const { stream, source, id, type, time, body, position, recordedAt } = event;
  if (!isDamaged) return { stream, source, id, type, time, body, position, recordedAt };
  // A server takes no event without a type.
  const known = { source, id: `damaged-${position}`, type: type || DAMAGED_TYPE };
  return { stream, ...known, time, body, position, recordedAt: lastRecordedAt };
}
