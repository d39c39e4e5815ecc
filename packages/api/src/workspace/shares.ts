import { z } from 'zod';
import { bucketParameters } from '../buckets.ts';
import { endpoint } from '../endpoint.ts';
import { instant } from '../fields.ts';
import { durationParameter, idParameter, noParameters } from '../parameters.ts';
import { DAY_MS, MINUTE_MS } from '../vocabulary.ts';

/** Longest time for which a link for a customer may be in force. */
export const SHARE_LASTS_MAX_MS = 366 * DAY_MS;

const lasts = durationParameter.refine(
  (ms) => ms >= MINUTE_MS && ms <= SHARE_LASTS_MAX_MS,
  'must be between PT1M and P366D',
);

const share = z
  .strictObject({
    id: z.string(),
    journeyId: z.string(),
    customerId: z.string(),
    madeAt: instant,
    expiresAt: instant,
    by: z.string().describe('Name of the key that made it'),
    path: z
      .string()
      .describe('Address of the page, relative to that of this system, without a slash in front. It is a secret'),
  })
  .meta({ id: 'Share', description: 'A link by which a customer sees where their journey stands' });

const journeyInPath = z.strictObject({ journeyId: idParameter });

export const shareJourney = endpoint({
  id: 'shareJourney',
  method: 'POST',
  path: '/v1/journeys/:journeyId/share',
  tag: 'Workspace',
  summary: 'Make a link by which the customer sees where their journey stands',
  description:
    "The page says in the titles of the definition, and in the browser's language, what is done, what comes next and by when; no scores, no attributes, no ids. The link is signed, expires, and can be revoked. 403 `sharing_closed` where the system has no keys or no `SHARE_SECRET_FILE`.",
  scope: 'read',
  waits: 'position',
  params: journeyInPath,
  query: noParameters,
  body: z
    .strictObject({
      customerId: idParameter.describe('Whose journey it is'),
      expiresIn: lasts.describe('How long the link is in force, PT1M to P366D'),
      timeZone: bucketParameters.timeZone.describe('Zone in which the page writes times; UTC unless told'),
    })
    .meta({ id: 'ShareRequest', examples: [{ customerId: 'c-17', expiresIn: 'P30D', timeZone: 'Europe/Berlin' }] }),
  answer: share,
  problems: [404, 410],
});

export const listShares = endpoint({
  id: 'listShares',
  method: 'GET',
  path: '/v1/journeys/:journeyId/shares',
  tag: 'Workspace',
  summary: 'The links for the customer of a journey that are in force, the latest first',
  description: 'Links that have expired or were revoked are not listed; the log keeps who made and revoked them.',
  scope: 'read',
  waits: 'nothing',
  params: journeyInPath,
  query: z.strictObject({ customerId: idParameter.describe('Whose journey it is') }),
  answer: z.strictObject({ items: z.array(share) }).meta({ id: 'Shares' }),
});

export const revokeShare = endpoint({
  id: 'revokeShare',
  method: 'DELETE',
  path: '/v1/shares/:shareId',
  tag: 'Workspace',
  summary: 'Revoke a link for a customer',
  description: 'From then on its address is answered as if it had never been.',
  scope: 'read',
  waits: 'nothing',
  params: z.strictObject({ shareId: z.string().min(1).max(64) }),
  query: noParameters,
  answer: share,
  answerMeaning: 'The link that was revoked',
  problems: [404],
});
