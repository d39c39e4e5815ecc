import { eventFaults } from '@touchstone/journey';
import { foreseenIdentity } from './earlier-imports.ts';
import { eventTimes, type TimeSpan } from './event-times.ts';
import type { NotesOptions } from './notes-file.ts';
import { openFile } from './open-file.ts';
import { readRecords } from './read-records.ts';
import type { SourceFault } from './source-record.ts';

export interface DryRun {
  /** The notice that an import would print before it begins. */
  readonly notice: string | undefined;
  /** The first events, as they would be published. */
  readonly examples: readonly unknown[];
  readonly records: number;
  readonly events: number;
  /** Number of events by type. */
  readonly types: ReadonlyMap<string, number>;
  /** `undefined` if there are no events. */
  readonly times: TimeSpan | undefined;
  readonly skipped: number;
  /** Number of rows that make no event, plus events that the system would refuse. */
  readonly faultCount: number;
  readonly faults: readonly SourceFault[];
}

const FAULTS_MAX = 20;

export interface DryRunOptions
  extends Pick<NotesOptions, 'file' | 'mapping' | 'mappingText' | 'target' | 'folder' | 'restart'> {
  readonly exampleCount: number;
  /** Now, in ms since 1970; it decides the century of two-digit years. */
  readonly now?: number | undefined;
}

/** Reads the whole file and publishes nothing. */
export async function dryRun(options: DryRunOptions): Promise<DryRun> {
  const { file, mapping, exampleCount } = options;
  const { ids, notice } = await foreseenIdentity(options);
  const { bytes } = await openFile(file);
  const examples: unknown[] = [];
  const times = eventTimes();
  const types = new Map<string, number>();
  const faults: SourceFault[] = [];
  let [records, events, skipped, faultCount] = [0, 0, 0, 0];
  const fault = (found: SourceFault) => {
    faultCount++;
    if (faults.length < FAULTS_MAX) faults.push(found);
  };
  for await (const record of await readRecords(bytes, file, mapping, ids, options.now ?? Date.now())) {
    records++;
    skipped += record.skipped;
    for (const found of record.faults) fault(found);
    for (const event of record.events) {
      events++;
      times.see(event);
      if (examples.length < exampleCount) examples.push(event);
      const type = String((event as { type?: unknown } | null)?.type ?? '(none)');
      types.set(type, (types.get(type) ?? 0) + 1);
      const why = eventFaults(event);
      if (why.length === 0) continue;
      const reason = why.map(({ path, message }) => `${path} ${message}`.trim()).join('; ');
      fault({ line: record.line, reason: `would be refused: ${reason}`, raw: '' });
    }
  }
  return { notice, examples, records, events, types, times: times.span(), skipped, faultCount, faults };
}
