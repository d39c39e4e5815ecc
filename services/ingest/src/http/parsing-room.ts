import { inFlight } from './in-flight.ts';

/**
 * What is parsed takes up to ten times its bytes until it is stored, so few bodies are at a time. Bodies of more than `LARGE_BYTES` wait for one another in a
 * room of their own, and never hold up the small ones.
 */
export interface ParsingRoom {
  /** Does the work as soon as there is room for a body of so many bytes. `owner`: the key it came by; one has half of the room at most. */
  within<Result>(bytes: number, owner: string | undefined, work: () => Promise<Result>): Promise<Result>;
}

const LARGE_BYTES = 1024 * 1024;

/** Two whole bodies, and a hundred ordinary requests. */
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
