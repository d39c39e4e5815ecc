import { z } from 'zod';
import { endpoint } from './endpoint.ts';
import { count, instant } from './fields.ts';
import { noParameters } from './parameters.ts';
import { trustChange } from './trust-changes.ts';
import { levels } from './vocabulary.ts';

export const getOverview = endpoint({
  id: 'getOverview',
  method: 'GET',
  path: '/v1/overview',
  tag: 'Customers',
  summary: 'Customers by trust stage, journeys by satisfaction level, promises by state, the latest trust changes',
  scope: 'read',
  waits: 'rows',
  query: noParameters,
  answer: z
    .strictObject({
      now: instant,
      customersByStage: z
        .strictObject({ none: count, cognitive: count, affective: count, behavioural: count })
        .meta({ id: 'CustomersByStage' }),
      journeysByLevel: z.array(
        z
          .strictObject({ level: z.enum([...levels, '']).meta({ id: 'LevelOrNone' }), journeys: count })
          .meta({ id: 'JourneysAtLevel' }),
      ),
      journeysByStatus: z
        .strictObject({ open: count, completed: count, abandoned: count })
        .meta({ id: 'JourneysByStatus' }),
      promisesByState: z
        .strictObject({ open: count, kept: count, 'kept-late': count, broken: count, withdrawn: count })
        .meta({ id: 'PromisesByState' }),
      latestTrustChanges: z.array(trustChange),
    })
    .meta({ id: 'Overview' }),
});
