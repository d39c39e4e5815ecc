import type { Connection } from '../connection.ts';
import { EventStoreDbFailure } from '../failure.ts';

/** Bytes of one append, unless a server says that it takes less. */
export const APPEND_BYTES_MAX = 1024 * 1024;

/**
 * How many bytes one append may have. The server does not tell before it refuses; what it said then is believed until a connection breaks, because behind
 * it may be a server that takes more.
 */
export interface AppendLimit {
  bytes(): number;
  /** True of a refusal that taught us something: the same may be tried again in smaller parts. `attempted`: the bytes that were refused. */
  lower(error: unknown, attempted?: number): boolean;
  /** Does it once more each time that the server turns out to take less than was known. */
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
    // A server that names no less than what it has just refused counts otherwise than we do.
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
