import { createHash } from 'node:crypto';
import type { Readable } from 'node:stream';
import { type Columns, compileText } from './compile-cell.ts';
import { compileMapping, type MakeEvents } from './compile-mapping.ts';
import { type Emit, type Mapping, MappingError } from './mapping.ts';
import type { SourceFault, SourceRecord } from './source-record.ts';
import { type XesAttributes, type XesEvent, type XesTrace, xesTraces } from './xes-traces.ts';

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
  const reads = new Set<string>();
  const columns: Columns<XesRow> = (name) => {
    reads.add(name);
    return columnOf(name);
  };
  const make = (at: Emit['at']) => compileMapping(mapping, at, columns);
  const makers = { traceStart: make('traceStart'), event: make('event'), traceEnd: make('traceEnd') };
  const ownId = mapping.id === undefined ? undefined : compileText(mapping.id, columns);
  let ordinal = 0;
  const readsFirst = [...reads].some((name) => name.startsWith('first.'));
  for await (const trace of xesTraces(bytes, file, mapping.xes?.encoding)) {
    yield recordOf(withoutDamage(trace, readsFirst), ++ordinal, makers, ownId);
  }
}

const NOTHING: XesAttributes = new Map();

/** What is damaged makes no event: neither by itself nor by what is read from a trace or its first event. */
function withoutDamage(trace: XesTrace, readsFirst: boolean): XesTrace {
  const fault = trace.fault ?? (readsFirst ? trace.events[0]?.fault : undefined);
  return fault === undefined ? trace : { ...trace, fault, events: trace.events.map((event) => ({ fault, ...event })) };
}

const columnOf: Columns<XesRow> = (name) => {
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
  const take = (at: Emit['at'], row: XesRow, id: string, { line, fault }: Place) => {
    if (fault !== undefined) {
      if (at === 'event') faults.push({ line, reason: fault, raw: rawOf(row) });
      return;
    }
    const made = makers[at](row, id);
    for (const event of made.events) events.push(event);
    for (const reason of made.faults) faults.push({ line, reason, raw: rawOf(row) });
    if (made.skipped) skipped++;
  };
  if (trace.fault !== undefined && trace.events.length === 0) {
    faults.push({ line: trace.line, reason: trace.fault, raw: '' });
  }
  const traceId = `${ordinal}-${hashOf(trace.attributes)}`;
  take(
    'traceStart',
    { event: first, first, trace: trace.attributes },
    `${traceId}/start`,
    placeOf(trace, trace.events[0]),
  );
  trace.events.forEach((event, index) => {
    const { attributes } = event;
    const row = { event: attributes, first, trace: trace.attributes };
    take('event', row, ownId?.(row) ?? `${traceId}/${index + 1}-${hashOf(attributes)}`, event);
  });
  const last = trace.events.at(-1)?.attributes ?? NOTHING;
  take(
    'traceEnd',
    { event: last, first, trace: trace.attributes },
    `${traceId}/end`,
    placeOf(trace, trace.events.at(-1)),
  );
  return { events, faults, skipped, line: trace.line };
}

type Place = Pick<XesEvent, 'line' | 'fault'>;

/** Of what is made once a trace, with what its first or last event says. */
const placeOf = ({ line, fault }: XesTrace, event: XesEvent | undefined): Place => ({
  line,
  fault: fault ?? event?.fault,
});
const rawOf = (row: XesRow) => JSON.stringify(Object.fromEntries(row.event));

function hashOf(attributes: XesAttributes): string {
  const hash = createHash('sha1');
  for (const [key, value] of attributes) hash.update(`${key}\u001f${value}\u001e`);
  return hash.digest('hex').slice(0, 12);
}
