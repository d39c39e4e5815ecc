import { createHmac, timingSafeEqual } from 'node:crypto';
import type { SharedLink } from '@touchstone/operations';

/** Folder of the pages for customers. */
export const SHARE_FOLDER = 'shared';

/** Bytes of the id and of the signature as base64url: 16 and 32. */
const TOKEN = /^(?<id>[A-Za-z0-9_-]{22})\.(?<signature>[A-Za-z0-9_-]{43})$/;

/** All that the page of a link depends on, so that no link can be changed into another. */
type Signed = Pick<SharedLink, 'id' | 'customerId' | 'journeyId' | 'expiresAt'>;

/** Stands for a link that does not exist, so that every guess costs the same. */
const NO_LINK: Signed = { id: 'A'.repeat(22), customerId: '', journeyId: '', expiresAt: 0 };
const NO_TOKEN = { id: NO_LINK.id, signature: 'A'.repeat(43) };

/** The address of a link's page, relative to that of the system. */
export function sharePath(secret: Buffer, link: Signed): string {
  return `${SHARE_FOLDER}/${link.id}.${signatureOf(secret, link)}`;
}

/**
 * The link of a token; null for any that was not signed by this secret for that very link, or that
 * is not in force. Each refusal does the same work.
 */
export async function linkOf(
  secret: Buffer,
  token: string,
  find: (id: string) => Promise<SharedLink | undefined>,
): Promise<SharedLink | null> {
  const { id, signature } = (TOKEN.exec(token)?.groups ?? NO_TOKEN) as typeof NO_TOKEN;
  const found = await find(id);
  const expected = signatureOf(secret, found ?? NO_LINK);
  // Text is compared, because several texts of base64 decode to one signature.
  const isSigned = timingSafeEqual(Buffer.from(signature), Buffer.from(expected));
  return isSigned && found !== undefined ? found : null;
}

function signatureOf(secret: Buffer, { id, customerId, journeyId, expiresAt }: Signed): string {
  const signed = JSON.stringify(['touchstone share v1', id, customerId, journeyId, expiresAt]);
  return createHmac('sha256', secret).update(signed).digest('base64url');
}
