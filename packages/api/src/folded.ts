import { isInstant } from '@touchstone/journey';
import { z } from 'zod';
import { instantParameter, integerParameter } from './parameters.ts';

/** Parameters that single customers and journeys have in common. */

/** Entries of each list in the answer on one customer or journey. */
const ENTRIES = 1_000;
/** Writing a page of this size as JSON blocks the event loop for some 20 ms. */
export const ENTRIES_MAX = 2_000;

const CURSOR_WORDS = 'must be the nextCursor of a page';

/** Start of a later page: the same events, settled to the same time, in ms. */
const place = z.object({ upTo: z.bigint(), now: z.number(), offset: z.number() });

/** Selects the events of an answer, the time that it is settled to, and the page of its lists. */
export const pointOfView = z.strictObject({
  asOf: instantParameter.describe('What had happened by then, with all that is known now').optional(),
  knownAt: instantParameter.describe('Only events that were stored by then').optional(),
  limit: integerParameter(1, ENTRIES_MAX)
    .default(ENTRIES)
    .describe(`Entries of each list, at most; ${ENTRIES} unless told`),
  cursor: z
    .codec(z.string().regex(/^\d{1,19}\.\d{1,15}\.\d{1,9}$/, CURSOR_WORDS), place, {
      decode: (text, context) => {
        const [upTo = '', now = '', offset = ''] = text.split('.');
        if (isInstant(Number(now))) return { upTo: BigInt(upTo), now: Number(now), offset: Number(offset) };
        context.issues.push({ code: 'custom', input: text, message: CURSOR_WORDS });
        return z.NEVER;
      },
      encode: ({ upTo, now, offset }) => `${upTo}.${now}.${offset}`,
    })
    .describe(
      '`nextCursor` of the page before, with whatever else was asked for then. What was stored since the first page is left out',
    )
    .optional(),
});
export type PointOfView = z.output<typeof pointOfView>;
