import { createHash } from 'node:crypto';
import { columnsRead } from './compile-mapping.ts';
import type { Emit, Mapping } from './mapping.ts';
import { contentIds, type IdRule } from './row-ids.ts';
import { columnOf, type XesRow } from './xes-row.ts';
import type { XesAttributes } from './xes-traces.ts';

/** Makes the id for one place of a trace; `index` is that of the event. */
export type TraceIds = (at: Emit['at'], row: XesRow, index: number) => string;

/** Makes, for each trace of a file in order, the ids of its rows. */
export function xesIds(mapping: Mapping, rule: IdRule): (trace: XesAttributes) => TraceIds {
  return rule === 'content' ? idsByContent(mapping) : idsByNumber();
}

const ENDINGS = { traceStart: '/start', event: '', traceEnd: '/end' } as const;

/**
 * An event is identified by its own and its trace's content. Rows made once per trace are
 * identified by the trace alone, so that they stay the same when events are added.
 */
function idsByContent(mapping: Mapping): () => TraceIds {
  const names = [...new Set([TRACE_NAME, ...columnsRead(mapping)])].sort();
  const reads = names.map((name) => columnOf(name));
  const ofTrace = names.map((name) => name.startsWith('trace.'));
  const next = contentIds(names);
  return () => (at, row) => {
    const values = reads.map((read) => read(row));
    const own = at === 'event' ? values : values.map((value, index) => (ofTrace[index] ? value : undefined));
    const isNamed = own.some((value) => value !== undefined);
    return next([ENDINGS[at], ...(isNamed ? own : values)]) + ENDINGS[at];
  };
}

const TRACE_NAME = 'trace.concept:name';

function idsByNumber(): (trace: XesAttributes) => TraceIds {
  let number = 0;
  return (trace) => {
    const id = `${++number}-${hashOf(trace)}`;
    return (at, row, index) => (at === 'event' ? `${id}/${index + 1}-${hashOf(row.event)}` : id + ENDINGS[at]);
  };
}

function hashOf(attributes: XesAttributes): string {
  const hash = createHash('sha1');
  for (const [key, value] of attributes) hash.update(`${key}\u001f${value}\u001e`);
  return hash.digest('hex').slice(0, 12);
}
