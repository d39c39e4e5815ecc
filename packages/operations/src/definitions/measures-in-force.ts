import type { EventStore } from '@touchstone/event-store';
import {
  type ClockKind,
  type Definition,
  decodeMeasures,
  definitionsByType,
  type ExpectedTouchpoint,
  encodeMeasures,
  type MeasurementRules,
  policyV1,
} from '@touchstone/journey';
import type { ReadModels } from '@touchstone/read-models';
import { whoseRows } from '../generations/log-of-rows.ts';
import type { DefinitionRegistry } from './definition-registry.ts';
import { type InForce, isSameInForce, measuresRegistry } from './measures-registry.ts';

/**
 * The log records which measures are in force, so that lost rows can be measured the same way
 * again. They are recorded only if they differ from the newest definitions or were recorded before,
 * so a log in which no definition ever waited for a rebuild holds no record.
 */

type Asked = { readonly store: EventStore; readonly definitions: () => Promise<readonly Definition[]> };

/** The encoded measures that the log has in force, for a new generation. */
export async function encodeInForce(options: Asked & { readonly clockKind: ClockKind }): Promise<string> {
  const { store, definitions, clockKind } = options;
  const inForce = (await measuresRegistry(store).inForce()) ?? newest(await definitions());
  return encodeMeasures(inForce.policy, inForce.definitions.values(), clockKind);
}

/** The inputs of a rebuild to other measures. */
interface Changed {
  /** The measures in force. */
  readonly before: MeasurementRules;
  readonly clockKind: ClockKind;
  /** The product's now, ms; null in a log without times. */
  readonly now: () => Promise<number | null>;
}

/** The encoded measures of a rebuild with the newest definitions. */
export async function encodeNewest(options: Changed & Pick<Asked, 'definitions'>): Promise<string> {
  return encodeChanged(newest(await options.definitions()), options);
}

/**
 * The encoded measures of a rebuild to these. If they expect touchpoints that the measures in force
 * do not, the breaches due before now are listed, and not announced.
 */
export async function encodeChanged(after: InForce, { before, clockKind, now }: Changed): Promise<string> {
  const since = expectsMore(before, after) ? ((await now()) ?? undefined) : before.expectsSince;
  return encodeMeasures(after.policy, after.definitions.values(), clockKind, since);
}

function expectsMore(before: InForce, after: InForce): boolean {
  const keyOf = ({ after, touchpoint, withinMs }: ExpectedTouchpoint) => JSON.stringify([after, touchpoint, withinMs]);
  return [...after.definitions.values()].some(({ type, expects = [] }) => {
    const known = new Set(before.definitions.get(type)?.expects?.map(keyOf));
    return expects.some((expected) => !known.has(keyOf(expected)));
  });
}

const newest = (definitions: Iterable<Definition>): InForce => ({
  policy: policyV1,
  definitions: definitionsByType(definitions),
});

/**
 * Called before definitions are put. Records the measures in force (from the tables, or else the
 * log) if they would no longer be the newest.
 */
export async function tellBeforePutting(
  {
    store,
    ledger,
    readModels,
  }: { readonly store: EventStore; readonly ledger: DefinitionRegistry; readonly readModels?: ReadModels | undefined },
  toPut: readonly Definition[],
): Promise<void> {
  const told = measuresRegistry(store);
  // Without history no definition waits for a rebuild.
  if ((await store.greatestTime()) === null || (await told.inForce()) !== null) return;
  const known = await ledger.latest();
  const current = (await readModels?.currentGeneration()) ?? null;
  const isOurs =
    readModels !== undefined && current !== null && (await whoseRows({ store, readModels }, current)) === 'ours';
  const inForce = isOurs ? decodeMeasures(current.measures) : newest(known);
  if (!isSameInForce(inForce, newest([...known, ...toPut]))) await told.tell(inForce);
}

/** Called before a switch to rows with these measures; records them in the log. */
export async function tellBeforeSwitch({ store, definitions }: Asked, measures: MeasurementRules): Promise<void> {
  const told = measuresRegistry(store);
  if ((await told.inForce()) === null && isSameInForce(measures, newest(await definitions()))) return;
  await told.tell(measures);
}
