import { type PlantedCauses, plantedCauses, shopDefinitions, simulateShop } from '@touchstone/demo-shop';
import { type QuestionedSystem, startOverHistory } from '../end-to-end/questions-system.ts';
import type { PublishedEvent } from '../oracle/published-event.ts';
import { type BenchRow, figure } from './measure.ts';

/** Shops, each of another seed; a tenth takes a minute. */
const SEEDS = Number(process.env.DRIVERS_SEEDS ?? 100);
const SHOP = { customers: 300, days: 480, from: Date.UTC(2025, 6, 1) };
const FOUND = 0.05;

interface Counts {
  /** Values that were drawn independently and tested, and those of them that were found. */
  independent: number;
  found: number;
  questions: number;
  /** Questions that have every planted cause before all that was drawn independently. */
  inOrder: number;
}

/**
 * Asks many shops what goes with the outcomes of their journeys: how often a value is found that
 * was drawn independently of everything, and how often every planted cause comes first.
 */
export async function benchDrivers(): Promise<BenchRow[]> {
  const counts: Counts = { independent: 0, found: 0, questions: 0, inOrder: 0 };
  for (let seed = 1; seed <= SEEDS; seed++) {
    const events = [...simulateShop({ ...SHOP, seed })] as unknown as PublishedEvent[];
    const recordedAt = events.at(-1)!.time;
    const system = await startOverHistory(
      shopDefinitions,
      events.map((event) => ({ recordedAt, event })),
    );
    try {
      for (const cause of plantedCauses) await count(system, cause, counts);
    } finally {
      await system.stop();
    }
  }
  const percent = (part: number, whole: number) => (100 * part) / whole;
  return [
    figure(
      `drivers: independent values found in ${SEEDS} shops, of ${counts.independent} tested`,
      percent(counts.found, counts.independent),
      '%',
      5,
    ),
    figure(
      'drivers: questions that have every planted cause first',
      percent(counts.inOrder, counts.questions),
      '%',
      null,
    ),
  ];
}

interface Item {
  readonly factor: string;
  readonly value: string;
  readonly q: number;
  readonly isPart: boolean;
}

async function count(system: QuestionedSystem, cause: PlantedCauses, counts: Counts): Promise<void> {
  const told = await system.ask('POST', '/v1/analytics/drivers', { ...cause.question, limit: 500 });
  const items = (told.items as Item[]).filter(({ isPart }) => !isPart);
  const placesOf = (factors: PlantedCauses['planted']) =>
    factors.map(({ factor, value }) => items.findIndex((item) => item.factor === factor && item.value === value));
  const planted = placesOf(cause.planted);
  const independent = placesOf(cause.independent).filter((at) => at !== -1);
  counts.independent += independent.length;
  counts.found += independent.filter((at) => items[at]!.q <= FOUND).length;
  counts.questions += 1;
  if (!planted.includes(-1) && Math.max(...planted) < Math.min(...independent)) counts.inOrder += 1;
}
