/**
 * What can go wrong in one call to EventStoreDB, sorted by what it means for the caller.
 *
 * - `conflict`: the stream is not at the expected revision; nothing was stored.
 * - `refused`: asking again gives the same answer (no permission, too large, stream tombstoned, bad request); nothing was stored.
 * - `moved`: another node leads: ask again.
 * - `silent`: our own timeout fired. It may be stored; the client must be replaced.
 * - `broken`: the answer got lost or is unclear. It may be stored: repeat with the same ids and the same expected revision.
 */
export type FailureKind = 'conflict' | 'refused' | 'moved' | 'silent' | 'broken';

export class EventStoreDbFailure extends Error {
  override readonly name = 'EventStoreDbFailure';
  readonly kind: FailureKind;
  constructor(kind: FailureKind, message: string, options?: { cause?: unknown }) {
    super(message, options);
    this.kind = kind;
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
  'stream-deleted',
  'maximum-append-size-exceeded',
  'missing-required-metadata-property',
  'AccessDenied',
  'StreamDeleted',
  'MaximumAppendSizeExceeded',
  'BadRequest',
]);

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
  if (exception === 'wrong-expected-version') return new EventStoreDbFailure('conflict', message, { cause: error });
  if (REFUSED_EXCEPTIONS.has(exception)) return new EventStoreDbFailure('refused', message, { cause: error });
  if (typeof code === 'number' && REFUSED_CODES.has(code)) {
    return new EventStoreDbFailure('refused', `${REFUSED_CODES.get(code)}: ${message}`, { cause: error });
  }
  return new EventStoreDbFailure('broken', message, { cause: error });
}

/** Sort the error of one append of a batch call: `typeName` is the protobuf name of its details. */
export function batchFailure(typeName: string, message: string, stream: string): EventStoreDbFailure {
  const exception = typeName.slice(typeName.lastIndexOf('.') + 1);
  const text = `${exception || 'Unknown'} on stream ${JSON.stringify(stream)}${message ? `: ${message}` : ''}`;
  if (exception === 'WrongExpectedVersion') return new EventStoreDbFailure('conflict', text);
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
