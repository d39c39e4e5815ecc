import type { Readable } from 'node:stream';
import { csvRecords } from './csv-records.ts';
import { ImportError } from './import-error.ts';
import type { Mapping } from './mapping.ts';
import { ndjsonRecords } from './ndjson-records.ts';
import type { IdRule } from './row-ids.ts';
import type { SourceRecord } from './source-record.ts';
import { xesRecords } from './xes-records.ts';

/** The records of a file: by its mapping, or without one as CloudEvents, one a line. */
export function readRecords(
  bytes: Readable,
  file: string,
  mapping: Mapping | undefined,
  ids: IdRule,
  now: number,
): AsyncGenerator<SourceRecord> {
  if (mapping === undefined) {
    const kind = /\.(csv|xes|xml|tsv)(\.gz)?$/i.exec(file)?.[1];
    if (kind !== undefined) {
      throw new ImportError(
        `${file} looks like ${kind.toUpperCase()}: it needs --mapping FILE.json, which says what its columns mean ` +
          '(services/cli/README.md describes it). Without a mapping a file is read as CloudEvents, one JSON object a line.',
      );
    }
    return ndjsonRecords(bytes, file);
  }
  return mapping.format === 'csv'
    ? csvRecords(bytes, file, mapping, ids, now)
    : xesRecords(bytes, file, mapping, ids, now);
}
