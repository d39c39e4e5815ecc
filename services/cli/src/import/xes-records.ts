import { createHash } from 'node:crypto';
import type { Readable } from 'node:stream';
import { type Columns, compileMapping, compileText, type MakeEvents } from './compile-mapping.ts';
import { type Emit, type Mapping, MappingError } from './mapping.ts';
import type { SourceFault, SourceRecord } from './source-record.ts';
import { type XesAttributes, type XesTrace, xesTraces } from './xes-traces.ts';

interface XesRow {
  readonly event: XesAttributes;
  readonly first: XesAttributes;
  readonly trace: XesAttributes;
}

/**
 * The traces of an XES file as a mapping reads them. A name is an attribute of the event; `trace.name` one of the trace; `first.name`
 * one of the trace's first event, for what should hold for the whole trace.
 */
export async function* xesRecords(bytes: Readable, file: string, mapping: Mapping): AsyncGenerator<SourceRecord> {
  if (mapping.join !== undefined) throw new MappingError('`join` is for CSV; an XES trace carries its own attributes');
  const make = (at: Emit['at']) => compileMapping(mapping, at, columns);
  const makers = { traceStart: make('traceStart'), event: make('event'), traceEnd: make('traceEnd') };
  const ownId = mapping.id === undefined ? undefined : compileText(mapping.id, columns);
  let ordinal = 0;
  for await (const trace of xesTraces(bytes, file)) yield recordOf(trace, ++ordinal, makers, ownId);
}

const NOTHING: XesAttributes = new Map();

const columns: Columns<XesRow> = (name) => {
  const [, scope, attribute = ''] = /^(trace|first)\.(.+)$/.exec(name) ?? [];
  if (scope === 'trace') return (row) => row.trace.get(attribute) || undefined;
  if (scope === 'first') return (row) => row.first.get(attribute) || undefined;
  return (row) => row.event.get(name) || undefined;
};

function recordOf(
  trace: XesTrace,
  ordinal: number,
  makers: Readonly<Record<Emit['at'], MakeEvents<XesRow>>>,
  ownId: ((row: XesRow) => string | undefined) | undefined,
): SourceRecord {
  const events: unknown[] = [];
  const faults: SourceFault[] = [];
  let skipped = 0;
  const first = trace.events[0]?.attributes ?? NOTHING;
  const take = (at: Emit['at'], row: XesRow, id: string, line: number) => {
    const made = makers[at](row, id);
    for (const event of made.events) events.push(event);
    for (const reason of made.faults) faults.push({ line, reason, raw: JSON.stringify(Object.fromEntries(row.event)) });
    if (made.skipped) skipped++;
  };
  const traceId = `${ordinal}-${hashOf(trace.attributes)}`;
  take('traceStart', { event: first, first, trace: trace.attributes }, `${traceId}/start`, trace.line);
  trace.events.forEach(({ attributes, line }, index) => {
    const row = { event: attributes, first, trace: trace.attributes };
    take('event', row, ownId?.(row) ?? `${traceId}/${index + 1}-${hashOf(attributes)}`, line);
  });
  const last = trace.events.at(-1)?.attributes ?? NOTHING;
  take('traceEnd', { event: last, first, trace: trace.attributes }, `${traceId}/end`, trace.line);
  return { events, faults, skipped, line: trace.line };
}

function hashOf(attributes: XesAttributes): string {
  const hash = createHash('sha1');
  for (const [key, value] of attributes) hash.update(`${key}\u001f${value}\u001e`);
  return hash.digest('hex').slice(0, 12);
}
