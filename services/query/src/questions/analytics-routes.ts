import { type DeviationKind, endpoints, presentFilters, type Request, type Told, type Where } from '@touchstone/api';
import {
  conformance,
  conformanceJourneys,
  durations,
  durationsJourneys,
  funnel,
  funnelJourneys,
  paths,
  pathsJourneys,
  type QuestionContext,
  variants,
} from '@touchstone/read-models/questions';
import { type Asker, Problem } from '@touchstone/runtime';
import type { FastifyPluginAsyncZod } from 'fastify-type-provider-zod';
import { readModelFor } from '../asker.ts';
import type { QueryDeps } from '../deps.ts';
import { serveEndpoint } from '../serve-endpoint.ts';
import { costlyAnswers } from '../waits/costly-answers.ts';

/** Lets one asker have one answer at a time, and leaves room for another's. */
const ANSWERS_AT_ONCE = 2;

/** A question about many journeys: its body selects them and has two clocks. */
type AnalyticsEndpoint = (typeof endpoints)[
  | 'askFunnel'
  | 'listFunnelJourneys'
  | 'askPaths'
  | 'listPathsJourneys'
  | 'askVariants'
  | 'askConformance'
  | 'listConformanceJourneys'
  | 'askDurations'
  | 'listDurationsJourneys'];
type BodyOf<E extends AnalyticsEndpoint> = Request<E>['body'];

/** Serves questions about many journeys, from the read model. */
export const analyticsRoutes: FastifyPluginAsyncZod<QueryDeps> = async (app, deps) => {
  const costly = costlyAnswers(deps, ANSWERS_AT_ONCE);
  const serve = <E extends AnalyticsEndpoint>(
    endpoint: E,
    ask: (body: BodyOf<E>, context: QuestionContext) => Promise<Told<E>>,
  ) =>
    serveEndpoint(app, deps, endpoint, async (request) => {
      const body: AnalyticsEndpoint extends E ? never : BodyOf<E> = request.body as never;
      assertKept(body);
      const now = await nowOf(deps, body);
      return costly(request, [endpoint.id, body, now], (asker) => ask(body, contextOf(deps, asker, now)));
    });
  serve(endpoints.askFunnel, async (body, context) => ({ groups: await funnel(body, context) }));
  serve(endpoints.listFunnelJourneys, funnelJourneys);
  serve(endpoints.askPaths, paths);
  serve(endpoints.listPathsJourneys, pathsJourneys);
  serve(endpoints.askVariants, variants);
  serve(endpoints.askConformance, (body, context) => conformance(withSteps(body, context), context));
  serve(endpoints.listConformanceJourneys, (body, context) => conformanceJourneys(withSteps(body, context), context));
  serve(endpoints.askDurations, async (body, context) => ({ groups: await durations(body, context) }));
  serve(endpoints.listDurationsJourneys, durationsJourneys);
};

/** The least of the product's now and the clocks of a question, ms. */
export async function nowOf(
  deps: QueryDeps,
  {
    asOf = Infinity,
    knownAt = Infinity,
  }: { readonly asOf?: number | undefined; readonly knownAt?: number | undefined },
): Promise<number> {
  return Math.min(await deps.now(), asOf, knownAt);
}

export function contextOf(deps: QueryDeps, asker: Asker, now: number): QuestionContext {
  const [clickhouse, generation] = readModelFor(deps, asker);
  return { clickhouse, generation, now, definitions: deps.measures().definitions };
}

interface Clocked {
  readonly where: Where;
  readonly asOf?: number | undefined;
  readonly knownAt?: number | undefined;
  readonly breakdown?: string | undefined;
}

/**
 * @throws Problem `not_in_the_past` for a filter or a breakdown by what is not kept for the past.
 */
export function assertKept({ where, asOf, knownAt, breakdown }: Clocked): void {
  if (asOf === undefined && knownAt === undefined) return;
  const paths = presentFilters.filter((name) => where[name] !== undefined).map((name) => `where.${name}`);
  if (breakdown === 'stage') paths.push('breakdown');
  if (paths.length === 0) return;
  const message = 'is not kept for the past: leave it out, or asOf and knownAt';
  throw new Problem('not_in_the_past', `${paths.join(', ')}: ${message}.`, {
    errors: paths.map((path) => ({ path, message })),
  });
}

interface StepsAsked {
  readonly where: Where;
  readonly steps?: readonly string[] | undefined;
  readonly allow: readonly { readonly kind: DeviationKind; readonly touchpoint: string }[];
}

/**
 * Adds the steps of the definition, unless others are given, and the deviations that it allows.
 * @throws Problem `no_steps` where neither has any.
 */
function withSteps<Asked extends StepsAsked>(asked: Asked, { definitions }: QuestionContext) {
  const definition = definitions.get(asked.where.type!);
  const steps = asked.steps ?? definition?.steps ?? [];
  if (steps.length === 0) {
    throw new Problem('no_steps', `No definition says which steps ${asked.where.type} has: give steps.`);
  }
  return { ...asked, steps, allow: [...asked.allow, ...(definition?.allow ?? [])] };
}
