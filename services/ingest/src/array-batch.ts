import { BATCH_EVENTS_MAX, type JsonArray, jsonArray, keptPayload } from '@touchstone/event-store';
import { Problem } from '@touchstone/runtime';
import type { Refusal } from './decide-event.ts';
import { type InputBatch, parseMessage } from './input-batch.ts';
import { timeSlices } from './time-slices.ts';

/**
 * The elements of a body that is a JSON array, in UTF-8 without a byte order mark: each is parsed by itself, if it can be an event, and nobody else waits
 * while many are. Throws 400 where the body is not JSON, 413 for too many elements, 422 for none.
 */
export async function arrayBatch(body: Buffer): Promise<InputBatch> {
  const elements = jsonArray(body, BATCH_EVENTS_MAX);
  if (elements === undefined) throw notJson(parseMessage());
  const { count } = elements;
  if (count === 0) throw noEvents('The array is empty');
  if (count > BATCH_EVENTS_MAX) {
    throw new Problem(
      'too_many_events',
      `A batch may hold ${BATCH_EVENTS_MAX} events; this one holds ${count}. Send several, or application/x-ndjson.`,
    );
  }
  const values: unknown[] = new Array(count);
  const texts: string[] = new Array(count);
  const refused = new Map<number, Refusal>();
  const slices = timeSlices();
  for (let index = 0; index < count; index++) {
    if (slices.isOver()) await slices.next();
    const fault = elements.fault(index);
    if (fault !== undefined) {
      refused.set(index, { code: fault.code, errors: [{ path: '', message: fault.message }] });
      continue;
    }
    const text = elements.bytes(index).toString('utf8');
    values[index] = parsed(text, body, elements, index);
    texts[index] = text;
  }
  const isOneLine = !body.includes('\n');
  return {
    values,
    refused,
    escaped: body.includes('\\u'),
    textOf: (index) => (isOneLine || !texts[index]?.includes('\n') ? texts[index] : undefined),
    payloadOf: (index) => keptPayload(elements.bytes(index)),
  };
}

function parsed(text: string, body: Buffer, elements: JsonArray, index: number): unknown {
  try {
    return JSON.parse(text);
  } catch (error) {
    throw notJson(parseMessage(error, body.toString('utf8', 0, elements.offset(index)).length));
  }
}

export function notJson(what: string): Problem {
  return new Problem('invalid_json', `The body ${what}.`);
}

export function noEvents(why: string): Problem {
  const extensions = { accepted: 0, duplicates: 0, conflicts: 0, rejected: 0, problems: [] };
  return new Problem('no_events', `${why}: there is nothing to publish.`, { extensions });
}
