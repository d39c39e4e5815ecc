import { z } from 'zod';
import { count, position } from './fields.ts';

/** Two generations side by side: a rebuild compares before its switch, a trial reports them. */

export const mean = z.number().nullable().describe('Over those that have a value on both sides');

const tableComparison = z
  .strictObject({
    before: count,
    after: count,
    onlyBefore: count,
    onlyAfter: count,
    differing: count.describe('Rows on both sides with any other content'),
    leftOut: count.describe('Rows that moved on while the two were compared'),
  })
  .meta({ id: 'TableComparison' });

const conservation = z
  .strictObject({
    position,
    moments: count,
    parked: count,
    cut: count.describe('Gone from the log since'),
    events: count.describe('Published events that the log was given up to the position'),
    isWhole: z.boolean().describe('moments + parked + cut = events'),
  })
  .meta({ id: 'GenerationConservation' });

export const comparison = z
  .strictObject({
    isSameMeasures: z.boolean().describe('The same definitions and policy: then nothing may differ'),
    before: conservation.describe('The generation in force'),
    after: conservation.describe('The new one'),
    tables: z
      .strictObject({
        customers: tableComparison,
        journeys: tableComparison,
        promises: tableComparison,
        complaints: tableComparison,
        trustChanges: tableComparison,
      })
      .meta({ id: 'ComparedTables' }),
    journeys: z
      .strictObject({
        compared: count,
        scoreChanged: count,
        levelChanged: count,
        statusChanged: count,
        meanScoreBefore: mean,
        meanScoreAfter: mean,
      })
      .meta({ id: 'ComparedJourneys' }),
    customers: z
      .strictObject({
        compared: count,
        stageChanged: count,
        satisfactionChanged: count,
        loyaltyChanged: count,
        quietlyLeavingBefore: count,
        quietlyLeavingAfter: count,
        meanSatisfactionBefore: mean,
        meanSatisfactionAfter: mean,
      })
      .meta({ id: 'ComparedCustomers' }),
  })
  .meta({ id: 'Comparison' });
export type Comparison = z.output<typeof comparison>;

export const switchComparison = z
  .strictObject({
    ...comparison.shape,
    verdict: z
      .enum(['same', 'measured-otherwise', 'before-was-wrong', 'refused', 'forced'])
      .meta({ id: 'SwitchVerdict' })
      .describe(
        'same: no difference. measured-otherwise: other measures, and the differences are what they do. before-was-wrong: the log says that the old one was. refused, forced: the new one is not known to be right',
      ),
    overdue: count.describe('Customers for whom something is due by the new measures: settled right after the switch'),
    heldToTheLog: count.describe('Customers that differ, whose rows on both sides were held to the fold of the log'),
    faultsBefore: z.array(z.string()),
    faultsAfter: z.array(z.string()),
  })
  .nullable()
  .meta({ id: 'SwitchComparison' });
export type SwitchComparison = NonNullable<z.output<typeof switchComparison>>;
