import { isAscii } from 'node:buffer';
import {
  BATCH_EVENTS_MAX,
  type JsonArray,
  jsonArrayInTurns,
  keptPayload,
  parseMessage,
  TOO_LARGE,
} from '@touchstone/event-store';
import { Problem } from '@touchstone/runtime';
import { type TimeSlices, timeSlices } from '@touchstone/runtime/time-slices';
import type { Refusal } from './decide-event.ts';
import type { InputBatch } from './input-batch.ts';

/**
 * Bytes of the elements parsed in one go: one by one they take twice the time, and all together
 * would block other requests.
 */
const GROUP_BYTES = 128 * 1024;

/**
 * The elements of a body that is a JSON array, in UTF-8 without a byte order mark. Elements too
 * large for an event are not parsed, and other requests get their turn meanwhile.
 * @throws Problem 400 if the body is not JSON, 413 for too many elements, 422 for none.
 */
export async function arrayBatch(body: Buffer): Promise<InputBatch> {
  const slices = timeSlices();
  const elements = await elementsOf(body, slices);
  const { count } = elements;
  const encoding = isAscii(body) ? 'latin1' : 'utf8';
  const values: unknown[] = new Array(count);
  const refused = new Map<number, Refusal>();
  for (let index = 0, end = 0; index < count; index = end) {
    if (slices.isOver()) await slices.next();
    const fault = elements.fault(index);
    if (fault === undefined) {
      end = groupEnd(elements, index);
      const group = parsedGroup(body, elements, index, end);
      for (let at = index; at < end; at++) values[at] = group[at - index];
    } else {
      end = index + 1;
      refused.set(index, { code: fault.code, errors: [{ path: '', message: fault.message }] });
      // Keeps the id, source and subject for the report of the fault, and drops the rest of the
      // element from memory.
      if (fault !== TOO_LARGE) values[index] = namesOf(parsed(body, elements, index));
    }
  }
  const isOneLine = !body.includes('\n');
  return {
    values,
    refused,
    escaped: body.includes('\\u'),
    textOf: (index) => {
      if (refused.has(index)) return undefined;
      const text = body.toString(encoding, elements.begin(index), elements.end(index));
      return isOneLine || !text.includes('\n') ? text : undefined;
    },
    payloadOf: (index) => keptPayload(elements.bytes(index)),
  };
}

function namesOf(value: unknown): object {
  const { id, source, subject } = (value ?? {}) as Readonly<Record<string, unknown>>;
  return { id, source, subject };
}

async function elementsOf(body: Buffer, slices: TimeSlices): Promise<JsonArray> {
  const elements = await jsonArrayInTurns(body, BATCH_EVENTS_MAX, async () => {
    if (slices.isOver()) await slices.next();
  });
  if (elements === undefined) throw notJson(parseMessage());
  const { count } = elements;
  if (count === 0) throw noEvents('The array is empty');
  if (count <= BATCH_EVENTS_MAX) return elements;
  throw new Problem(
    'too_many_events',
    `A batch may hold ${BATCH_EVENTS_MAX} events; this one holds ${count}. Send several, or application/x-ndjson.`,
  );
}

function groupEnd(elements: JsonArray, start: number): number {
  const last = elements.begin(start) + GROUP_BYTES;
  let end = start + 1;
  while (end < elements.count && elements.end(end) <= last && elements.fault(end) === undefined) end++;
  return end;
}

/**
 * Parses a range of elements at once: valid JSON between brackets has the elements that were found.
 */
function parsedGroup(body: Buffer, elements: JsonArray, start: number, end: number): readonly unknown[] {
  const isAll = end - start === elements.count;
  try {
    return JSON.parse(
      isAll ? body.toString('utf8') : `[${body.toString('utf8', elements.begin(start), elements.end(end - 1))}]`,
    );
  } catch {
    // One by one, because the error must say which element is broken.
    return Array.from({ length: end - start }, (_, at) => parsed(body, elements, start + at));
  }
}

function parsed(body: Buffer, elements: JsonArray, index: number): unknown {
  try {
    return JSON.parse(elements.bytes(index).toString('utf8'));
  } catch (error) {
    throw notJson(parseMessage(error, body.toString('utf8', 0, elements.begin(index)).length));
  }
}

export function notJson(what: string): Problem {
  return new Problem('invalid_json', `The body ${what}.`);
}

export function noEvents(why: string): Problem {
  const extensions = { accepted: 0, duplicates: 0, conflicts: 0, rejected: 0, problems: [] };
  return new Problem('no_events', `${why}: there is nothing to publish.`, { extensions });
}
