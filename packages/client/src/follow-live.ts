import { setTimeout as wait } from 'node:timers/promises';
import type { Call, endpoints, LiveEvent } from '@touchstone/api';
import { backoffMs } from '@touchstone/async';
import { download } from './download.ts';
import type { ClientOptions } from './send-request.ts';
import { TouchstoneError } from './touchstone-error.ts';

/** Filters of the live events; each that is given must hold. */
export type LiveQuery = NonNullable<Call<typeof endpoints.followLive>['query']>;

/** An event, or positions (after, upTo] that the server left out, because it could not keep up. */
export type LiveItem =
  | { readonly kind: 'event'; readonly event: LiveEvent }
  | { readonly kind: 'skipped'; readonly after: string; readonly upTo: string };

const RECONNECT = { firstMs: 500, longestMs: 20_000 };

/**
 * Follows the live events, and connects again where the connection ends: from the last event on, so
 * that none is missed or comes twice. `path` has the filters.
 * @throws TouchstoneError for an answer that asking again does not mend; UnreachableError if nobody
 * answers at first.
 */
export async function* followLive(
  client: ClientOptions,
  path: string,
  { after, signal }: { readonly after?: string | undefined; readonly signal?: AbortSignal | undefined },
): AsyncGenerator<LiveItem> {
  let lastId = after;
  let isHeard = false;
  for (let failures = 0; !signal?.aborted; failures++) {
    try {
      const headers = lastId === undefined ? {} : { 'last-event-id': lastId };
      const { pieces } = await download(client, path, signal, { accept: 'text/event-stream', ...headers });
      isHeard = true;
      for await (const { id, event, data } of serverSentEvents(pieces)) {
        failures = 0;
        if (id !== undefined) lastId = id;
        if (data === '') continue;
        if (event === 'skipped') yield { kind: 'skipped', ...JSON.parse(data) };
        else yield { kind: 'event', event: JSON.parse(data) };
      }
    } catch (error) {
      if (signal?.aborted) return;
      const isAway = error instanceof TouchstoneError ? error.status === 503 || error.status === 429 : isHeard;
      if (!isAway) throw error;
    }
    await wait(backoffMs(failures, RECONNECT), undefined, signal === undefined ? {} : { signal }).catch(
      () => undefined,
    );
  }
}

interface ServerSentEvent {
  readonly id: string | undefined;
  readonly event: string;
  readonly data: string;
}

/** The blocks of a stream of server-sent events, as the HTML standard reads them. */
export async function* serverSentEvents(pieces: AsyncIterable<Uint8Array>): AsyncGenerator<ServerSentEvent> {
  const decoder = new TextDecoder();
  let rest = '';
  for await (const piece of pieces) {
    rest += decoder.decode(piece, { stream: true });
    const blocks = rest.split(/\n\n/);
    rest = blocks.pop()!;
    for (const block of blocks) yield parseBlock(block);
  }
}

function parseBlock(block: string): ServerSentEvent {
  let [id, event]: [string | undefined, string] = [undefined, 'message'];
  const data: string[] = [];
  for (const line of block.split('\n')) {
    const [, name, value = ''] = /^([^:]*)(?:: ?(.*))?$/s.exec(line)!;
    if (name === 'id') id = value;
    else if (name === 'event') event = value;
    else if (name === 'data') data.push(value);
  }
  return { id, event, data: data.join('\n') };
}
