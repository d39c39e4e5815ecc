import { endpoints } from '@touchstone/api';
import { addressOf } from '@touchstone/api/address';
import { parseDuration } from '@touchstone/api/duration';
import { type Alert, objectivesLedger, type WatchedVersion, watchesLedger } from '@touchstone/operations';
import { Problem } from '@touchstone/runtime';
import type { FastifyPluginAsyncZod } from 'fastify-type-provider-zod';
import type { QueryDeps } from '../deps.ts';
import { serveEndpoint } from '../serve-endpoint.ts';

/** Serves the alerts that were told, and takes acknowledgements of them. */
export const alertRoutes: FastifyPluginAsyncZod<QueryDeps> = async (app, deps) => {
  const failingOf = failingLists(deps);

  const withFailing = async (alert: Alert) => ({ ...alert, failing: await failingOf(alert) });

  serveEndpoint(app, deps, endpoints.listAlerts, async ({ query: { state, from, to, limit, cursor } }) => {
    const wanted = [...(await deps.alerts.list())]
      .filter(({ began, ended }) => {
        if (state !== undefined && (ended === null ? 'firing' : 'ended') !== state) return false;
        return (from === undefined || began >= from) && (to === undefined || began < to);
      })
      .sort(newestFirst);
    // An alert stays in its place, because its begin and its id never change.
    const start = cursor === undefined ? 0 : wanted.findIndex(({ id }) => id === cursor) + 1;
    if (cursor !== undefined && start === 0) {
      const message = 'must be the nextCursor of a page with the same filters';
      throw new Problem('invalid_query', `cursor: ${message}.`, { errors: [{ path: 'cursor', message }] });
    }
    const items = await Promise.all(wanted.slice(start, start + limit).map(withFailing));
    return { items, nextCursor: start + limit < wanted.length ? items.at(-1)!.id : null };
  });

  serveEndpoint(app, deps, endpoints.acknowledgeAlert, async ({ params, body }) => {
    const alert = await deps.alerts.acknowledge(params.id, body);
    if (alert === null) throw new Problem('not_found', `There is no alert ${params.id}: GET /v1/alerts lists them.`);
    return withFailing(alert);
  });
};

/** The address of the list in which to look for the causes of an alert. */
function failingLists({ store }: QueryDeps): (alert: Alert) => Promise<string | null> {
  const objectives = ruleOf(objectivesLedger(store));
  const watches = ruleOf(watchesLedger(store));
  return async (alert) => {
    if (alert.kind === 'silence') return null;
    if (alert.kind === 'burn-rate') {
      const rule = await objectives(alert);
      if (rule === undefined) return null;
      const { touchpoint, channel, journeyType: type, team } = rule;
      const query = { touchpoint, channel, type, team, hasFailure: true, sort: '-lastAt' } as const;
      return addressOf(endpoints.listJourneys, { query });
    }
    const rule = await watches(alert);
    if (rule === undefined) return null;
    const query = { from: alert.began - parseDuration(rule.within)!, ...(alert.ended !== null && { to: alert.ended }) };
    return addressOf(endpoints.listTrustChanges, { query });
  };
}

/** Finds the rule of an alert's version. A version never changes, so each is read once. */
function ruleOf<Rule>(ledger: { versions(): Promise<readonly WatchedVersion<Rule>[]> }) {
  const known = new Map<string, Rule>();
  return async ({ name, version }: Alert): Promise<Rule | undefined> => {
    const key = `${name}/${version}`;
    if (!known.has(key)) {
      for (const each of await ledger.versions()) known.set(`${each.name}/${each.version}`, each.rule);
    }
    return known.get(key);
  };
}

function newestFirst(a: Alert, b: Alert): number {
  return b.began - a.began || (a.id < b.id ? -1 : 1);
}
