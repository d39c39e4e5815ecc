import { z } from 'zod';
import { endpoint } from './endpoint.ts';
import { count, instant, position } from './fields.ts';
import { instantParameter } from './parameters.ts';
import { bucketsMs } from './vocabulary.ts';

/** Whether every event is accounted for, minute by minute; and where one is not, which. */

const figures = {
  accepted: count.describe('As recorded when they were stored'),
  cut: count.describe('Gone from the log since: an operator deleted or truncated their customer'),
  stored: count.describe('Counted in the log, without those'),
  relayed: count
    .nullable()
    .describe('Of those accepted, how many are in touchstone.log; null where nothing is relayed'),
  projected: count.describe('Counted in the read model, up to the position it has come to'),
  parked: count.describe('Set aside there: see /v1/parked'),
  lag: count.describe('Stored and not yet projected: on their way, no fault'),
  gap: count.describe('Events that are missing or too many; 0 where all is well'),
};

const row = z
  .strictObject({
    source: z.string(),
    minute: instant.describe('Start of the minute, or of the bucket that was asked for'),
    ...figures,
    duplicates: count.nullable().describe('null where the event store does not keep them by minute; so the next two'),
    conflicts: count.nullable(),
    rejected: count.nullable(),
  })
  .meta({ id: 'ConservationRow' });

const gap = z
  .strictObject({
    source: z.string(),
    minute: instant,
    gap: count,
    found: count.describe('Faulty events found by comparing the log with the read model, event by event'),
    events: z
      .array(
        z
          .strictObject({
            fault: z
              .enum(['missing', 'repeated', 'unknown'])
              .meta({ id: 'ConservationFaultKind' })
              .describe(
                'missing: in the log and not in the read model; repeated: more than once in the read model; unknown: in the read model and not in the log',
              ),
            id: z.string(),
            customerId: z.string(),
            position,
          })
          .meta({ id: 'ConservationFault' }),
      )
      .describe('The first of them: a hundred in an answer'),
    searched: z
      .enum(['whole', 'partly'])
      .meta({ id: 'SearchExtent' })
      .describe('partly: there was more to compare than one answer compares'),
  })
  .meta({ id: 'ConservationGap' });

const conservation = z
  .strictObject({
    from: instant.describe('In whole minutes, by when events were stored'),
    to: instant,
    projected: position.describe('What is stored up to here was looked for in the read model'),
    relayed: position.nullable(),
    balanced: z.boolean().describe('No gap in any minute of any source'),
    totals: z.strictObject(figures).meta({ id: 'ConservationTotals' }),
    rows: z.array(row),
    gaps: z.array(gap).describe('The first hundred, by the minute, whatever the bucket'),
  })
  .meta({
    id: 'Conservation',
    description: 'accepted = stored + cut, and stored = projected + parked + lag, in every minute of every source',
  });

export const getConservation = endpoint({
  id: 'getConservation',
  method: 'GET',
  path: '/v1/conservation',
  tag: 'Running',
  summary: 'Accepted = stored + cut, stored = projected + parked, by minute and source; a gap names the events',
  description:
    'Of published events, by when they were stored. Figures are counted where the events are: in the log and in the read model. At most 7 days and 2,000,000 events at once (400 says how many there are), but a minute however many it holds. Beyond 10,000 rows the sources with gaps and with most events are listed, and the others of each bucket are one row, `(other)`; a source that is itself called so is shown as `((other))`.',
  scope: 'read',
  waits: 'position',
  query: z.strictObject({
    from: instantParameter
      .describe(
        'Stored at or after; a part of a minute counts as the whole. An hour before `to` unless told; less where an hour holds more events than are counted at once',
      )
      .optional(),
    to: instantParameter.describe('Stored before. The end of the log unless told').optional(),
    source: z.string().max(1024).describe('Only events of this source').optional(),
    bucket: z
      .enum(Object.keys(bucketsMs) as (keyof typeof bucketsMs)[])
      .meta({ id: 'ConservationBucket' })
      .default('1m')
      .describe('Sums over longer than a minute; buckets start at whole multiples of their length, UTC'),
  }),
  answer: conservation,
});
