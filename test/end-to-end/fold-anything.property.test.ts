import { foldAtHand } from '@touchstone/customer-folds';
import { customerFolding, definitionsByType, journeyFolding, policyV1, viewCustomer } from '@touchstone/journey';
import { foldInProcess } from '@touchstone/projection';
import fc from 'fast-check';
import { expect, test } from 'vitest';
import { type AnyEvent, goodEvent, mutatedEvent } from '../../services/ingest/testing/event-arbitraries.ts';

/** Extreme legal numbers, names and times, which replace the ordinary ones of random events. */
const extremes = fc.record(
  {
    touchpoint: fc.constantFrom('__proto__', 'constructor', 'toString', 'map', 'hasOwnProperty', 'x'.repeat(128)),
    channel: fc.constantFrom('__proto__', 'valueOf'),
    journeyId: fc.constantFrom('__proto__', 'constructor', 'j'),
    promiseId: fc.constantFrom('__proto__', 'p'),
    complaintId: fc.constantFrom('__proto__', 'c'),
    dueAt: fc.constantFrom('1970-01-01T00:00:00.000Z', '2199-12-31T23:59:59.999Z'),
    durationMs: fc.constantFrom(0, 5e-324, 1e12),
    amount: fc.constantFrom(0, 5e-324, 1e15),
    severity: fc.constantFrom(1.7976931348623157e308, -1.7976931348623157e308, '__proto__'),
    expectation: fc.constantFrom<unknown>(1, 5, { value: 1e9, min: -1e9, max: 1e9 }, { value: 0, min: 0, max: 5e-324 }),
    perception: fc.constantFrom<unknown>(
      1,
      5,
      { value: -1e9, min: -1e9, max: 1e9 },
      { value: 5e-324, min: 0, max: 5e-324 },
    ),
  },
  { requiredKeys: [] },
);
const edges = fc.constantFrom('1970-01-01T00:00:00.000Z', '2199-12-31T23:59:59.999Z', '2026-03-01T00:00:00.000Z');

const extremeEvent = fc.tuple(goodEvent, extremes, edges).map(([event, fields, time]): AnyEvent => {
  const known = Object.entries(fields).filter(([field]) => field in event.data);
  return { ...event, time, data: { ...event.data, ...Object.fromEntries(known) } };
});

const measures = {
  policy: policyV1,
  definitions: definitionsByType(
    ['payment', 'x', 'order'].map((type) => ({
      type,
      abandonAfterDays: 36_500,
      touchpoints: { payment: { weight: 1e6, critical: true, targetMs: 1e-3, expectation: 1 }, x: { expectation: 5 } },
    })),
  ),
};

const log = fc.array(fc.oneof(goodEvent, extremeEvent, mutatedEvent), { minLength: 1, maxLength: 40 }).map((events) =>
  events.map((event, i) => ({
    position: BigInt(i + 1),
    stream: `customer-c${i % 3}`,
    source: '/s',
    id: String(i),
    type: String(event.type),
    time: Date.parse(String(event.time)) || 0,
    recordedAt: 0,
    body: JSON.stringify({ ...event, subject: `c${i % 3}` }),
  })),
);

function numbersIn(value: unknown): number[] {
  if (typeof value === 'number') return [value];
  if (typeof value !== 'object' || value === null) return [];
  return Object.values(value).flatMap(numbersIn);
}

test('whatever the log holds is folded, encoded and answered, or set aside: no number is none, and nothing is thrown', async () => {
  let parkedOnes = 0;
  let taken = 0;
  await fc.assert(
    fc.asyncProperty(log, async (stored) => {
      const eventsOf = (stream: string) => stored.filter((event) => event.stream === stream);
      async function* streamPages(stream: string) {
        yield eventsOf(stream);
      }
      const folder = foldInProcess({ measures, after: 0n, parked: [] }, { streamPages });
      await folder.take(stored);
      const { batch, parked } = await folder.finish(BigInt(stored.length));
      expect(batch.moments.rows + parked.length).toBe(stored.length);
      parkedOnes += parked.length;
      taken += batch.moments.rows;
      for (const customerId of ['c0', 'c1', 'c2']) {
        const theirs = eventsOf(`customer-${customerId}`);
        const now = Date.parse('2199-12-31T00:00:00Z');
        const { result, parkedEvents } = foldAtHand(theirs, () => customerFolding(measures, customerId, now));
        expect(parkedEvents).toBe(theirs.filter(({ position }) => parked.includes(position)).length);
        if (result === null) continue;
        const told = [...result.journeys.keys()].map(
          (id) => foldAtHand(theirs, () => journeyFolding(measures, customerId, id, now)).result,
        );
        const numbers = numbersIn([viewCustomer(measures, result), told]);
        expect(numbers.filter((number) => !Number.isFinite(number))).toEqual([]);
      }
    }),
    { numRuns: 150, seed: 15 },
  );
  expect(parkedOnes).toBeGreaterThan(100);
  expect(taken).toBeGreaterThan(500);
}, 600_000);
