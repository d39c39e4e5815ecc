import { endpoints, type Told } from '@touchstone/api';
import type { SharedLink } from '@touchstone/operations';
import { type Asker, Problem } from '@touchstone/runtime';
import type { FastifyReply, FastifyRequest } from 'fastify';
import type { FastifyPluginAsyncZod } from 'fastify-type-provider-zod';
import type { QueryDeps } from '../deps.ts';
import { foldFor, isSeen } from '../questions/customer-fold.ts';
import { serveEndpoint } from '../serve-endpoint.ts';
import { asProblem } from '../serving/as-problem.ts';
import { askedLanguage } from './asked-language.ts';
import { linkOf, SHARE_FOLDER, sharePath } from './share-address.ts';
import { PAGE_HEADERS, progressPage, refusalPage } from './shared-page.ts';

/** Pages for customers that one address may ask for in a second, also by guessing. */
export const SHARED_PAGES_MAX = 20;

/** Serves links for customers to those who make them, and their page to the customers. */
export const shareRoutes: FastifyPluginAsyncZod<QueryDeps> = async (app, deps) => {
  const { sharedLinks } = deps;
  serveEndpoint(app, deps, endpoints.shareJourney, async ({ params: { journeyId }, body, caller, asker }) => {
    const secret = secretOf(deps);
    const { customerId, expiresIn, timeZone = 'UTC' } = body;
    if ((await progressOf(deps, { customerId, journeyId }, asker)) === null) {
      throw new Problem('not_found', `The customer ${customerId} has no event of a journey ${journeyId}.`);
    }
    const by = caller?.name ?? '';
    const link = await sharedLinks.make({ customerId, journeyId, timeZone, by, lastsMs: expiresIn });
    return told(secret, link);
  });
  serveEndpoint(app, deps, endpoints.listShares, async ({ params: { journeyId }, query: { customerId } }) => {
    const secret = secretOf(deps);
    return { items: (await sharedLinks.of(customerId, journeyId)).map((link) => told(secret, link)) };
  });
  serveEndpoint(app, deps, endpoints.revokeShare, async ({ params: { shareId }, caller }) => {
    const secret = secretOf(deps);
    const link = await sharedLinks.revoke(shareId, caller?.name ?? '');
    if (link === undefined) throw new Problem('not_found', `No link ${shareId} is in force.`);
    return told(secret, link);
  });

  app.get<{ Params: { token: string } }>(
    `/${SHARE_FOLDER}/:token`,
    {
      schema: { hide: true },
      config: { scope: 'public', rateLimit: { max: SHARED_PAGES_MAX, timeWindow: 1000 } },
      errorHandler: answerRefusal,
    },
    (request, reply) => answerPage(deps, request, reply),
  );
};

/** The secret of links; undefined where there are none. */
const openSecret = ({ keys, shareSecret }: QueryDeps): Buffer | undefined =>
  keys === undefined ? undefined : shareSecret;

/** @throws Problem `sharing_closed` that names what is not configured. */
function secretOf(deps: QueryDeps): Buffer {
  const secret = openSecret(deps);
  if (secret !== undefined) return secret;
  const missing = [
    ...(deps.keys === undefined ? ['TOUCHSTONE_KEYS'] : []),
    ...(deps.shareSecret === undefined ? ['SHARE_SECRET_FILE'] : []),
  ];
  throw new Problem(
    'sharing_closed',
    `Links for customers need ${missing.join(' and ')}, which ${missing.length === 1 ? 'is' : 'are'} not set here.`,
  );
}

function told(secret: Buffer, { timeZone: _, ...link }: SharedLink): Told<typeof endpoints.shareJourney> {
  return { ...link, path: sharePath(secret, link) };
}

type Journey = Pick<SharedLink, 'customerId' | 'journeyId'>;

/** Null where no event names the journey. */
async function progressOf(deps: QueryDeps, { customerId, journeyId }: Journey, asker: Asker) {
  // All links to one journey share a fold that is under way.
  const seen = await foldFor(deps, 'progress', { customerId, journeyId }, { limit: 1 }, asker);
  return isSeen(seen) ? seen.page : null;
}

async function answerPage(deps: QueryDeps, request: FastifyRequest, reply: FastifyReply): Promise<string> {
  const { token } = request.params as { readonly token: string };
  const asked = askedLanguage(request.headers['accept-language']);
  const secret = openSecret(deps);
  const link = secret === undefined ? null : await linkOf(secret, token, deps.sharedLinks.find);
  const progress = link === null ? null : await progressOf(deps, link, request.asker);
  reply.headers(PAGE_HEADERS);
  if (link === null || progress === null) {
    reply.code(404);
    return refusalPage('missing', asked);
  }
  const { expiresAt: until, timeZone } = link;
  return progressPage(progress, asked, { now: progress.now, until, timeZone });
}

/** Failures tell customers nothing but whether to come again. */
function answerRefusal(error: unknown, request: FastifyRequest, reply: FastifyReply): FastifyReply {
  const problem = asProblem(error);
  const { status, headers } = problem instanceof Problem ? problem : { status: 500, headers: {} };
  const isAway = status === 429 || status >= 500;
  if (status >= 500) request.log.error({ err: error, route: request.routeOptions.url }, 'request failed');
  const page = refusalPage(isAway ? 'away' : 'missing', askedLanguage(request.headers['accept-language']));
  return reply
    .code(isAway ? status : 404)
    .headers({ ...headers, ...PAGE_HEADERS })
    .send(page);
}
