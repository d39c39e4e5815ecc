export type BusErrorCode =
  /** No broker answers, or too late: worth a retry. */
  | 'unavailable'
  /** The broker refuses our name and password. */
  | 'not_authenticated'
  /** We are known, but not allowed to do this. */
  | 'not_allowed'
  | 'unknown_topic'
  | 'too_few_partitions'
  /** The topic is set up so that it would lose what we keep in it. */
  | 'unfit_topic'
  /** One message is over the topic's limit. */
  | 'too_large'
  /** What was not read yet is gone: retention has deleted it, or it cannot be unpacked. */
  | 'hole'
  /** A message on a topic of the system that the system did not write. */
  | 'foreign_message'
  | 'invalid_url'
  | 'closed';

/** What the bus could not do: where, why and what to do about it. Only `unavailable` is worth a retry. */
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
 * Thrown by a handler that cannot take a batch now, because what it writes to is down: the partition of that batch is paused with a
 * growing delay and read again from the same message; the other partitions of the group go on.
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

/** The chain of causes, outermost first; the client wraps what the broker said once or twice. */
function causes(error: unknown): ClientError[] {
  const chain: ClientError[] = [];
  for (let at = error as ClientError | undefined; at && chain.length < 8; at = at.cause as ClientError | undefined) {
    if (chain.includes(at)) break;
    chain.push(at);
  }
  return chain;
}

/** What the client threw, in our words. Errors that are not the client's own (a mistake in our code) pass through as they are. */
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
  if (!chain.some(({ name }) => name?.startsWith('KafkaJS'))) return error as Error;
  return new BusError('unavailable', `${what}: ${chain.at(-1)?.message ?? String(error)}`, { cause: error });
}
