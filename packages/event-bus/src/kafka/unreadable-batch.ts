import { randomBytes } from 'node:crypto';
import type { KafkaMessage } from './client.ts';

/**
 * Marks the placeholder messages of a batch that cannot be unpacked; the name is random, so no
 * sender can forge it. The client expects as many messages as the batch declares and fails for good
 * without them, so it gets placeholders without content at the same offsets.
 */
const HEADER = `touchstone-unreadable-${randomBytes(16).toString('hex')}`;

/** A batch with more messages gets no placeholders: the client could not hold them in one piece. */
const RECORDS_MAX = 100_000;

/**
 * Fields of the header before a batch's records, see "Record Batch" in Kafka's protocol. Each
 * constant counts the bytes back from the first byte of the records.
 */
const HEAD_BYTES = 61;
const COUNT = 4;
const LAST_OFFSET_DELTA = 38;
const MAGIC = 45;
const LENGTH = 53;
/** Header bytes after the length field, which that length includes. */
const COUNTED_HEAD = 49;

interface Head {
  /** Number of messages that the batch declares. */
  readonly count: number;
  readonly lastOffsetDelta: number;
}

/**
 * Reads the header that precedes the packed bytes in the broker's answer, of which the client
 * passes a slice. Undefined if those bytes are no batch header.
 */
function headBefore(packed: Buffer): Head | undefined {
  if (packed.byteOffset < HEAD_BYTES) return undefined;
  const head = Buffer.from(packed.buffer, packed.byteOffset - HEAD_BYTES, HEAD_BYTES);
  const int = (backwards: number) => head.readInt32BE(HEAD_BYTES - backwards);
  const isBatch = head.readInt8(HEAD_BYTES - MAGIC) === 2 && int(LENGTH) === packed.length + COUNTED_HEAD;
  return isBatch ? { count: int(COUNT), lastOffsetDelta: int(LAST_OFFSET_DELTA) } : undefined;
}

/**
 * Placeholder records for a batch that cannot be unpacked; undefined if `packed` is not preceded by
 * a batch header, or it declares too many records.
 */
export function unreadableRecords(packed: Buffer, why: string): Buffer | undefined {
  const head = headBefore(packed);
  if (head === undefined || head.count > RECORDS_MAX) return undefined;
  const { count, lastOffsetDelta } = head;
  // Only the first record carries the reason: it applies to the whole batch.
  const reasonAt = (at: number) => (at === 0 ? why.slice(0, 500) || 'unknown' : '');
  const records = Array.from({ length: count }, (_, at) =>
    record(at === count - 1 ? lastOffsetDelta : at, reasonAt(at)),
  );
  return Buffer.concat(records);
}

/**
 * Whether the unpacked bytes hold as many records as the batch header declares; true if there is no
 * header.
 */
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
    // Zigzag encoding: an odd number is negative, and no record has a negative length.
    if (byte >= 0x80 || length % 2 === 1) return false;
    at += length / 2;
    if (at > unpacked.length) return false;
  }
  return true;
}

/**
 * The reason why a message and the rest of its batch cannot be read; an empty string for the later
 * messages of that batch, undefined for a readable message.
 */
export function unreadableReason({ headers }: Pick<KafkaMessage, 'headers'>): string | undefined {
  const reason = headers?.[HEADER];
  return reason === undefined ? undefined : String(reason);
}

function record(offsetDelta: number, why: string): Buffer {
  const name = Buffer.from(HEADER);
  const reason = Buffer.from(why);
  const body = Buffer.concat([
    // Attributes and timestamp delta, then (below) no key, no value and one header.
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

/** Zigzag varint: small numbers of either sign take few bytes. */
function varint(value: number): Buffer {
  const bytes: number[] = [];
  let rest = ((value << 1) ^ (value >> 31)) >>> 0;
  for (; rest > 0x7f; rest >>>= 7) bytes.push((rest & 0x7f) | 0x80);
  return Buffer.from([...bytes, rest]);
}
