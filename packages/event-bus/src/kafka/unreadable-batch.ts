import { randomBytes } from 'node:crypto';
import type { KafkaMessage } from './client.ts';

/**
 * The client asks for as many messages as a batch says it holds, and fails for good where it cannot have them. So a batch that cannot be unpacked is given to it as
 * messages without content, at the same offsets, which are known again by a header that nobody else can send.
 */
const HEADER = `touchstone-unreadable-${randomBytes(16).toString('hex')}`;

/** Beyond that the client could not take them in one piece, whatever they held. */
const RECORDS_MAX = 100_000;

/** Of what stands before the records of a batch: see "Record Batch" in Kafka's protocol. Offsets from their first byte, backwards. */
const HEAD_BYTES = 61;
const COUNT = 4;
const LAST_OFFSET_DELTA = 38;
const MAGIC = 45;
const LENGTH = 53;
/** Bytes that the length counts and that come before the records. */
const COUNTED_HEAD = 49;

interface Head {
  /** Messages that the batch says it holds. */
  readonly count: number;
  readonly lastOffsetDelta: number;
}

/** What stands before the packed bytes, which the client hands over as a part of the answer of the broker; undefined where that is no head of a batch. */
function headBefore(packed: Buffer): Head | undefined {
  if (packed.byteOffset < HEAD_BYTES) return undefined;
  const head = Buffer.from(packed.buffer, packed.byteOffset - HEAD_BYTES, HEAD_BYTES);
  const int = (backwards: number) => head.readInt32BE(HEAD_BYTES - backwards);
  const isBatch = head.readInt8(HEAD_BYTES - MAGIC) === 2 && int(LENGTH) === packed.length + COUNTED_HEAD;
  return isBatch ? { count: int(COUNT), lastOffsetDelta: int(LAST_OFFSET_DELTA) } : undefined;
}

/** Records to be read in place of the packed ones of a batch; undefined where these are not those of a batch. */
export function unreadableRecords(packed: Buffer, why: string): Buffer | undefined {
  const head = headBefore(packed);
  if (head === undefined || head.count > RECORDS_MAX) return undefined;
  const { count, lastOffsetDelta } = head;
  // The reason stands once: it holds for all of them.
  const reasonAt = (at: number) => (at === 0 ? why.slice(0, 500) || 'unknown' : '');
  const records = Array.from({ length: count }, (_, at) =>
    record(at === count - 1 ? lastOffsetDelta : at, reasonAt(at)),
  );
  return Buffer.concat(records);
}

/** Whether unpacked bytes are as many records as the batch says that it holds; true where it says nothing. */
export function holdsItsRecords(packed: Buffer, unpacked: Buffer): boolean {
  const head = headBefore(packed);
  if (head === undefined) return true;
  let at = 0;
  for (let found = 0; found < head.count; found++) {
    let length = 0;
    let shift = 0;
    let byte = 0x80;
    for (; byte >= 0x80 && at < unpacked.length; shift += 7) {
      byte = unpacked[at++]!;
      length += (byte & 0x7f) * 2 ** shift;
    }
    // Zigzag, and no record is of a negative length.
    if (byte >= 0x80 || length % 2 === 1) return false;
    at += length / 2;
    if (at > unpacked.length) return false;
  }
  return true;
}

/** Why a message, and those of its batch, could not be read; an empty text where the first of them says it; undefined for one that could. */
export function unreadableReason({ headers }: Pick<KafkaMessage, 'headers'>): string | undefined {
  const reason = headers?.[HEADER];
  return reason === undefined ? undefined : String(reason);
}

function record(offsetDelta: number, why: string): Buffer {
  const name = Buffer.from(HEADER);
  const reason = Buffer.from(why);
  const body = Buffer.concat([
    // Attributes, delta of the timestamp; no key, no value, one header.
    Buffer.from([0, 0]),
    varint(offsetDelta),
    varint(-1),
    varint(-1),
    varint(1),
    varint(name.length),
    name,
    varint(reason.length),
    reason,
  ]);
  return Buffer.concat([varint(body.length), body]);
}

/** Zigzag: small numbers of either sign are short. */
function varint(value: number): Buffer {
  const bytes: number[] = [];
  let rest = ((value << 1) ^ (value >> 31)) >>> 0;
  for (; rest > 0x7f; rest >>>= 7) bytes.push((rest & 0x7f) | 0x80);
  return Buffer.from([...bytes, rest]);
}
