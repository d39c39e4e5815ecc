import {
  apply,
  type CustomerState,
  decodeEvent,
  definitionsByType,
  initialState,
  newChanges,
  policyV1,
} from '@touchstone/journey';
import { type BenchRow, formatRow, interleaved, ratePerSecond } from './measure.ts';
import { sampleEvents, toAppend } from './sample-events.ts';

const COUNT = 100_000;

/** Measures the complete fold (measurement.md) against parsing the same events one by one. */
export async function benchFold(): Promise<BenchRow[]> {
  const encoded = sampleEvents(COUNT).map(toAppend);
  const events = encoded.map((event) => decodeEvent(event));
  const measures = {
    policy: policyV1,
    definitions: definitionsByType([
      { type: 'order', touchpoints: { 'payment.approved': { weight: 2, critical: true } } },
    ]),
  };
  const rates = await interleaved({
    variants: {
      parse: () =>
        ratePerSecond(COUNT, () => {
          for (const { body } of encoded) JSON.parse(body);
        }),
      fold: () =>
        ratePerSecond(COUNT, () => {
          const states = new Map<string, CustomerState>();
          const changes = newChanges();
          for (const event of events) {
            const state = states.get(event.customerId) ?? initialState(event.customerId);
            states.set(event.customerId, state);
            apply(measures, state, event, changes);
          }
        }),
    },
  });
  const { parse, fold } = rates as { parse: number; fold: number };
  return [
    {
      name: 'fold',
      goalText: '≥ 0.45 of JSON.parse, one event a text',
      floor: parse,
      product: fold,
      ratio: fold / parse,
      goal: 0.45,
      unit: 'events/s',
    },
  ];
}

if (import.meta.filename === process.argv[1]) for (const row of await benchFold()) console.log(formatRow(row));
