import type { AppendOutcome, EventToAppend, KeptRejection } from '@touchstone/event-store';
import { type Key, mayPublishFrom, Problem } from '@touchstone/runtime';
import { timeSlices } from '@touchstone/runtime/time-slices';
import type { AcceptDeps, Counts } from '../decide/accept-events.ts';
import { decideEvent, isRefusal } from '../decide/decide-event.ts';
import { messageBatch } from '../decide/input-batch.ts';
import { parts } from '../decide/parts.ts';
import { timelyAppend } from '../decide/times-to-come.ts';

export interface RetryOutcome extends Counts {
  readonly retried: number;
  readonly position: bigint;
}

const PAGE = 100;

/**
 * Decides kept rejections again: those of `ids`, or all open ones. Events that are now stored (or
 * were already) leave the list; the others stay unchanged.
 * @throws Problem 404 if an id is unknown, before anything is done.
 */
export async function retryRejections(
  deps: AcceptDeps,
  ids: readonly bigint[] | undefined,
  publisherOf: (origin: string) => Key | undefined,
): Promise<RetryOutcome> {
  let sum: RetryOutcome = { retried: 0, accepted: 0, duplicates: 0, conflicts: 0, rejected: 0, position: 0n };
  for await (const page of ids === undefined ? openRejections(deps) : rejectionsOf(deps, ids)) {
    sum = added(sum, await retryPage(deps, page, publisherOf));
  }
  return sum.position === 0n ? { ...sum, position: await deps.store.head() } : sum;
}

async function* openRejections({ store }: AcceptDeps): AsyncGenerator<readonly KeptRejection[]> {
  for (let after = 0n; ; ) {
    const page = await store.listRejections({ after, limit: PAGE });
    if (page.length === 0) return;
    yield page;
    after = page.at(-1)!.rejectionId;
  }
}

/** Rejections fetched by id per query; each may be larger than a megabyte. */
const FETCHED_MAX = 3;

async function* rejectionsOf({ store }: AcceptDeps, ids: readonly bigint[]): AsyncGenerator<readonly KeptRejection[]> {
  const open: bigint[] = [];
  const missing: bigint[] = [];
  for (const part of parts([...new Set(ids)], FETCHED_MAX)) {
    const found = new Map((await store.getRejections(part)).map((row) => [row.rejectionId, row.resolvedAt]));
    for (const id of part) {
      if (!found.has(id)) missing.push(id);
      else if (found.get(id) === null) open.push(id);
    }
  }
  if (missing.length > 0) {
    throw new Problem('not_found', `There is no rejection ${missing.slice(0, 20).join(', ')}. Nothing was retried.`);
  }
  for (const part of parts(open, FETCHED_MAX)) yield store.getRejections(part);
}

async function retryPage(
  deps: AcceptDeps,
  page: readonly KeptRejection[],
  publisherOf: (origin: string) => Key | undefined,
): Promise<RetryOutcome> {
  const events: EventToAppend[] = [];
  const idOf = new Map<EventToAppend, bigint>();
  const inputs = messageBatch(page.map(bytesOf));
  const slices = timeSlices();
  for (const [index, row] of page.entries()) {
    if (slices.isOver()) await slices.next();
    if (inputs.refused.has(index)) continue;
    const decision = decideEvent(inputs.values[index], inputs.escaped, inputs.textOf(index), 'firstFault');
    if (isRefusal(decision) || !mayPublishFrom(publisherOf(row.origin), decision.source)) continue;
    events.push(decision);
    idOf.set(decision, row.rejectionId);
  }
  const rejected = page.length - events.length;
  if (events.length === 0) {
    return { retried: page.length, accepted: 0, duplicates: 0, conflicts: 0, rejected, position: 0n };
  }
  const { outcomes, position } = await timelyAppend(deps)(events);
  // A crash between the append and this leaves them open, and the next retry finds them as
  // duplicates.
  await deps.store.resolveRejections(events.flatMap((event, i) => (isStored(outcomes[i]!) ? [idOf.get(event)!] : [])));
  const countOf = (wanted: string) => outcomes.filter((outcome) => outcome === wanted).length;
  const accepted = countOf('accepted');
  if (accepted > 0) deps.onAppended?.(position);
  const counts = {
    accepted,
    duplicates: countOf('duplicate'),
    conflicts: countOf('conflict'),
    rejected: rejected + countOf('full') + countOf('tooLarge') + countOf('erased'),
  };
  return { retried: page.length, ...counts, position };
}

function isStored(outcome: AppendOutcome): boolean {
  return outcome === 'accepted' || outcome === 'duplicate';
}

function bytesOf({ payload, payloadBase64 }: KeptRejection): Buffer {
  return payloadBase64 == null ? Buffer.from(payload) : Buffer.from(payloadBase64, 'base64');
}

function added(sum: RetryOutcome, page: RetryOutcome): RetryOutcome {
  return {
    retried: sum.retried + page.retried,
    accepted: sum.accepted + page.accepted,
    duplicates: sum.duplicates + page.duplicates,
    conflicts: sum.conflicts + page.conflicts,
    rejected: sum.rejected + page.rejected,
    // Pages come in order, and a page without an append has no position of its own.
    position: page.position === 0n ? sum.position : page.position,
  };
}
