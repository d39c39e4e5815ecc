import type { EventStore } from '@touchstone/event-store';
import type { Definition } from '@touchstone/journey';
import type { ReadModels } from '@touchstone/read-models';
import { type Logger, Problem } from '@touchstone/runtime';
import type { ServedRebuild } from '../rebuild/rebuild.ts';
import type { DefinitionRegistry, DefinitionVersion } from './definition-registry.ts';
import { tellBeforePutting } from './measures-in-force.ts';

export interface PutTo {
  readonly ledger: DefinitionRegistry;
  readonly store: EventStore;
  readonly readModels: ReadModels;
  readonly rebuild: ServedRebuild;
}

/**
 * Records a definition; it waits for a rebuild, so that history never changes silently. Without
 * history it takes effect at once.
 */
export async function putDefinition(
  definition: Definition,
  { ledger, store, readModels, rebuild }: PutTo,
  by?: string,
): Promise<DefinitionVersion> {
  await tellBeforePutting({ store, ledger, readModels }, [definition]);
  const version = await ledger.put(definition, by);
  if (version.state !== 'waiting' || (await store.greatestTime()) !== null) return version;
  try {
    await rebuild.start();
  } catch (error) {
    // Another process rebuilds already, perhaps for a definition put at the same moment; this
    // definition is recorded and waits.
    if (error instanceof Problem && error.code === 'under_way') return version;
    throw error;
  }
  await rebuild.finished();
  return ledger.put(definition);
}

export async function reportWaitingDefinitions(ledger: DefinitionRegistry, logger: Logger): Promise<void> {
  const waiting = (await ledger.list()).filter(({ state }) => state === 'waiting');
  if (waiting.length === 0) return;
  const types = waiting.map(({ type, version }) => `${type} v${version}`).join(', ');
  logger.warn(`definitions that come into force with a rebuild (pnpm touchstone rebuild): ${types}`);
}
