import type { Readable } from 'node:stream';
import { ImportError } from './import-error.ts';
import type { SourceRecord } from './source-record.ts';
import { OCEL } from './xes-traces.ts';

/**
 * Whether the beginning of a file is that of an object-centric event log in JSON, OCEL 1.0 or 2.0.
 */
export function isOcelJson(head: string): boolean {
  if (!/^\uFEFF?\s*\{/.test(head) || head.includes('"specversion"')) return false;
  return /"ocel:[\w-]+"\s*:/.test(head) || /"(?:objectTypes|eventTypes)"\s*:\s*\[/.test(head);
}

/**
 * One record in which each event is a fault, because it belongs to several objects and to no
 * journey. The file is held in memory.
 */
export async function* ocelRecords(bytes: Readable, file: string): AsyncGenerator<SourceRecord> {
  const chunks: Buffer[] = [];
  for await (const chunk of bytes) chunks.push(chunk as Buffer);
  const events = Object.entries(eventsOf(Buffer.concat(chunks).toString('utf8'), file));
  const faults = events.map(([key, event]) => ({
    line: 1,
    reason: OCEL,
    raw: JSON.stringify({ key, event }).slice(0, 10_000),
  }));
  yield { events: [], faults, skipped: 0, line: 1 };
}

/** The events: an array in OCEL 2.0, an object by id in 1.0. */
function eventsOf(text: string, file: string): object {
  try {
    const log = JSON.parse(text.replace(/^\uFEFF/, '')) as Record<string, unknown>;
    const events = log['ocel:events'] ?? log.events;
    return typeof events === 'object' && events !== null ? events : {};
  } catch (error) {
    throw new ImportError(`${file}: ${OCEL}, and it is not whole: ${(error as Error).message}`);
  }
}
