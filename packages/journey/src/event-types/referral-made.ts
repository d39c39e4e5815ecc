import { z } from 'zod';
import { id } from '../fields.ts';
import { commonData } from './common-data.ts';
import { eventType } from './event-type.ts';

/** A customer recommended the company to somebody. */
export const referralMade = eventType({
  name: 'touchstone.referral.made.v1',
  data: z.object({ ...commonData, referredId: id.optional() }),
  apply(_measures, state) {
    state.trust.delights++;
  },
});
