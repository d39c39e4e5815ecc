import {
  type Definition,
  decodeMeasures,
  definitionsByType,
  type ExpectedTouchpoint,
  encodeUnderNewRules,
  policyV1,
} from '@touchstone/journey';
import { expect, test } from 'vitest';
import { encodeNewest } from './measures-in-force.ts';

const shipping = { after: 'placed', touchpoint: 'shipped', withinMs: 1000 };

const orders = (...expects: ExpectedTouchpoint[]): Definition[] => [{ type: 'order', expects }];

async function sinceAfter(before: Definition[], after: Definition[], now: number | null, expectsSince?: number) {
  const measures = { policy: policyV1, definitions: definitionsByType(before) };
  const encoded = await encodeNewest({
    before: expectsSince === undefined ? measures : { ...measures, expectsSince },
    definitions: async () => after,
    clockKind: 'log',
    now: async () => now,
  });
  // A later filling with the same measures keeps it.
  return decodeMeasures(encodeUnderNewRules(decodeMeasures(encoded), 'log')).expectsSince;
}

test('a rebuild records since when its definitions expect more than those before, if there is a history', async () => {
  expect(await sinceAfter(orders(), orders(shipping), 7)).toBe(7);
  expect(await sinceAfter(orders(shipping), orders({ ...shipping, withinMs: 999 }), 7)).toBe(7);
  expect(await sinceAfter(orders(), orders(shipping), null)).toBeUndefined();
});

test('a rebuild whose definitions expect nothing new keeps the time from before', async () => {
  expect(await sinceAfter(orders(shipping), orders({ ...shipping, counts: false }), 7, 3)).toBe(3);
  expect(await sinceAfter(orders(shipping), orders(), 7)).toBeUndefined();
});
