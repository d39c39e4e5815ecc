import type { JourneyEvent } from '@touchstone/journey';
import { randomHistories } from '@touchstone/journey/testing';

/**
 * Random histories of many customers, interleaved into one log that keeps each customer's order.
 */
export function randomLog(customers: number, seed: number): JourneyEvent[] {
  const histories = randomHistories(customers, seed);
  const log: JourneyEvent[] = [];
  for (let turn = 0; histories.some((events) => events.length > 0); turn++) {
    log.push(...histories[(turn * 7919) % customers]!.splice(0, 1 + (turn % 5)));
  }
  return log;
}
