import { z } from 'zod';
import { id } from '../fields.ts';
import { closePromiseOf } from '../promises.ts';
import { commonData } from './common-data.ts';
import { eventType } from './event-type.ts';

/** A promise no longer holds, by agreement with the customer. */
export const promiseWithdrawn = eventType({
  name: 'touchstone.promise.withdrawn.v1',
  data: z.object({ ...commonData, promiseId: id }),
  apply: (_measures, state, { data, time }, _journey, _weighed, changes) =>
    closePromiseOf(state, data.promiseId, 'withdrawn', time, changes),
});
