/** Runs one of several projectors that share `touchstone.log`, until it is killed. */

import { announceTo } from '@touchstone/clock';
import { openEventStore } from '@touchstone/event-store';
import { type Definition, definitionsByType, policyV1 } from '@touchstone/journey';
import { foldInProcess, type StartFold } from '@touchstone/projection';
import { openReadModels, type ReadModels, WHOLE } from '@touchstone/read-models';
import { createLogger } from '../../packages/runtime/src/logger.ts';
import { followLanes } from '../../services/projector/src/follow/lane-projectors.ts';
import { quickBus } from '../kafka-broker/bus-for-test.ts';
import { onOrder, onTold, say } from './doomed-program.ts';
import { isTorn, STAND, standBeforeCheckpoint } from './stand-before-checkpoint.ts';

export interface LanesOrder {
  readonly eventStoreUrl: string;
  readonly clickhouseUrl: string;
  readonly kafkaUrl: string;
  readonly topic: string;
  readonly generation: number;
  readonly definitions: readonly Definition[];
}

/**
 * Session timeout of a second and a half: a killed projector keeps its partitions from the others
 * for that long.
 */
export const SESSION = { sessionMs: 1_500, heartbeatMs: 250 };

onOrder<LanesOrder>(async ({ eventStoreUrl, clickhouseUrl, kafkaUrl, topic, generation, definitions }) => {
  let isToStand = false;
  onTold(STAND, () => {
    isToStand = true;
  });
  const store = await openEventStore(eventStoreUrl);
  const readModels = standBeforeCheckpoint(
    await openReadModels(clickhouseUrl),
    () => isToStand,
    () => say({ standing: true }),
  );
  const measures = { policy: policyV1, definitions: definitionsByType(definitions) };
  const lanes = followLanes({
    bus: quickBus(kafkaUrl, SESSION),
    store,
    readModels: saying(readModels),
    target: async () => ({ generation, measures }),
    startFold: sayingFolder,
    announce: async (announcements) => void (await announceTo(store, announcements, false)),
    logger: createLogger({ level: 'error' }),
    topic,
    groupId: topic,
    signal: new AbortController().signal,
  });
  say({ up: true });
  await lanes.ended;
});

/**
 * Reports at each partition that it takes over whether moments lack their checkpoint, and reports
 * each batch written.
 */
function saying(readModels: ReadModels): ReadModels {
  return {
    ...readModels,
    async resume(generation, lane = WHOLE) {
      const checkpoint = await readModels.resume(generation, lane);
      say({ [(await isTorn(readModels.clickhouse, generation, lane)) ? 'torn' : 'whole']: true });
      return checkpoint;
    },
    async writeBatch(...batch) {
      await readModels.writeBatch(...batch);
      say({ written: true });
    },
  };
}

/** Reports when a batch is about to be announced and inserted. */
const sayingFolder: StartFold = (options, streams) => {
  const folder = foldInProcess(options, streams);
  return {
    ...folder,
    async finish(upTo) {
      const folded = await folder.finish(upTo);
      if (!folded.isEmpty) say({ folded: true });
      return folded;
    },
  };
};
