import { z } from 'zod';
import { endpoint } from '../endpoint.ts';
import { count } from '../fields.ts';
import { noParameters } from '../parameters.ts';
import { firingNow, nameInPath, version } from './versions.ts';
import { watchSchema } from './watch.ts';

const watchVersion = { ...version, watch: watchSchema };

export const putWatch = endpoint({
  id: 'putWatch',
  method: 'PUT',
  path: '/v1/watches/:name',
  tag: 'Alerts',
  summary: 'Put a new version of a watch over losses of a trust stage',
  description:
    'In force from the first whole minute after it was stored; it ends the alert of the version before. One equal to the newest version changes nothing.',
  scope: 'admin',
  waits: 'nothing',
  params: nameInPath,
  query: noParameters,
  body: watchSchema,
  answer: z.strictObject(watchVersion).meta({ id: 'WatchVersion' }),
  problems: [422],
});

export const listWatches = endpoint({
  id: 'listWatches',
  method: 'GET',
  path: '/v1/watches',
  tag: 'Alerts',
  summary: 'The watches, each with the losses of its span up to now',
  scope: 'read',
  waits: 'rows',
  query: noParameters,
  answer: z
    .strictObject({
      items: z.array(
        z
          .strictObject({
            ...watchVersion,
            left: count.describe('Customers who left the stage downwards in the span'),
            members: count.describe('All who were in it at some time of the span'),
            firing: firingNow,
          })
          .meta({ id: 'WatchNow' }),
      ),
    })
    .meta({ id: 'Watches' }),
});
