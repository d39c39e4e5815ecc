import { randomBytes } from 'node:crypto';
import type { EventStore } from '@touchstone/event-store';
import { formatInstant, parseInstant } from '@touchstone/journey';
import { z } from 'zod';
import { followedStream } from '../ledgers/followed-stream.ts';
import { ownEvent } from '../ledgers/own-events.ts';

/** A link by which a customer sees one of their journeys; times in ms since 1970. */
export interface SharedLink {
  /** Random, and no secret: a signature makes an address of it. */
  readonly id: string;
  readonly customerId: string;
  readonly journeyId: string;
  /** Zone in which the page writes times. */
  readonly timeZone: string;
  readonly madeAt: number;
  readonly expiresAt: number;
  /** Name of the key that made it. */
  readonly by: string;
}

/** Links for customers, kept in a stream of the log, so that all processes know them. */
export interface SharedLinks {
  make(given: Omit<SharedLink, 'id' | 'madeAt' | 'expiresAt'> & { readonly lastsMs: number }): Promise<SharedLink>;
  /** The links of one journey that are in force, the latest first. */
  of(customerId: string, journeyId: string): Promise<readonly SharedLink[]>;
  /** Undefined for one that never was, has expired or was revoked. */
  find(id: string): Promise<SharedLink | undefined>;
  /** Returns what was revoked; undefined where no such link is in force. */
  revoke(id: string, by: string): Promise<SharedLink | undefined>;
}

const STREAM = 'shares';
const MADE = 'touchstone.share.made.v1';
const REVOKED = 'touchstone.share.revoked.v1';

const time = z.string().transform((text) => parseInstant(text)!);
const made = z.object({
  type: z.literal(MADE),
  data: z.object({
    id: z.string(),
    customerId: z.string(),
    journeyId: z.string(),
    timeZone: z.string(),
    madeAt: time,
    expiresAt: time,
    by: z.string(),
  }),
});
const revoked = z.object({ type: z.literal(REVOKED), data: z.object({ id: z.string() }) });
const body = z.discriminatedUnion('type', [made, revoked]);

const ID_BYTES = 16;

/** Reads the stream once, and then only what is new; links that have expired are forgotten. */
export function sharedLinks(store: EventStore, clock: () => number = Date.now): SharedLinks {
  const links = new Map<string, SharedLink>();
  const readNews = followedStream(store, STREAM, body, {
    take({ type, data }) {
      if (type === REVOKED) links.delete(data.id);
      else if (data.expiresAt > clock()) links.set(data.id, data);
    },
    forget: () => links.clear(),
  });
  const say = async (type: string, id: string, data: object) => {
    const event = { source: `urn:touchstone:${STREAM}`, type, id, at: clock(), data };
    await store.append([ownEvent(STREAM, event)]);
  };
  const find = async (id: string) => {
    await readNews();
    const link = links.get(id);
    return link !== undefined && link.expiresAt > clock() ? link : undefined;
  };
  return {
    find,
    async make({ lastsMs, ...given }) {
      const [id, madeAt] = [randomBytes(ID_BYTES).toString('base64url'), clock()];
      const expiresAt = madeAt + lastsMs;
      const shown = { madeAt: formatInstant(madeAt), expiresAt: formatInstant(expiresAt) };
      await say(MADE, id, { id, ...given, ...shown });
      return { id, ...given, madeAt, expiresAt };
    },
    async of(customerId, journeyId) {
      await readNews();
      const now = clock();
      for (const link of links.values()) if (link.expiresAt <= now) links.delete(link.id);
      return [...links.values()]
        .filter((link) => link.customerId === customerId && link.journeyId === journeyId)
        .sort((a, b) => b.madeAt - a.madeAt);
    },
    async revoke(id, by) {
      const link = await find(id);
      if (link === undefined) return undefined;
      await say(REVOKED, `${id}/revoked`, { id, by });
      links.delete(id);
      return link;
    },
  };
}
