import { endpoints } from '@touchstone/api';
import { listComplaints, listMoments, listPromises, listTrustChanges } from '@touchstone/read-models';
import type { FastifyPluginAsyncZod } from 'fastify-type-provider-zod';
import { readModelFor } from '../asker.ts';
import type { QueryDeps } from '../deps.ts';
import { serveEndpoint } from '../serve-endpoint.ts';

/** Serves events, promises, complaints and moves between trust stages, from the read model. */
export const ledgerRoutes: FastifyPluginAsyncZod<QueryDeps> = async (app, deps) => {
  serveEndpoint(app, deps, endpoints.listMoments, ({ query, asker }) =>
    listMoments(...readModelFor(deps, asker), query),
  );
  serveEndpoint(app, deps, endpoints.listPromises, ({ query, asker }) =>
    listPromises(...readModelFor(deps, asker), query),
  );
  serveEndpoint(app, deps, endpoints.listComplaints, ({ query, asker }) =>
    listComplaints(...readModelFor(deps, asker), query),
  );
  serveEndpoint(app, deps, endpoints.listTrustChanges, ({ query, asker }) =>
    listTrustChanges(...readModelFor(deps, asker), query),
  );
};
