import { Readable } from 'node:stream';
import { endpoints, LIVE_STREAMS_MAX } from '@touchstone/api';
import { endpointSchema, type Key, keyNow, mayDo, Problem } from '@touchstone/runtime';
import type { FastifyPluginAsyncZod } from 'fastify-type-provider-zod';
import type { QueryDeps } from '../deps.ts';
import { type LiveFeed, startLiveFeed } from './live-feed.ts';
import { liveStream } from './live-stream.ts';
import { paced } from './pace.ts';

const { followLive } = endpoints;

/** Serves live events; all streams share one reader of the log, which runs while there are any. */
export const liveRoutes: FastifyPluginAsyncZod<QueryDeps> = async (app, deps) => {
  const { store, measures, keys } = deps;
  const inPace = paced();
  const open = sharedFeed(deps);

  app.get(
    followLive.path,
    {
      config: { scope: followLive.scope },
      // A HEAD would open a stream to tell nothing of it.
      exposeHeadRoute: false,
      schema: endpointSchema(followLive),
    },
    async ({ query: filters, headers, asker, caller }, reply) => {
      const given = positionIn(headers['last-event-id']);
      const { feed, close: closeFeed } = await open();
      const inForce = whileInForce(keys, caller);
      const close = () => {
        inForce.close();
        closeFeed();
      };
      try {
        const head = feed.upTo() > (given ?? 0n) ? feed.upTo() : await store.head();
        if (given !== undefined && given > head) throw beyondLog(given, head);
        const after = given ?? feed.upTo();
        const signal = AbortSignal.any([asker.signal, app.stopping.draining, inForce.signal]);
        const texts = liveStream(feed, {
          store,
          measures,
          inPace,
          filters,
          after,
          signal,
          heartbeatMs: deps.heartbeatMs,
        });
        const body = Readable.from(texts, { objectMode: false });
        body.once('close', close);
        return reply
          .type(followLive.answerType)
          .headers({ 'cache-control': 'no-store', 'x-accel-buffering': 'no' })
          .send(body as never);
      } catch (error) {
        close();
        throw error;
      }
    },
  );
};

/** Aborts when the key of a stream may not read any more, because it was removed or changed. */
function whileInForce(keys: QueryDeps['keys'], caller: Key | null) {
  const ending = new AbortController();
  if (keys === undefined || caller === null) return { signal: ending.signal, close: () => {} };
  const look = () => {
    const key = keyNow(keys, caller);
    if (key === undefined || !mayDo(key, followLive.scope)) ending.abort();
  };
  look();
  return { signal: ending.signal, close: keys.onReload(look) };
}

/** Opens the feed for the first stream, and ends it after the last. */
function sharedFeed({ store, measures, liveHeldMax }: QueryDeps) {
  let streams = 0;
  let current: { readonly feed: Promise<LiveFeed>; readonly stopping: AbortController } | undefined;

  function begin() {
    const stopping = new AbortController();
    const feed = startLiveFeed({ store, measures, heldMax: liveHeldMax }, stopping.signal);
    const begun = { feed, stopping };
    const forget = () => {
      if (current === begun) current = undefined;
    };
    // A feed of a log that is away, or is another one now, serves nobody else.
    feed.then(({ ended }) => ended.addEventListener('abort', forget), forget);
    return begun;
  }

  return async () => {
    if (streams >= LIVE_STREAMS_MAX) {
      const detail = `${LIVE_STREAMS_MAX} streams of live events are open, and no more are served.`;
      throw new Problem('overloaded', detail, { headers: { 'retry-after': '15' } });
    }
    streams++;
    let isOpen = true;
    const close = () => {
      if (!isOpen) return;
      isOpen = false;
      streams--;
      if (streams > 0) return;
      current?.stopping.abort();
      current = undefined;
    };
    try {
      current ??= begin();
      return { feed: await current.feed, close };
    } catch (error) {
      close();
      throw error;
    }
  };
}

function positionIn(header: string | readonly string[] | undefined): bigint | undefined {
  if (header === undefined || header === '') return undefined;
  if (typeof header === 'string' && /^\d{1,20}$/.test(header)) return BigInt(header);
  const message = 'must be the id of an event of this stream: digits';
  throw new Problem('invalid_query', `Last-Event-ID: ${message}.`, { errors: [{ path: 'Last-Event-ID', message }] });
}

function beyondLog(after: bigint, end: bigint): Problem {
  return new Problem('position_beyond_log', `The log ends at ${end}: ${after} is a position of another, or of none.`, {
    errors: [{ path: 'Last-Event-ID', message: `lies beyond the end of the log, ${end}` }],
    extensions: { end: String(end) },
  });
}
