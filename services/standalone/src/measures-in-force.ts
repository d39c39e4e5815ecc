import type { EventStore } from '@touchstone/event-store';
import { type Definition, definitionsByType, type Measures, policyV1 } from '@touchstone/journey';
import { type ClockKind, decodeMeasures, encodeMeasures } from '@touchstone/projector';
import { type DefinitionsLedger, type InForce, isSameInForce, measuresLedger } from '@touchstone/query';
import type { ReadModels } from '@touchstone/read-models';
import { whoseRows } from './log-of-rows.ts';

/**
 * What is in force is a fact in the log, so that rows can be lost and are measured as they were. It is told only where that is something else than the newest
 * definitions, or was before: in a log in which nothing ever waited none tells it.
 */

type Asked = { readonly store: EventStore; readonly definitions: () => Promise<readonly Definition[]> };

/** As the log has it, for a new generation. */
export async function encodeInForce(options: Asked & { readonly clockKind: ClockKind }): Promise<string> {
  const { store, definitions, clockKind } = options;
  const inForce = (await measuresLedger(store).inForce()) ?? newest(await definitions());
  return encodeMeasures(inForce.policy, inForce.definitions.values(), clockKind);
}

const newest = (definitions: Iterable<Definition>): InForce => ({
  policy: policyV1,
  definitions: definitionsByType(definitions),
});

/** Before definitions are put: those that are in force by what stands in the tables, or by the log, are told if they would not be the newest any more. */
export async function tellBeforePutting(
  {
    store,
    ledger,
    readModels,
  }: { readonly store: EventStore; readonly ledger: DefinitionsLedger; readonly readModels?: ReadModels | undefined },
  toPut: readonly Definition[],
): Promise<void> {
  const told = measuresLedger(store);
  // Without history nothing waits.
  if ((await store.greatestTime()) === null || (await told.inForce()) !== null) return;
  const known = await ledger.latest();
  const current = (await readModels?.currentGeneration()) ?? null;
  const isOurs =
    readModels !== undefined && current !== null && (await whoseRows({ store, readModels }, current)) === 'ours';
  const inForce = isOurs ? decodeMeasures(current.measures) : newest(known);
  if (!isSameInForce(inForce, newest([...known, ...toPut]))) await told.tell(inForce);
}

/** Before a switch to rows that are measured so. */
export async function tellBeforeSwitch({ store, definitions }: Asked, measures: Measures): Promise<void> {
  const told = measuresLedger(store);
  if ((await told.inForce()) === null && isSameInForce(measures, newest(await definitions()))) return;
  await told.tell(measures);
}
