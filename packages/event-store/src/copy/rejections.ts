import { EventStoreError, type KeptRejection } from '../port.ts';
import { type CopySide, type CopyTarget, eachOf, LISTED_AT_ONCE } from './sides.ts';

export interface RejectionsCopied {
  readonly rejections: number;
  /** Number of them that were cut, because the copy's store takes fewer bytes at once. */
  readonly shortened: number;
}

/**
 * Copies the kept rejections and whether each is resolved, with their times. It finds those already
 * copied by walking through both logs, because the source may have evicted its oldest meanwhile.
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

/**
 * Throws `refused` unless the copy holds every rejection, as often as the source and equally
 * resolved.
 */
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

/** Yields each rejection of the source with its copy, if there is one; skips others in the copy. */
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

/** Compares without the members that may be cut, and without whether it is resolved. */
function isSame(a: KeptRejection, b: KeptRejection): boolean {
  const [one, other] = [a, b].map(({ code, origin, eventId, source, subject, rejectedAt }) =>
    JSON.stringify([code, origin, eventId, source, subject, rejectedAt]),
  );
  return one === other;
}
