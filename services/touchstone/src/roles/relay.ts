import { startRelayFlow } from '../kafka.ts';
import { type RoleValue, runFlow } from './role.ts';

/** Relays the log to Kafka; without Kafka there is nothing to do. */
export const relay: RoleValue = {
  name: 'relay',
  async start(parts) {
    const { kafka, store, logger, tracing } = parts;
    if (kafka === undefined) return;
    parts.relay = startRelayFlow({ ...kafka, store, logger, tracing });
    runFlow(parts, parts.relay);
  },
};
