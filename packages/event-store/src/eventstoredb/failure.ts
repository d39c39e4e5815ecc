/**
 * What can go wrong in one call to EventStoreDB, sorted by what it means for the caller.
 *
 * - `conflict`: the stream is not at the expected revision; nothing was stored.
 * - `refused`: asking again gives the same answer (no permission, bad request); nothing was stored.
 * - `erased`: the stream was deleted for good, and its name with it; nothing was stored.
 * - `tooLarge`: the append has more bytes than the server takes in one; nothing was stored.
 * - `moved`: another node leads: ask again.
 * - `silent`: our own timeout fired. It may be stored; the client must be replaced.
 * - `broken`: the answer got lost or is unclear. It may be stored: repeat with the same ids and the same expected revision.
 */
export type FailureKind = 'conflict' | 'refused' | 'erased' | 'tooLarge' | 'moved' | 'silent' | 'broken';

export class EventStoreDbFailure extends Error {
  override readonly name = 'EventStoreDbFailure';
  readonly kind: FailureKind;
  /** Of `tooLarge`: what the server takes in one append; 0 where it did not say. */
  readonly maxBytes: number;
  /** Of `conflict`: the revision that the stream is at; undefined where that was not said, or there is no stream. */
  readonly current: number | undefined;
  constructor(
    kind: FailureKind,
    message: string,
    options?: { cause?: unknown; maxBytes?: number; current?: number | undefined },
  ) {
    super(message, options);
    this.kind = kind;
    this.maxBytes = options?.maxBytes ?? 0;
    this.current = options?.current;
  }
}

/** gRPC status codes whose calls fail again however often they are repeated. */
const REFUSED_CODES = new Map([
  [3, 'INVALID_ARGUMENT'],
  [7, 'PERMISSION_DENIED'],
  [12, 'UNIMPLEMENTED'],
  [16, 'UNAUTHENTICATED'],
]);

/** The server names its own exceptions in a trailer, and in the details of a batch's answer; these are the ones it will not take back. */
const REFUSED_EXCEPTIONS = new Set([
  'access-denied',
  'maximum-append-size-exceeded',
  'missing-required-metadata-property',
  'AccessDenied',
  'BadRequest',
]);

/** The protobuf name, without its package, of what says that an append is larger than the server takes. */
export const TOO_LARGE = 'MaximumAppendSizeExceeded';

/** The same of what says that the stream is not at the expected revision. */
export const CONFLICT = 'WrongExpectedVersion';

interface GrpcError {
  readonly code?: unknown;
  readonly details?: unknown;
  readonly metadata?: { get(key: string): readonly unknown[] };
}

/**
 * Sort any error of a call. What is not recognised is `broken`: an append may then have been stored, and repeating it with the same
 * ids and revision is always safe.
 */
export function failureOf(error: unknown): EventStoreDbFailure {
  if (error instanceof EventStoreDbFailure) return error;
  const { code, details, metadata } = (error ?? {}) as GrpcError;
  const exception = String(metadata?.get?.('exception')?.[0] ?? '');
  const message = typeof details === 'string' && details !== '' ? details : errorMessage(error);
  if (exception === 'not-leader') return new EventStoreDbFailure('moved', message, { cause: error });
  if (exception === 'stream-deleted') return new EventStoreDbFailure('erased', message, { cause: error });
  if (exception === 'wrong-expected-version') return new EventStoreDbFailure('conflict', message, { cause: error });
  if (REFUSED_EXCEPTIONS.has(exception)) return new EventStoreDbFailure('refused', message, { cause: error });
  if (typeof code === 'number' && REFUSED_CODES.has(code)) {
    return new EventStoreDbFailure('refused', `${REFUSED_CODES.get(code)}: ${message}`, { cause: error });
  }
  return new EventStoreDbFailure('broken', message, { cause: error });
}

/** Nothing of the append was stored, and asking again for the same gives the same answer. */
export const isDecided = ({ kind }: EventStoreDbFailure): boolean =>
  kind === 'conflict' || kind === 'refused' || kind === 'erased' || kind === 'tooLarge';

/** Of a stream that was deleted for good. */
export const isErased = (error: unknown): boolean => error instanceof EventStoreDbFailure && error.kind === 'erased';

/** For reads to whom a stream that was deleted for good is one that never was. */
export function undefinedIfErased(error: unknown): undefined {
  if (!isErased(error)) throw error;
}

/** What the details of a batch's answer say beside their name. */
export interface BatchDetails {
  readonly maxBytes?: number;
  readonly current?: number | undefined;
}

/** Sort the error of one append of a batch call: `typeName` is the protobuf name of its details. */
export function batchFailure(
  typeName: string,
  message: string,
  stream: string,
  { maxBytes = 0, current }: BatchDetails = {},
): EventStoreDbFailure {
  const exception = typeName.slice(typeName.lastIndexOf('.') + 1);
  const text = `${exception || 'Unknown'} on stream ${JSON.stringify(stream)}${message ? `: ${message}` : ''}`;
  if (exception === CONFLICT) return new EventStoreDbFailure('conflict', text, { current });
  if (exception === 'StreamDeleted') return new EventStoreDbFailure('erased', text);
  if (exception === TOO_LARGE) return new EventStoreDbFailure('tooLarge', text, { maxBytes });
  if (REFUSED_EXCEPTIONS.has(exception)) return new EventStoreDbFailure('refused', text);
  return new EventStoreDbFailure('broken', text);
}

/** `promise`, or a failure of kind `silent` when it has not settled within `ms`. */
export async function within<T>(ms: number, promise: Promise<T>, what: string): Promise<T> {
  let timer: ReturnType<typeof setTimeout> | undefined;
  const silence = new Promise<never>((_, reject) => {
    timer = setTimeout(() => reject(new EventStoreDbFailure('silent', `${what}: no answer within ${ms} ms`)), ms);
  });
  try {
    return await Promise.race([promise, silence]);
  } finally {
    clearTimeout(timer);
    // Whoever comes late must not become an unhandled rejection.
    promise.catch(() => {});
  }
}

function errorMessage(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}
