import { z } from 'zod';
import { id } from '../fields.ts';
import { closePromiseOf } from '../promises.ts';
import { commonData } from './common-data.ts';
import { eventType } from './event-type.ts';

/** The company kept a promise, in time or late. */
export const promiseKept = eventType({
  name: 'touchstone.promise.kept.v1',
  data: z.object({ ...commonData, promiseId: id }),
  apply: (_measures, state, { data, time }, _journey, _weighed, changes) =>
    closePromiseOf(state, data.promiseId, 'kept', time, changes),
});
