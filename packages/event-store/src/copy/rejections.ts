import { EventStoreError, type KeptRejection } from '../port.ts';
import { type CopySide, type CopyTarget, eachOf, LISTED_AT_ONCE } from './sides.ts';

export interface RejectionsCopied {
  readonly rejections: number;
  /** Of these, cut because the copy's store takes less at once. */
  readonly shortened: number;
}

/**
 * Brings the kept rejections over, and which of them are resolved, with their times. What is there already is found by going through both: the source may have given up
 * its oldest meanwhile.
 */
export async function copyRejections(
  source: CopySide,
  target: CopyTarget,
  signal: AbortSignal,
): Promise<RejectionsCopied> {
  let count = 0;
  let shortened = 0;
  const resolved = new Map<number, bigint[]>();
  let added: KeptRejection[] = [];
  const addAll = async () => {
    if (added.length > 0) await target.keepRejections(added);
    added = [];
  };
  for await (const { rejection, copied } of withCopies(source, target, signal)) {
    count += 1;
    if (copied === undefined) {
      added.push(rejection);
      if (added.length === LISTED_AT_ONCE) await addAll();
      continue;
    }
    if (copied.payload !== rejection.payload || copied.errors !== rejection.errors) shortened += 1;
    if (rejection.resolvedAt !== null && copied.resolvedAt === null) {
      resolved.set(rejection.resolvedAt, [...(resolved.get(rejection.resolvedAt) ?? []), copied.rejectionId]);
    }
  }
  await addAll();
  for (const [resolvedAt, ids] of resolved) await target.resolveRejections(ids, resolvedAt);
  return { rejections: count, shortened };
}

/** Throws `refused` unless the copy holds each, as often, and resolved as it is. */
export async function compareRejections(source: CopySide, target: CopySide, signal: AbortSignal): Promise<void> {
  for await (const { rejection, copied } of withCopies(source, target, signal)) {
    if (copied?.resolvedAt !== rejection.resolvedAt) {
      throw new EventStoreError(
        'refused',
        `The rejection ${rejection.rejectionId} of ${source.place} is not in the copy as it is there. What to do: run this again.`,
      );
    }
  }
}

/** Each rejection of the source, and the same one of the copy, where that has it: what the copy has beside is passed over. */
async function* withCopies(source: CopySide, target: CopySide, signal: AbortSignal) {
  const there = eachOf(target.rejections());
  let next = await there.next();
  for await (const rejection of eachOf(source.rejections())) {
    signal.throwIfAborted();
    while (next.value !== undefined && !isSame(rejection, next.value)) next = await there.next();
    const copied = next.value;
    yield { rejection, copied };
    if (copied !== undefined) next = await there.next();
  }
}

/** But for what may be cut, and for whether it is resolved. */
function isSame(a: KeptRejection, b: KeptRejection): boolean {
  const [one, other] = [a, b].map(({ code, origin, eventId, source, subject, rejectedAt }) =>
    JSON.stringify([code, origin, eventId, source, subject, rejectedAt]),
  );
  return one === other;
}
