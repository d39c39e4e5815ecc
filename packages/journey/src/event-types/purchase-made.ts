import { z } from 'zod';
import { id } from '../fields.ts';
import { addTime } from '../sorted-times.ts';
import { commonData } from './common-data.ts';
import { eventType } from './event-type.ts';

/** A customer bought something. */
export const purchaseMade = eventType({
  name: 'touchstone.purchase.made.v1',
  data: z.object({
    ...commonData,
    amount: z.number().min(0).max(1e15),
    currency: z.string().regex(/^[A-Za-z]{3}$/, 'must be an ISO 4217 code, e.g. EUR'),
    orderId: id.optional(),
  }),
  apply(_measures, state, { time }) {
    addTime(state.trust.purchases, time);
  },
});
