import { Readable } from 'node:stream';
import { csvRecords } from './csv-records.ts';
import { ImportError } from './import-error.ts';
import type { Mapping } from './mapping.ts';
import { ndjsonRecords } from './ndjson-records.ts';
import { isOcelJson, ocelRecords } from './ocel-json.ts';
import type { IdRule } from './row-ids.ts';
import type { SourceRecord } from './source-record.ts';
import { xesRecords } from './xes-records.ts';

/** The records of a file: made by its mapping, or without one CloudEvents, one per line. */
export async function readRecords(
  bytes: Readable,
  file: string,
  mapping: Mapping | undefined,
  ids: IdRule,
  now: number,
): Promise<AsyncGenerator<SourceRecord>> {
  const { first, all } = await withFirst(bytes);
  if (isOcelJson(first.toString('utf8'))) return ocelRecords(all, file);
  if (mapping === undefined) {
    const kind = /\.(csv|xes|xml|tsv)(\.gz)?$/i.exec(file)?.[1];
    if (kind !== undefined) {
      throw new ImportError(
        `${file} looks like ${kind.toUpperCase()}: it needs --mapping FILE.json, which says what its columns mean ` +
          '(services/cli/README.md describes it). Without a mapping a file is read as CloudEvents, one JSON object a line.',
      );
    }
    return ndjsonRecords(all, file);
  }
  return mapping.format === 'csv' ? csvRecords(all, file, mapping, ids, now) : xesRecords(all, file, mapping, ids, now);
}

/** Peeks at the first chunk of the bytes. */
async function withFirst(bytes: Readable): Promise<{ first: Buffer; all: Readable }> {
  const chunks: AsyncIterator<Buffer> = bytes[Symbol.asyncIterator]();
  const { value, done } = await chunks.next();
  const first: Buffer = done ? Buffer.alloc(0) : value;
  const all = async function* () {
    if (!done) yield first;
    yield* { [Symbol.asyncIterator]: () => chunks };
  };
  return { first, all: Readable.from(all(), { objectMode: false }) };
}
