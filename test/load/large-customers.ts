import { foldCustomer, type JourneyEvent, tellJourney, viewCustomer } from '@touchstone/journey';
import { measures } from '@touchstone/journey/testing';
import { largeCustomers } from '@touchstone/journey/testing/large-customers';
import { type BenchRow, formatRow } from './measure.ts';
import { benchMuchOfOneCustomer } from './much-of-one-customer.ts';

const FEW = 50_000;
const ROUNDS = 4;
const NOW = Date.UTC(2199, 11, 31);

/**
 * One customer with a large amount of one thing: folded, settled far beyond every deadline, and
 * shown. Four times the amount may take six times as long.
 */
export async function benchLargeCustomers(): Promise<BenchRow[]> {
  const show = (events: readonly JourneyEvent[]) => viewCustomer(measures, foldCustomer(measures, 'c1', events, NOW)!);
  const tell = (events: readonly JourneyEvent[]) => tellJourney(measures, 'c1', events, 'j0', NOW);
  const rows = Object.entries(largeCustomers).map(([name, eventsOf]) => rowOf(name, eventsOf, show));
  for (const name of ['moments of one journey', 'one journey, abandoned and reopened']) {
    rows.push(rowOf(`${name}, told`, largeCustomers[name]!, tell));
  }
  return [...rows, ...(await benchMuchOfOneCustomer())];
}

function rowOf(
  name: string,
  eventsOf: (n: number) => readonly JourneyEvent[],
  work: (events: readonly JourneyEvent[]) => unknown,
): BenchRow {
  const [few, many] = [eventsOf(FEW), eventsOf(4 * FEW)];
  let [fewMs, manyMs] = [Number.POSITIVE_INFINITY, Number.POSITIVE_INFINITY];
  for (let round = 0; round < ROUNDS; round++) {
    fewMs = Math.min(
      fewMs,
      processorMs(() => work(few)),
    );
    manyMs = Math.min(
      manyMs,
      processorMs(() => work(many)),
    );
  }
  return {
    name: `large customers: ${name}`,
    goalText: `${4 * FEW} take ≤ 6 times as long as ${FEW}`,
    floor: fewMs,
    product: manyMs,
    ratio: manyMs / fewMs,
    goal: 6,
    atMost: true,
    unit: 'ms',
  };
}

/** Processor time, on which neighbours on the machine have less influence. */
function processorMs(work: () => unknown): number {
  const before = process.cpuUsage();
  work();
  return process.cpuUsage(before).user / 1000;
}

if (import.meta.filename === process.argv[1])
  for (const row of await benchLargeCustomers()) console.log(formatRow(row));
