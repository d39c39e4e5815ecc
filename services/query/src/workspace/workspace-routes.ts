import { annotationSchema, endpoints, viewSchema } from '@touchstone/api';
import { type KeptNotes, keptNotes } from '@touchstone/operations';
import { search } from '@touchstone/read-models/questions';
import { Problem } from '@touchstone/runtime';
import type { FastifyPluginAsyncZod } from 'fastify-type-provider-zod';
import type { z } from 'zod';
import type { QueryDeps } from '../deps.ts';
import { byQuery, serveQuestions } from '../questions/serve-questions.ts';
import { serveEndpoint } from '../serve-endpoint.ts';

/** Serves the search, and what people keep in the log: views, marks on time axes, work taken. */
export const workspaceRoutes: FastifyPluginAsyncZod<QueryDeps> = async (app, deps) => {
  const { serve } = serveQuestions(app, deps);
  serve(endpoints.searchAll, byQuery(search));

  const views = keptNotes(deps.store, { stream: 'views', noun: 'view', schema: viewSchema });
  serveEndpoint(app, deps, endpoints.listViews, async () => ({ items: (await views.list()).map(toldView) }));
  serveEndpoint(app, deps, endpoints.putView, async ({ params, body, caller }) =>
    toldView(await views.put(params.name, body, caller?.name)),
  );
  serveEndpoint(app, deps, endpoints.deleteView, async ({ params, caller }) =>
    toldView(await removed(views, 'view', params.name, caller?.name)),
  );

  const annotations = keptNotes(deps.store, { stream: 'annotations', noun: 'annotation', schema: annotationSchema });
  serveEndpoint(app, deps, endpoints.listAnnotations, async ({ query: { from, to } }) => {
    const isAsked = ({ at }: { readonly at: number }) =>
      (from === undefined || at >= from) && (to === undefined || at < to);
    const byTime = (a: { readonly at: number }, b: { readonly at: number }) => a.at - b.at;
    const versions = await deps.definitions.list();
    const marks = versions.flatMap(({ type, version, putAt }) =>
      version === null || putAt === null ? [] : [{ type, version, at: putAt }],
    );
    return {
      items: (await annotations.list()).map(toldAnnotation).filter(isAsked).sort(byTime),
      definitions: marks.filter(isAsked).sort(byTime),
    };
  });
  serveEndpoint(app, deps, endpoints.putAnnotation, async ({ params, body, caller }) =>
    toldAnnotation(await annotations.put(params.name, body, caller?.name)),
  );
  serveEndpoint(app, deps, endpoints.deleteAnnotation, async ({ params, caller }) =>
    toldAnnotation(await removed(annotations, 'annotation', params.name, caller?.name)),
  );

  serveEndpoint(app, deps, endpoints.markWorklist, async ({ params: { customerId }, body, caller }) => {
    const { state, until = null, note } = body;
    if (until !== null && until <= (await deps.now())) throw faultyUntil();
    return deps.worklistMarks.mark(customerId, { state, by: body.by ?? caller?.name ?? '', until, note });
  });
};

function toldView({ name, putAt, content: view }: Note<typeof viewSchema>) {
  return { name, putAt, view };
}

function toldAnnotation({ name, content }: Note<typeof annotationSchema>) {
  return { name, ...content };
}

type Note<Schema extends z.ZodType> = Awaited<ReturnType<KeptNotes<z.output<Schema>>['put']>>;

/** @throws Problem `not_found` where nothing is kept under the name. */
async function removed<Content>(kept: KeptNotes<Content>, noun: string, name: string, by: string | undefined) {
  const found = await kept.remove(name, by);
  if (found === null) throw new Problem('not_found', `There is no ${noun} ${name}.`);
  return found;
}

function faultyUntil(): Problem {
  const message = 'must lie in the future';
  return new Problem('invalid_query', `until ${message}.`, { errors: [{ path: 'until', message }] });
}
