import { inFlight } from '@touchstone/runtime';

/**
 * Limits how many bodies are parsed at a time, because a parsed body takes up to ten times its
 * bytes until it is stored. Bodies of more than `LARGE_BYTES` queue in a room of their own and
 * never delay small ones.
 */
export interface ParsingRoom {
  /**
   * Runs the work as soon as there is room for a body of `bytes`. `owner`: the key of the request;
   * one owner gets half of the room at most.
   */
  within<Result>(bytes: number, owner: string | undefined, work: () => Promise<Result>): Promise<Result>;
}

const LARGE_BYTES = 1024 * 1024;

/** Room for two bodies of the maximum size, and for a hundred ordinary requests. */
export const PARSED_LARGE_BYTES_MAX = 32 * 1024 * 1024;
export const PARSED_SMALL_BYTES_MAX = 16 * 1024 * 1024;

export function parsingRoom(): ParsingRoom {
  const large = inFlight(PARSED_LARGE_BYTES_MAX, 'bytes of large bodies');
  const small = inFlight(PARSED_SMALL_BYTES_MAX, 'bytes of small bodies');
  return {
    async within(bytes, owner, work) {
      const holding = (bytes > LARGE_BYTES ? large : small).hold(owner);
      try {
        await holding.wait(bytes);
        return await work();
      } finally {
        holding.release();
      }
    },
  };
}
