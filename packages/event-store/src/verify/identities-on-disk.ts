import { eventAt, type LogReader } from '../log-reader.ts';
import type { StoredEvent } from '../port.ts';
import { IDENTITY_BYTES, identityOf } from '../sqlite/identity-index/identity-hash.ts';
import type { LogDifference } from './log-difference.ts';
import { openPartsOnDisk } from './parts-on-disk.ts';

type Identified = Pick<StoredEvent, 'stream' | 'source' | 'id' | 'position'>;

/**
 * Every identity of a log with its position, partitioned by identity so that equal ones fall into
 * one part.
 */
export interface IdentitiesOnDisk {
  add(event: Identified): void;
  /** See {@link openPartsOnDisk}. */
  flush(): number[];
  /**
   * The identities that occur more than once in a part: position of each repetition, and of the
   * first occurrence.
   */
  repeated(part: number): Iterable<{ readonly position: bigint; readonly first: bigint }>;
}

const RECORD_BYTES = IDENTITY_BYTES + 8;

/**
 * Takes 20 bytes an event in the folder, and memory for the identities of one of 256 parts at a
 * time.
 */
export function openIdentitiesOnDisk(folder: string, lengths?: readonly number[]): IdentitiesOnDisk {
  const parts = openPartsOnDisk(folder, 'identities', lengths);
  const record = Buffer.alloc(RECORD_BYTES);
  return {
    add(event) {
      record.write(identityOf(event), 'latin1');
      record.writeBigUInt64BE(event.position, IDENTITY_BYTES);
      parts.add(record[0]!, record);
    },
    flush: parts.flush,
    *repeated(part) {
      const bytes = parts.read(part);
      const first = new Map<string, bigint>();
      for (let at = 0; at < bytes.length; at += RECORD_BYTES) {
        const identity = bytes.toString('latin1', at, at + IDENTITY_BYTES);
        const position = bytes.readBigUInt64BE(at + IDENTITY_BYTES);
        const before = first.get(identity);
        if (before === undefined) first.set(identity, position);
        else yield { position, first: before };
      }
    },
  };
}

/**
 * Finds the identities that the log holds twice in one part. Compares the events themselves, so
 * that identities that only share a digest are not reported.
 */
export async function* identitiesHeldTwice(
  reader: LogReader,
  identities: IdentitiesOnDisk,
  part: number,
): AsyncIterable<LogDifference> {
  for (const { position, first } of identities.repeated(part)) {
    const [one, other] = [await eventAt(reader, first), await eventAt(reader, position)];
    if (one === undefined || other === undefined || !isSame(one, other)) continue;
    const { stream, source, id } = other;
    const what = `source ${JSON.stringify(source)} and id ${JSON.stringify(id)} stand at position ${first} already`;
    yield { position, stream, field: 'identity', what };
  }
}

const isSame = (one: Identified, other: Identified) =>
  one.stream === other.stream && one.source === other.source && one.id === other.id;
