export type BusErrorCode =
  /** No broker answered in time: a retry may succeed. */
  | 'unavailable'
  /** The broker refused the user name or password. */
  | 'not_authenticated'
  /** The broker knows the user, but the user lacks the right for this operation. */
  | 'not_allowed'
  | 'unknown_topic'
  | 'too_few_partitions'
  /** The topic's settings would lose messages that must be kept (log compaction). */
  | 'unfit_topic'
  /** One message is larger than the topic's limit. */
  | 'too_large'
  /** Unread messages are missing: retention deleted them, or the client cannot decompress them. */
  | 'offset_gap'
  /** A topic that only the relay may write holds a message of another writer. */
  | 'foreign_message'
  | 'invalid_url'
  | 'closed';

/**
 * An error of the bus: its message says where it happened, why, and what to do about it. Only
 * `unavailable` is retryable.
 */
export class BusError extends Error {
  override readonly name = 'BusError';
  readonly code: BusErrorCode;
  readonly isRetryable: boolean;
  constructor(code: BusErrorCode, message: string, options?: { cause?: unknown }) {
    super(message, options);
    this.code = code;
    this.isRetryable = code === 'unavailable';
  }
}

/**
 * Thrown by a handler that cannot take a batch now, because its own store is down. The consumer
 * pauses the partition with a growing delay and reads again from the same message; the group's
 * other partitions go on.
 */
export class RetryLater extends Error {
  override readonly name = 'RetryLater';
}

interface ClientError {
  readonly name?: string;
  readonly type?: string;
  readonly message?: string;
  readonly cause?: unknown;
}

const ADVICE: Record<string, { code: BusErrorCode; advice: string }> = {
  TOPIC_AUTHORIZATION_FAILED: { code: 'not_allowed', advice: 'grant this user READ, WRITE and DESCRIBE on the topic' },
  GROUP_AUTHORIZATION_FAILED: {
    code: 'not_allowed',
    advice: 'grant this user READ on groups that start with "touchstone"',
  },
  CLUSTER_AUTHORIZATION_FAILED: {
    code: 'not_allowed',
    advice:
      'grant this user CREATE and IDEMPOTENT_WRITE on the cluster, or create the topics yourself and use ?topics=check',
  },
  UNKNOWN_TOPIC_OR_PARTITION: { code: 'unknown_topic', advice: 'create the topic; the README lists how each must be' },
  MESSAGE_TOO_LARGE: { code: 'too_large', advice: 'raise max.message.bytes of the topic' },
  RECORD_LIST_TOO_LARGE: { code: 'too_large', advice: 'raise max.message.bytes and segment.bytes of the topic' },
  SASL_AUTHENTICATION_FAILED: {
    code: 'not_authenticated',
    advice: 'check the user, password and mechanism in KAFKA_URL',
  },
  UNSUPPORTED_SASL_MECHANISM: {
    code: 'not_authenticated',
    advice: 'the broker does not offer this mechanism: set ?mechanism= in KAFKA_URL',
  },
};

/** The chain of causes, outermost first: the client wraps the broker's error once or twice. */
function causes(error: unknown): ClientError[] {
  const chain: ClientError[] = [];
  for (let at = error as ClientError | undefined; at && chain.length < 8; at = at.cause as ClientError | undefined) {
    if (chain.includes(at)) break;
    chain.push(at);
  }
  return chain;
}

/**
 * Turns an error of the Kafka client into a {@link BusError} with advice. An error that the client
 * did not raise (a mistake in our own code) passes through unchanged.
 */
export function asBusError(error: unknown, what: string): Error {
  if (error instanceof BusError || error instanceof RetryLater) return error;
  const chain = causes(error);
  for (const { type, name, message } of chain) {
    const known = ADVICE[type ?? ''];
    if (known) return new BusError(known.code, `${what}: ${message}. What to do: ${known.advice}.`, { cause: error });
    if (name === 'KafkaJSSASLAuthenticationError')
      return new BusError(
        'not_authenticated',
        `${what}: the broker refused our name and password (${message}). What to do: ${ADVICE.SASL_AUTHENTICATION_FAILED?.advice}.`,
        { cause: error },
      );
  }
  if (!chain.some(isKafkaClientError)) return error as Error;
  return new BusError('unavailable', `${what}: ${chain.at(-1)?.message ?? String(error)}`, { cause: error });
}

/**
 * Whether the Kafka client itself raised the error: it lost the partition or the broker. Its
 * classes are told by their names.
 */
export function isKafkaClientError(error: unknown): boolean {
  return (error as { readonly name?: string } | undefined)?.name?.startsWith('KafkaJS') === true;
}
