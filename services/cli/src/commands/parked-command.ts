import { endpoints, type ParkedEvents } from '@touchstone/api';
import { type Client, TouchstoneError } from '@touchstone/client';
import { ask } from '../ask.ts';
import { type ExitCode, exitCodes } from '../cli-error.ts';
import { onInterrupt } from '../terminal/interrupt.ts';
import { plain, table, whole } from '../terminal/style.ts';

const PAGE = 500;

type ParkedItem = ParkedEvents['items'][number];

export interface ParkedOptions {
  /** `true`: retry all; undefined: retry none, only list them. */
  readonly retry: true | readonly string[] | undefined;
  readonly json: boolean;
}

/**
 * Lists the parked events, or has them retried and prints the result. Ends with `incomplete` if
 * some stay parked.
 */
export async function runParked(client: Client, { retry, json }: ParkedOptions): Promise<ExitCode> {
  const before = await listAll(client);
  if (retry === undefined) {
    console.log(json ? JSON.stringify(before, null, 2) : shown(before) || 'Nothing is parked.');
    return exitCodes.ok;
  }
  const body = retry === true ? {} : { positions: [...retry] };
  const { asked, position } = await ask(client, endpoints.retryParkedEvents, { body });
  if (asked === 0) {
    console.log(json ? JSON.stringify({ asked, position, taken: [], parked: [] }) : 'Nothing is parked.');
    return exitCodes.ok;
  }
  if (!(await reached(client, position))) return exitCodes.interrupted;
  const wanted = retry === true ? undefined : new Set(retry.map(BigInt));
  const isAsked = (item: ParkedItem) => wanted?.has(BigInt(item.position)) ?? true;
  // Events parked since then were not part of the request.
  const known = new Set(before.map((item) => item.position));
  const parked = (await listAll(client)).filter((item) => known.has(item.position) && isAsked(item));
  const left = new Set(parked.map((item) => item.position));
  const taken = before.filter((item) => isAsked(item) && !left.has(item.position)).map((item) => item.position);
  if (json) console.log(JSON.stringify({ asked, position, taken, parked }, null, 2));
  else {
    console.log(`${whole(taken.length)} of ${whole(asked)} were taken${parked.length === 0 ? '.' : '; still parked:'}`);
    if (parked.length > 0) console.log(shown(parked));
  }
  return parked.length === 0 ? exitCodes.ok : exitCodes.incomplete;
}

async function listAll(client: Client): Promise<readonly ParkedItem[]> {
  const all: ParkedItem[] = [];
  for (let cursor: string | undefined; ; ) {
    const page = await ask(client, endpoints.listParkedEvents, { query: { limit: PAGE, cursor } });
    all.push(...page.items);
    if (page.nextCursor === null) return all;
    cursor = page.nextCursor;
  }
}

/** Resolves true once the read model has reached the position; false if Ctrl-C ended the wait. */
async function reached(client: Client, position: string): Promise<boolean> {
  const interrupt = onInterrupt(() => console.error('\nThe retry goes on in the system; this command stops waiting.'));
  const { signal } = interrupt;
  try {
    while (!signal.aborted) {
      try {
        await ask(client, endpoints.listParkedEvents, { query: { limit: 1 } }, { after: position, signal });
        return true;
      } catch (error) {
        if (signal.aborted) return false;
        if (!(error instanceof TouchstoneError) || error.code !== 'read_model_behind') throw error;
        console.error(error.problem.detail);
      }
    }
    return false;
  } finally {
    interrupt.release();
  }
}

function shown(items: readonly ParkedItem[]): string {
  if (items.length === 0) return '';
  const rows = items.map(({ position, customerId, type, error }) => [
    position,
    plain(customerId),
    plain(type) || '–',
    plain(error),
  ]);
  return table(['>position', 'customer', 'type', 'error'], rows);
}
