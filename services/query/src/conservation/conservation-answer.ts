import { z } from 'zod';
import { count, instant, position } from '../answers/answer-values.ts';

/** What /v1/conservation answers. */

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

export const conservationAnswer = z
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
