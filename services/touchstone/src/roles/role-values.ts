import { clock } from './clock.ts';
import { ingest } from './ingest.ts';
import { projector } from './projector.ts';
import { query } from './query.ts';
import { relay } from './relay.ts';
import type { RoleValue } from './role.ts';

/**
 * All roles, in the order of their start; they stop in the opposite order. So the relay stops after
 * everything that appends, and the topics end where the log does.
 */
export const roleValues: readonly RoleValue[] = [relay, projector, clock, query, ingest];
