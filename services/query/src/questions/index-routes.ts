import { endpoints, type IndexNode, type Told } from '@touchstone/api';
import { levelOf } from '@touchstone/journey';
import { type IndexesLedger, indexesLedger } from '@touchstone/operations';
import { satisfactionIndex } from '@touchstone/read-models/questions';
import { Problem } from '@touchstone/runtime';
import type { FastifyPluginAsyncZod } from 'fastify-type-provider-zod';
import type { QueryDeps } from '../deps.ts';
import { serveEndpoint } from '../serve-endpoint.ts';
import { addDefinitions, serveQuestions } from './serve-questions.ts';

/** Serves satisfaction indexes: their trees from the log, their values from the read model. */
export const indexRoutes: FastifyPluginAsyncZod<QueryDeps> = async (app, deps) => {
  const ledger = indexesLedger(deps.store);
  const { serveReport } = serveQuestions(app, deps);
  const withDefinitions = addDefinitions(deps);
  serveReport(endpoints.askIndex, async ({ body: { tree, name, ...asked } }, context) => {
    const wanted: IndexNode = tree ?? (await indexNamed(ledger, name!)).tree;
    const answer = await satisfactionIndex({ ...asked, tree: wanted }, { ...withDefinitions(context), levelOf });
    return answer as Told<typeof endpoints.askIndex>;
  });
  serveEndpoint(app, deps, endpoints.listIndexes, async () => ({ items: await ledger.list() }));
  serveEndpoint(app, deps, endpoints.getIndex, ({ params: { name } }) => indexNamed(ledger, name));
  serveEndpoint(app, deps, endpoints.putIndex, ({ params: { name }, body, caller }) =>
    ledger.put(name, body, caller?.name),
  );
};

/** @throws Problem 404 where nobody put an index of the name. */
async function indexNamed(ledger: IndexesLedger, name: string) {
  const indexes = await ledger.list();
  const found = indexes.find((each) => each.name === name);
  if (found !== undefined) return found;
  const names = indexes.map((each) => each.name).join(', ');
  throw new Problem('not_found', `There is no index ${name}. There are: ${names}.`);
}
