import { z } from 'zod';
import { endpoint } from './endpoint.ts';

/** Media type of a page of events. */
const EVENT_LINES = 'application/x-ndjson';

export const exportEvents = endpoint({
  id: 'exportEvents',
  method: 'GET',
  path: '/v1/events',
  tag: 'Publishing',
  summary: 'Published events in the order of the log, a page at a time',
  description:
    'The header `touchstone-next-position` is the `after` of the next page, `touchstone-end-position` where the log ended: all of it has been read once the two are equal. `touchstone-events` counts the lines. A page may be shorter than `limit`, and empty, before the end. Events of customers who were deleted or truncated in the event store are left out once the log says so. An event that is damaged is told by a line of the type `touchstone.event.damaged.v1`, and counted in `touchstone-damaged`.',
  scope: 'read',
  waits: 'never',
  query: z.strictObject({
    after: z
      .string()
      .regex(/^\d{1,20}$/, 'must be a position of the log: digits')
      .default('0')
      .describe('Events after this position of the log'),
    limit: z.coerce.number<string>().int().min(1).max(5_000).default(1000).describe('Events, at most'),
    customer: z.string().min(1).max(256).describe('Only events of this customer').optional(),
    type: z.string().min(1).max(256).describe('Only events of this CloudEvents type').optional(),
  }),
  answer: z.string().meta({
    id: 'ExportedEventLines',
    description:
      'A CloudEvent on each line, as it was published, with `touchstoneposition` and `touchstonerecordedat` beside its own attributes. Publishing takes it as it is.',
  }),
  answerType: EVENT_LINES,
  answerMeaning: 'A page of them',
  problems: [409],
});
