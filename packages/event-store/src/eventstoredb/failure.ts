/**
 * Failures of a call to EventStoreDB, by their meaning for the caller:
 * - `conflict`: the stream is not at the expected revision; nothing was stored
 * - `refused`: a retry gives the same answer (no permission, bad request); nothing was stored
 * - `erased`: the stream was deleted for good, and its name with it; nothing was stored
 * - `tooLarge`: the append has more bytes than the server takes at once; nothing was stored
 * - `moved`: another node is the leader; retry
 * - `silent`: our own timeout fired, so it may be stored, and the client must be replaced
 * - `broken`: the answer was lost or is unclear, so it may be stored; retry with the same ids and
 *   the same expected revision
 */
export type FailureKind = 'conflict' | 'refused' | 'erased' | 'tooLarge' | 'moved' | 'silent' | 'broken';

export class EventStoreDbFailure extends Error {
  override readonly name = 'EventStoreDbFailure';
  readonly kind: FailureKind;
  /** For `tooLarge`: the bytes that the server takes in one append; 0 if it did not say. */
  readonly maxBytes: number;
  /**
   * For `conflict`: the stream's current revision; undefined if the server did not say or there is
   * no stream.
   */
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

/** gRPC status codes of calls that fail again on every retry. */
const REFUSED_CODES = new Map([
  [3, 'INVALID_ARGUMENT'],
  [7, 'PERMISSION_DENIED'],
  [12, 'UNIMPLEMENTED'],
  [16, 'UNAUTHENTICATED'],
]);

/**
 * Exceptions that fail again on every retry. The server names its exceptions in a trailer, and in
 * the details of a batch's answer.
 */
const REFUSED_EXCEPTIONS = new Set([
  'access-denied',
  'maximum-append-size-exceeded',
  'missing-required-metadata-property',
  'AccessDenied',
  'BadRequest',
]);

/**
 * Protobuf name, without its package, of the error that an append is larger than the server takes.
 */
export const TOO_LARGE = 'MaximumAppendSizeExceeded';

/** Protobuf name of the error that the stream is not at the expected revision. */
export const CONFLICT = 'WrongExpectedVersion';

interface GrpcError {
  readonly code?: unknown;
  readonly details?: unknown;
  readonly metadata?: { get(key: string): readonly unknown[] };
}

/**
 * Classify any error of a call. An unknown error is `broken`: an append may then have been stored,
 * and repeating it with the same ids and revision is always safe.
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

/** Whether nothing of the append was stored and a retry gives the same answer. */
export const isDecided = ({ kind }: EventStoreDbFailure): boolean =>
  kind === 'conflict' || kind === 'refused' || kind === 'erased' || kind === 'tooLarge';

/** Whether the stream was deleted for good. */
export const isErased = (error: unknown): boolean => error instanceof EventStoreDbFailure && error.kind === 'erased';

/** For reads that treat a stream deleted for good as one that never existed. */
export function undefinedIfErased(error: unknown): undefined {
  if (!isErased(error)) throw error;
}

/** Values in the details of a batch's answer, besides their name. */
export interface BatchDetails {
  readonly maxBytes?: number;
  readonly current?: number | undefined;
}

/**
 * Classify the error of one append of a batch call; `typeName` is the protobuf name of its details.
 */
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

/** `promise`, or a failure of kind `silent` if it has not settled within `ms`. */
export async function within<T>(ms: number, promise: Promise<T>, what: string): Promise<T> {
  let timer: ReturnType<typeof setTimeout> | undefined;
  const silence = new Promise<never>((_, reject) => {
    timer = setTimeout(() => reject(new EventStoreDbFailure('silent', `${what}: no answer within ${ms} ms`)), ms);
  });
  try {
    return await Promise.race([promise, silence]);
  } finally {
    clearTimeout(timer);
    // A late rejection must not become an unhandled one.
    promise.catch(() => {});
  }
}

function errorMessage(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}
