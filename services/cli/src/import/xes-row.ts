import type { Columns } from './compile-cell.ts';
import type { XesAttributes } from './xes-traces.ts';

/** The attributes that a mapping reads at one event of a trace. */
export interface XesRow {
  readonly event: XesAttributes;
  readonly first: XesAttributes;
  readonly trace: XesAttributes;
}

/**
 * `name` is an attribute of the event, `trace.name` one of the trace, `first.name` one of the
 * trace's first event.
 */
export const columnOf: Columns<XesRow> = (name) => {
  const [, scope, attribute = ''] = /^(trace|first)\.(.+)$/.exec(name) ?? [];
  if (scope === 'trace') return (row) => row.trace.get(attribute) || undefined;
  if (scope === 'first') return (row) => row.first.get(attribute) || undefined;
  return (row) => row.event.get(name) || undefined;
};
