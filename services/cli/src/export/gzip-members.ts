import { promisify } from 'node:util';
import { crc32, deflateRaw, gunzipSync } from 'node:zlib';

/**
 * A gzip file that grows member by member, which every gunzip program reads. A field in the header
 * of each member holds its length, so that the last one is found without unpacking the others.
 */

const deflate = promisify(deflateRaw);

/**
 * Magic, deflate, a header with an extra field, no time, unknown system; an extra field of 8 bytes:
 * `TS` with 4 bytes of data.
 */
const BEGINNING = Buffer.from([0x1f, 0x8b, 8, 4, 0, 0, 0, 0, 0, 255, 8, 0, 0x54, 0x53, 4, 0]);
export const HEADER_BYTES = BEGINNING.length + 4;
const TRAILER_BYTES = 8;

export async function gzipMember(text: string): Promise<Buffer> {
  const bytes = Buffer.from(text);
  const packed = await deflate(bytes);
  const header = Buffer.alloc(HEADER_BYTES);
  BEGINNING.copy(header);
  header.writeUInt32LE(HEADER_BYTES + packed.length + TRAILER_BYTES, BEGINNING.length);
  const trailer = Buffer.alloc(TRAILER_BYTES);
  trailer.writeUInt32LE(crc32(bytes), 0);
  trailer.writeUInt32LE(bytes.length % 2 ** 32, 4);
  return Buffer.concat([header, packed, trailer]);
}

/**
 * Length of the member that begins with this header; undefined if {@link gzipMember} did not make
 * it.
 */
export function memberLength(header: Buffer): number | undefined {
  if (header.length < HEADER_BYTES || !header.subarray(0, BEGINNING.length).equals(BEGINNING)) return undefined;
  return header.readUInt32LE(BEGINNING.length);
}

/** Whether these few bytes may be the incomplete beginning of a member. */
export const isPartOfHeader = (bytes: Buffer): boolean =>
  bytes.length < HEADER_BYTES && BEGINNING.subarray(0, bytes.length).equals(bytes.subarray(0, BEGINNING.length));

/** Text of one member; undefined if it did not reach the disk completely. */
export function textOfMember(member: Buffer): string | undefined {
  try {
    return gunzipSync(member).toString('utf8');
  } catch {
    return undefined;
  }
}
