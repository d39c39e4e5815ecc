import { NoTurn } from '@touchstone/runtime/turns';
import { ReadModelError, type ReadModelErrorCode } from '../read-model-error.ts';

/** Maps ClickHouse's error numbers (see its ErrorCodes.cpp) to our codes. */
const CODES: Readonly<Record<number, ReadModelErrorCode>> = {
  32: 'corrupt', // ATTEMPT_TO_READ_AFTER_EOF
  33: 'corrupt', // CANNOT_READ_ALL_DATA
  39: 'corrupt', // TOO_LARGE_SIZE_COMPRESSED
  40: 'corrupt', // CHECKSUM_DOESNT_MATCH
  74: 'corrupt', // CANNOT_READ_FROM_FILE_DESCRIPTOR
  107: 'corrupt', // FILE_DOESNT_EXIST
  117: 'corrupt', // INCORRECT_DATA
  128: 'corrupt', // TOO_LARGE_ARRAY_SIZE
  131: 'corrupt', // TOO_LARGE_STRING_SIZE
  139: 'invalid', // NO_ELEMENTS_IN_CONFIG
  159: 'unavailable', // TIMEOUT_EXCEEDED
  202: 'unavailable', // TOO_MANY_SIMULTANEOUS_QUERIES
  209: 'unavailable', // SOCKET_TIMEOUT
  210: 'unavailable', // NETWORK_ERROR
  225: 'unavailable', // NO_ZOOKEEPER
  226: 'corrupt', // NO_FILE_IN_DATA_PART
  228: 'corrupt', // BAD_DATA_PART_NAME
  241: 'unavailable', // MEMORY_LIMIT_EXCEEDED
  242: 'unavailable', // TABLE_IS_READ_ONLY
  243: 'full', // NOT_ENOUGH_SPACE
  232: 'corrupt', // NO_SUCH_DATA_PART
  246: 'corrupt', // CORRUPTED_DATA
  252: 'unavailable', // TOO_MANY_PARTS
  271: 'corrupt', // CANNOT_DECOMPRESS
  279: 'unavailable', // ALL_CONNECTION_TRIES_FAILED
  285: 'unavailable', // TOO_FEW_LIVE_REPLICAS
  286: 'unavailable', // UNSATISFIED_QUORUM_FOR_PREVIOUS_WRITE
  289: 'unavailable', // REPLICA_IS_NOT_IN_QUORUM
  319: 'unavailable', // UNKNOWN_STATUS_OF_INSERT
  354: 'corrupt', // ZLIB_INFLATE_FAILED
  361: 'corrupt', // SEEK_POSITION_OUT_OF_BOUND
  395: 'fenced', // FUNCTION_THROW_IF_VALUE_IS_NON_ZERO
  432: 'corrupt', // UNKNOWN_CODEC
  497: 'denied', // ACCESS_DENIED
  516: 'denied', // AUTHENTICATION_FAILED
  519: 'unavailable', // NO_REMOTE_SHARD_AVAILABLE
  701: 'invalid', // CLUSTER_DOESNT_EXIST
  713: 'corrupt', // BROKEN_PROJECTION
  999: 'unavailable', // KEEPER_EXCEPTION
};

const TIMEOUT_EXCEEDED = 159;
const MEMORY_LIMIT_EXCEEDED = 241;

/**
 * Whether the query itself exceeded its limits, and the engine as a whole was not short of memory.
 */
function isTooCostly(number: number, message: string): boolean {
  return (
    number === TIMEOUT_EXCEEDED ||
    (number === MEMORY_LIMIT_EXCEEDED && !/\((?:total|for user)\)|\b(?:total|user) memory/i.test(message))
  );
}

/**
 * Maps an error of the client or the engine to a {@link ReadModelError}; `name` is the location of
 * the data. `isLimited`: the query had limits.
 */
export function typedError(name: string, error: unknown, isLimited = false): ReadModelError | NoTurn {
  if (error instanceof ReadModelError || error instanceof NoTurn) return error;
  const { message, code, clickhouseCode } = error as Error & { code?: string; clickhouseCode?: number };
  const number = clickhouseCode ?? Number(code);
  const known = /no space left on device/i.test(message)
    ? 'full'
    : isLimited && isTooCostly(number, message)
      ? 'too-costly'
      : CODES[number];
  // Errors of the client itself carry a system code (ECONNREFUSED, Z_BUF_ERROR …) or none (a
  // time-out, or an answer of a proxy instead of ClickHouse). ClickHouse's own errors carry a
  // number.
  const isUntyped = code === undefined && Object.getPrototypeOf(error) === Error.prototype;
  const fromNetwork = /^(?:E|Z_)[A-Z_]+$/.test(code ?? '') || /timeout|socket hang up/i.test(message) || isUntyped;
  const meaning = known ?? (fromNetwork ? 'unavailable' : 'query');
  const text = message.trim().slice(0, MESSAGE_MAX) || 'an error without a message';
  return new ReadModelError(meaning, `ClickHouse at ${name}: ${text}`, { cause: error });
}

const MESSAGE_MAX = 2_000;
