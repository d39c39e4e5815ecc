import { z } from 'zod';
import { name } from '../fields.ts';
import { recover } from '../journey-life.ts';
import { commonData } from './common-data.ts';
import { eventType } from './event-type.ts';

/** The company made up for a failure, and the customer accepted it or not. */
export const recoveryMade = eventType({
  name: 'touchstone.recovery.made.v1',
  data: z.object({
    ...commonData,
    kind: z.enum(['apology', 'refund', 'replacement', 'gesture']).meta({ id: 'RecoveryKind' }),
    accepted: z.boolean(),
    touchpoint: name.optional(),
  }),
  apply(_measures, state, { data }, journey) {
    if (journey !== undefined && data.accepted) recover(state, journey, data.touchpoint);
  },
});
