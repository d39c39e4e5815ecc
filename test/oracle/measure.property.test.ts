import fc from 'fast-check';
import { expect, test } from 'vitest';
import { disagreements } from './fold-against-oracle.ts';
import { definitions, nowsAfter, randomCustomer } from './random-customer.ts';

/** Number of runs; for a longer search: `ORACLE_RUNS=20000 npx vitest run test/oracle`. */
const runs = Number(process.env.ORACLE_RUNS ?? 1_200);

test('the fold and a second, independent reading of the measurement give the same figures', () => {
  fc.assert(
    fc.property(
      randomCustomer(40),
      definitions,
      fc.array(fc.nat(10_000), { minLength: 1, maxLength: 1 }),
      fc.array(fc.nat(10_000), { minLength: 1, maxLength: 1 }),
      (customer, defined, picks, asOfPicks) => {
        const nows = nowsAfter(customer, picks);
        const asOfs = asOfPicks.map((pick) => customer.anchors[pick % customer.anchors.length]!);
        expect(disagreements(customer.events, defined, nows, asOfs)).toEqual([]);
      },
    ),
    { numRuns: runs },
  );
}, 900_000);
