import type { SwitchComparison } from '@touchstone/api';
import type { CustomerFolds } from '@touchstone/customer-folds';
import type { EventStore } from '@touchstone/event-store';
import type { MeasurementRules } from '@touchstone/journey';
import { type Compared, comparedTables, countDue, differingCustomers, type ReadModels } from '@touchstone/read-models';
import type { Logger } from '@touchstone/runtime';
import { compareGenerations } from './compare-generations.ts';
import { holdToLog } from './hold-to-log.ts';

interface Standing {
  readonly generation: number;
  readonly measures: MeasurementRules;
  readonly projector: {
    readonly progress: { position(): bigint; reached(position: bigint, timeoutMs: number): Promise<boolean> };
  };
}

export interface ToSwitch {
  readonly store: EventStore;
  /** Where customers are folded. */
  readonly folds?: CustomerFolds | undefined;
  readonly readModels: ReadModels;
  readonly logger: Logger;
  /**
   * The generation in force; it may stand still or have lost rows, which may be why there is a
   * rebuild.
   */
  readonly before: Standing;
  /** The new generation, caught up. */
  readonly after: Standing;
  /** The product's now, ms; null in a log without times. */
  readonly now: number | null;
  readonly force: boolean;
}

/** Upper limit of the customers that are compared with the log. */
const HELD_MAX = 20;
const FAULTS_MAX = 20;
const REACH_MS = 30_000;

/**
 * Compares the new generation with the one in force at one log position: with the same measures
 * nothing may differ, with other measures the differences are the result. A fold of the log decides
 * on the switch: it is `refused` only if the new one is not as the log makes it, since otherwise
 * the old one was wrong and the switch mends it.
 * @returns null if a forced rebuild could not compare at all; without force that throws.
 */
export async function compareBeforeSwitch(options: ToSwitch): Promise<SwitchComparison | null> {
  try {
    return await compare(options);
  } catch (error) {
    if (!options.force) {
      const message = `the generations could not be compared: ${(error as Error).message}. Ask again, or switch without (POST /v1/rebuild {"force": true}, or pnpm touchstone rebuild --force)`;
      throw new Error(message, { cause: error });
    }
    options.logger.error({ err: error }, 'the generations could not be compared; the rebuild is forced, and switches');
    return null;
  }
}

async function compare(options: ToSwitch): Promise<SwitchComparison> {
  const { store, readModels, before, after, now, force, logger } = options;
  const { clickhouse } = readModels;
  const position = after.projector.progress.position();
  const isReached = await before.projector.progress.reached(position, REACH_MS);
  const compared: Compared = {
    before: {
      generation: before.generation,
      upTo: isReached ? position : before.projector.progress.position(),
    },
    after: { generation: after.generation, upTo: position },
  };
  const { comparison, isSameMoments } = await compareGenerations({
    store,
    clickhouse,
    compared,
    position,
    before: before.measures,
    after: after.measures,
    now,
  });
  const held = await holdDiffering(options, compared);
  const faultsBefore = [
    ...(isReached ? [] : [`it stands still at position ${compared.before.upTo} of ${position}`]),
    ...lossOf(comparison.before),
    ...held.faultsBefore,
  ];
  const faultsAfter = [...lossOf(comparison.after), ...held.faultsAfter];
  const { isSameMeasures, tables } = comparison;
  const isSame =
    isSameMoments && Object.values(tables).every((table) => table.onlyBefore + table.onlyAfter + table.differing === 0);
  if (isSameMeasures && !isSame && faultsBefore.length + faultsAfter.length === 0) {
    faultsAfter.push(
      'it differs from the one in force, with the same measures, in something that the fold of the log does not decide',
    );
  }
  const isRight = faultsAfter.length === 0;
  const result: SwitchComparison = {
    ...comparison,
    verdict: verdictOf({ isRight, force, wasRight: faultsBefore.length === 0, isSame: isSame && isSameMeasures }),
    overdue: now === null ? 0 : await countDue(clickhouse, after.generation, { now }),
    heldToTheLog: held.customers,
    faultsBefore: faultsBefore.slice(0, FAULTS_MAX),
    faultsAfter: faultsAfter.slice(0, FAULTS_MAX),
  };
  if (!isRight || faultsBefore.length > 0) logger.warn({ comparison: result }, FAULTY);
  return result;
}

interface Finding {
  /** Whether the new generation is as the log makes it. */
  readonly isRight: boolean;
  /** Whether the old generation was. */
  readonly wasRight: boolean;
  readonly isSame: boolean;
  readonly force: boolean;
}

function verdictOf({ isRight, wasRight, isSame, force }: Finding): SwitchComparison['verdict'] {
  if (!isRight) return force ? 'forced' : 'refused';
  if (!wasRight) return 'before-was-wrong';
  return isSame ? 'same' : 'measured-otherwise';
}

const FAULTY = 'the new generation and the one in force differ where they must not';

/** Text for the operator: why the switch was refused and what to do. */
export function refusal({ faultsAfter }: SwitchComparison): string {
  return `the new generation is not known to be right: ${faultsAfter.slice(0, 3).join('; ')}. Rebuild once more; if that ends the same, see the comparison (GET /v1/rebuild) and either keep what answers now or switch all the same (POST /v1/rebuild {"force": true}, or pnpm touchstone rebuild --force)`;
}

function lossOf({ moments, parked, events, isWhole }: SwitchComparison['before']): readonly string[] {
  return isWhole ? [] : [`it holds ${moments} moments and ${parked} parked events; the log has ${events} events`];
}

/** Compares the differing customers with a fold of the log, in both generations. */
async function holdDiffering(options: ToSwitch, compared: Compared) {
  const { readModels, before, after } = options;
  const customers = new Set<string>();
  for (const table of comparedTables) {
    for (const id of await differingCustomers(readModels.clickhouse, table, compared, { limit: HELD_MAX })) {
      if (customers.size < HELD_MAX) customers.add(id);
    }
  }
  const faults = { before: [] as string[], after: [] as string[] };
  for (const customerId of customers) {
    for (const side of ['before', 'after'] as const) {
      const { measures } = side === 'before' ? before : after;
      const found = await holdToLog(options, readModels.clickhouse, compared[side], measures, customerId);
      for (const fault of found ?? []) faults[side].push(`customer ${customerId}: ${fault}`);
    }
  }
  return { customers: customers.size, faultsBefore: faults.before, faultsAfter: faults.after };
}
