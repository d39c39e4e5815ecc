import type { Connection } from '../connection.ts';
import { EventStoreDbFailure } from '../failure.ts';

/** Most bytes of one append, until a server says that it takes less. */
export const APPEND_BYTES_MAX = 1024 * 1024;

/**
 * The bytes that one append may have. The server names its limit only when it refuses; the limit is
 * trusted until a connection breaks, because another server that takes more may then answer.
 */
export interface AppendLimit {
  bytes(): number;
  /**
   * Whether a refusal taught a lower limit, so that the caller may retry in smaller parts.
   * `attempted`: the bytes that were refused.
   */
  lower(error: unknown, attempted?: number): boolean;
  /** Repeats the attempt each time that the server turns out to take less than was known. */
  retry<Result>(attempt: () => Promise<Result>): Promise<Result>;
}

export function appendLimit(connection: Pick<Connection, 'breaks'>, most: number): AppendLimit {
  let bytes = most;
  let learntAt = connection.breaks();
  const known = (): number => {
    if (connection.breaks() !== learntAt) {
      learntAt = connection.breaks();
      bytes = most;
    }
    return bytes;
  };
  const lower = (error: unknown, attempted = Number.POSITIVE_INFINITY): boolean => {
    if (!(error instanceof EventStoreDbFailure) || error.kind !== 'tooLarge') return false;
    // A server that names a limit no lower than the bytes it refused counts bytes differently than
    // we do.
    const less = error.maxBytes > 0 && error.maxBytes < attempted ? error.maxBytes : attempted - 1;
    if (less >= known()) return attempted < Number.POSITIVE_INFINITY;
    bytes = less;
    return true;
  };
  return {
    bytes: known,
    lower,
    async retry(attempt) {
      for (;;) {
        try {
          return await attempt();
        } catch (error) {
          if (!lower(error)) throw error;
        }
      }
    },
  };
}
