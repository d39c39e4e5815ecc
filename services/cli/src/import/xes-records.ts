import type { Readable } from 'node:stream';
import { compileText } from './compile-cell.ts';
import { columnsRead, compileMapping, type MakeEvents } from './compile-mapping.ts';
import { type Emit, type Mapping, MappingError } from './mapping.ts';
import type { IdRule } from './row-ids.ts';
import type { SourceFault, SourceRecord } from './source-record.ts';
import { type TraceIds, xesIds } from './xes-ids.ts';
import { columnOf, type XesRow } from './xes-row.ts';
import { type XesAttributes, type XesEvent, type XesTrace, xesTraces } from './xes-traces.ts';

/**
 * The traces of an XES file, made into events by a mapping. `name` is an attribute of the event,
 * `trace.name` one of the trace, and `first.name` one of the trace's first event, for values that
 * hold for the whole trace.
 */
export async function* xesRecords(
  bytes: Readable,
  file: string,
  mapping: Mapping,
  rule: IdRule,
  now: number,
): AsyncGenerator<SourceRecord> {
  if (mapping.join !== undefined) throw new MappingError('`join` is for CSV; an XES trace carries its own attributes');
  const make = (at: Emit['at']) => compileMapping(mapping, at, columnOf, now);
  const makers = { traceStart: make('traceStart'), event: make('event'), traceEnd: make('traceEnd') };
  const ownId = mapping.id === undefined ? undefined : compileText(mapping.id, columnOf);
  const places = new Set(mapping.emit.map(({ at }) => at));
  const idsOf = xesIds(mapping, rule);
  const readsFirst = columnsRead(mapping).some((name) => name.startsWith('first.'));
  for await (const trace of xesTraces(bytes, file, mapping.xes?.encoding)) {
    if (trace.stray !== undefined) {
      yield strayRecord(trace, trace.stray);
      continue;
    }
    const ids = idsOf(trace.attributes);
    const idOf: TraceIds = (at, row, index) => (at === 'event' ? ownId?.(row) : undefined) ?? ids(at, row, index);
    yield recordOf(withoutDamage(trace, readsFirst), places, makers, idOf);
  }
}

function strayRecord({ attributes, line }: XesEvent, reason: string): SourceRecord {
  const raw = JSON.stringify(Object.fromEntries(attributes));
  return { events: [], faults: [{ line, reason, raw }], skipped: 0, line };
}

const NOTHING: XesAttributes = new Map();

/**
 * Damaged elements make no events, and neither do rows that read from a damaged trace or first
 * event.
 */
function withoutDamage(trace: XesTrace, readsFirst: boolean): XesTrace {
  const fault = trace.fault ?? (readsFirst ? trace.events[0]?.fault : undefined);
  return fault === undefined ? trace : { ...trace, fault, events: trace.events.map((event) => ({ fault, ...event })) };
}

function recordOf(
  trace: XesTrace,
  places: ReadonlySet<Emit['at']>,
  makers: Readonly<Record<Emit['at'], MakeEvents<XesRow>>>,
  idOf: TraceIds,
): SourceRecord {
  const events: unknown[] = [];
  const faults: SourceFault[] = [];
  let skipped = 0;
  const first = trace.events[0]?.attributes ?? NOTHING;
  const take = (at: Emit['at'], attributes: XesAttributes, index: number, { line, fault }: Place) => {
    if (!places.has(at)) return;
    const row = { event: attributes, first, trace: trace.attributes };
    if (fault !== undefined) {
      // A damaged event is reported once, even if rows made once per trace read it too.
      if (at === 'event' || !places.has('event')) faults.push({ line, reason: fault, raw: rawOf(row) });
      return;
    }
    const made = makers[at](row, idOf(at, row, index));
    for (const event of made.events) events.push(event);
    for (const reason of made.faults) faults.push({ line, reason, raw: rawOf(row) });
    if (made.skipped) skipped++;
  };
  if (trace.fault !== undefined && trace.events.length === 0) {
    faults.push({ line: trace.line, reason: trace.fault, raw: '' });
  }
  take('traceStart', first, 0, placeOf(trace, trace.events[0]));
  trace.events.forEach((event, index) => {
    take('event', event.attributes, index, event);
  });
  take('traceEnd', trace.events.at(-1)?.attributes ?? NOTHING, 0, placeOf(trace, trace.events.at(-1)));
  return { events, faults, skipped, line: trace.line };
}

type Place = Pick<XesEvent, 'line' | 'fault'>;

/** The place of a row made once per trace, with the fault of its first or last event. */
const placeOf = ({ line, fault }: XesTrace, event: XesEvent | undefined): Place => ({
  line,
  fault: fault ?? event?.fault,
});
const rawOf = (row: XesRow) => JSON.stringify(Object.fromEntries(row.event));
