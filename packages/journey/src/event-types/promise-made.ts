import { z } from 'zod';
import { id, instant, name, text } from '../fields.ts';
import { makePromise } from '../promises.ts';
import { commonData } from './common-data.ts';
import { checkInstant, eventType } from './event-type.ts';

const data = z.object({
  ...commonData,
  promiseId: id,
  dueAt: instant,
  what: text.optional(),
  touchpoint: name.optional(),
});
export type PromiseMade = z.infer<typeof data>;

/** The company promised something by a time. */
export const promiseMade = eventType({
  name: 'touchstone.promise.made.v1',
  data,
  checkMeaning: (data, faults) => checkInstant(faults, 'data.dueAt', data.dueAt),
  apply: (_measures, state, event, journey, _weighed, changes) => makePromise(state, event, journey, changes),
  isPromise: true,
});
