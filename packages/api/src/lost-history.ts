import { z } from 'zod';
import { endpoint } from './endpoint.ts';
import { count, instant, position } from './fields.ts';
import { noParameters } from './parameters.ts';

const lostHistories = z
  .strictObject({
    items: z.array(
      z
        .strictObject({
          generation: z
            .number()
            .int()
            .positive()
            .describe('Of the rows that still tell of it; to be dismissed by this number'),
          foundAt: instant.describe('When the log was found to have been put back'),
          fork: position.describe('Up to here the log holds all that the rows tell of'),
          events: count.describe(
            'Events that the log does not hold now: published again, they are not counted any more',
          ),
          customers: count.describe('Customers of whom the log knows nothing now'),
          minutes: z
            .array(
              z
                .strictObject({ minute: instant, source: z.string(), events: count })
                .meta({ id: 'LostMinute', description: 'Of one source, by when they were recorded' }),
            )
            .describe('The first 500, in order'),
          customerIds: z.array(z.string()).describe('The first 500, in order'),
        })
        .meta({ id: 'LostHistory' }),
    ),
  })
  .meta({ id: 'LostHistories', description: 'The oldest first; empty while nothing is lost' });

export const getLostHistory = endpoint({
  id: 'getLostHistory',
  method: 'GET',
  path: '/v1/lost-history',
  tag: 'Running',
  summary: 'What the log has lost when it was put back from a backup',
  description:
    'Rows of a log that was put back are filled anew; those of before stay beside them until they are dismissed, and tell which events and customers the log does not hold. Published again by their sources, events are lost no more.',
  scope: 'read',
  waits: 'position',
  query: noParameters,
  answer: lostHistories,
});

export const dismissLostHistory = endpoint({
  id: 'dismissLostHistory',
  method: 'DELETE',
  path: '/v1/lost-history/:generation',
  tag: 'Running',
  summary: 'Forget what was lost: the rows that tell of it are dropped',
  scope: 'admin',
  waits: 'nothing',
  params: z.strictObject({ generation: z.coerce.number<string>().int().min(1).max(4_294_967_295) }),
  query: noParameters,
  answer: z.strictObject({ dismissed: z.number().int().positive() }).meta({ id: 'DismissedHistory' }),
  problems: [404],
});
