import { LOG_PATIENCE_MS } from '@touchstone/event-store';
import { ingestRoutes, limitedAppend } from '@touchstone/ingest';
import { startIngressFlow } from '../kafka.ts';
import { tracedIngest } from '../traced-store.ts';
import { type RoleValue, runFlow } from './role.ts';

/** Takes events in over HTTP, and with Kafka from `touchstone.events`. */
export const ingest: RoleValue = {
  name: 'ingest',
  async start(parts) {
    const { app, config, kafka, keys, logger, store, time, tracing } = parts;
    const { latestTime } = time;
    const limited = limitedAppend(store, config.customerLimits);
    await app.register(ingestRoutes, {
      store,
      logPatienceMs: config.eventStore.scheme === 'esdb' ? LOG_PATIENCE_MS : undefined,
      limited,
      keys,
      latestTime,
      traced: tracedIngest(tracing),
      bytesInFlightMax: config.bodiesInFlightMaxBytes,
    });
    if (kafka === undefined) return;
    runFlow(parts, startIngressFlow({ ...kafka, store, limited, latestTime, logger, tracing }));
  },
};
