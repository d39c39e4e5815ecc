import { type Answer, endpoints } from '@touchstone/api';
import { type Client, TouchstoneError } from '@touchstone/client';
import { DAY_MS, HOUR_MS, MINUTE_MS } from '@touchstone/journey';
import { ask } from '../ask.ts';
import { whole } from '../terminal/style.ts';
import { bad, type Check, good, unknown } from './check.ts';

type Conservation = Answer<typeof endpoints.getConservation>;

/**
 * Whether every event stored in the day before `now` is accounted for, minute by minute.
 * @throws the client's errors.
 */
export async function lastDayCheck(client: Client, now: number): Promise<Check> {
  const what = 'events of the last day';
  const read = (from: number, to: number) =>
    ask(client, endpoints.getConservation, { query: { from, to, bucket: '1h' } });
  const end = Math.ceil(now / MINUTE_MS) * MINUTE_MS;
  try {
    return checkOf(what, await readInParts(read, end - DAY_MS, end, [HOUR_MS, 5 * MINUTE_MS, MINUTE_MS]));
  } catch (error) {
    if (isStatus(error, 404)) return unknown(what, 'this system does not tell by the minute');
    if (isStatus(error, 400))
      return unknown(what, `a minute holds more than is counted at once: ${(error as Error).message}`);
    throw error;
  }
}

type Read = (from: number, to: number) => Promise<Conservation>;

/**
 * Reads the span in one answer. If that is more than the system counts at once, it reads parts of
 * the next shorter length.
 */
async function readInParts(read: Read, from: number, to: number, lengths: readonly number[]): Promise<Conservation[]> {
  try {
    return [await read(from, to)];
  } catch (error) {
    const [length, ...shorter] = lengths;
    if (!isStatus(error, 400) || length === undefined) throw error;
    const parts: Conservation[] = [];
    for (let at = from; at < to; at += length) parts.push(...(await readInParts(read, at, at + length, shorter)));
    return parts;
  }
}

function checkOf(what: string, parts: readonly Conservation[]): Check {
  const sum = (name: 'stored' | 'lag' | 'gap') => parts.reduce((total, { totals }) => total + totals[name], 0);
  const counts = `${whole(sum('stored'))} stored, ${whole(sum('lag'))} of them on their way`;
  if (parts.every(({ balanced }) => balanced)) return good(what, `balanced in every minute: ${counts}`);
  const first = parts.flatMap(({ gaps }) => gaps)[0];
  const event = first?.events[0];
  const example =
    first === undefined
      ? ''
      : `; first ${first.source} at ${first.minute}${event === undefined ? '' : `: ${event.fault} ${event.id} of customer ${event.customerId}`}`;
  return bad(
    what,
    `${whole(sum('gap'))} missing or too many${example}`,
    'GET /v1/conservation names them. What the read model lacks, `pnpm touchstone rebuild` restores from the log.',
  );
}

const isStatus = (error: unknown, status: number) => error instanceof TouchstoneError && error.status === status;
