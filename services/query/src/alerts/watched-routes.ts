import { rulesThatCannotFire } from '@touchstone/alerts';
import { endpoints, type Objective } from '@touchstone/api';
import {
  type Alert,
  heartbeatState,
  heartbeatsLedger,
  newestByName,
  objectiveState,
  objectivesLedger,
  type WatchedVersion,
  watchesLedger,
  watchState,
} from '@touchstone/operations';
import type { FastifyPluginAsyncZod } from 'fastify-type-provider-zod';
import { readModelFor } from '../asker.ts';
import type { QueryDeps } from '../deps.ts';
import { serveEndpoint } from '../serve-endpoint.ts';

/** Serves objectives, heartbeats and watches, whose versions are recorded in the log. */
export const watchedRoutes: FastifyPluginAsyncZod<QueryDeps> = async (app, deps) => {
  const objectives = objectivesLedger(deps.store);
  const heartbeats = heartbeatsLedger(deps.store);
  const watches = watchesLedger(deps.store);

  serveEndpoint(app, deps, endpoints.putObjective, async ({ params, body, caller }) => {
    await deps.targets.assertKnown(body.notify);
    return toldObjective(await objectives.put(params.name, body, caller?.name));
  });
  serveEndpoint(app, deps, endpoints.listObjectives, async ({ asker }) => {
    const firing = firingBy(await deps.alerts.list(), 'burn-rate');
    const now = await deps.now();
    const items = [];
    for (const version of byName(await objectives.versions())) {
      const [clickhouse, generation] = readModelFor(deps, asker);
      const state = await objectiveState({ clickhouse, generation }, version.rule, now);
      items.push({ ...toldObjective(version), ...state, firing: firing(version.name) });
    }
    return { items };
  });

  serveEndpoint(app, deps, endpoints.putHeartbeat, async ({ params, body, caller }) => {
    const { rule: heartbeat, ...version } = await heartbeats.put(params.name, body, caller?.name);
    return { ...version, heartbeat };
  });
  serveEndpoint(app, deps, endpoints.listHeartbeats, async ({ asker }) => {
    const firing = firingBy(await deps.alerts.list(), 'silence');
    const now = await deps.now();
    const items = [];
    for (const { rule: heartbeat, ...version } of byName(await heartbeats.versions())) {
      const [clickhouse, generation] = readModelFor(deps, asker);
      const state = await heartbeatState({ clickhouse, generation }, heartbeat, now);
      items.push({ ...version, heartbeat, ...state, firing: firing(version.name) });
    }
    return { items };
  });

  serveEndpoint(app, deps, endpoints.putWatch, async ({ params, body, caller }) => {
    const { rule: watch, ...version } = await watches.put(params.name, body, caller?.name);
    return { ...version, watch };
  });
  serveEndpoint(app, deps, endpoints.listWatches, async ({ asker }) => {
    const firing = firingBy(await deps.alerts.list(), 'stage-losses');
    const now = await deps.now();
    const items = [];
    for (const { rule: watch, ...version } of byName(await watches.versions())) {
      const [clickhouse, generation] = readModelFor(deps, asker);
      const state = await watchState({ clickhouse, generation }, watch, now);
      items.push({ ...version, watch, ...state, firing: firing(version.name) });
    }
    return { items };
  });
};

function toldObjective({ rule: objective, ...version }: WatchedVersion<Objective>) {
  return { ...version, objective, cannotFire: rulesThatCannotFire(objective) };
}

/** The newest version of each, by name. */
function byName<Rule>(versions: readonly WatchedVersion<Rule>[]): WatchedVersion<Rule>[] {
  return [...newestByName(versions).values()].sort((a, b) => (a.name < b.name ? -1 : 1));
}

function firingBy(alerts: readonly Alert[], kind: Alert['kind']) {
  return (name: string) =>
    alerts
      .filter((alert) => alert.kind === kind && alert.name === name && alert.ended === null)
      .map(({ id: alertId, severity, began }) => ({ alertId, severity, began }));
}
