import { promisify } from 'node:util';
import { crc32, deflateRaw, gunzipSync } from 'node:zlib';

/**
 * A gzipped file that grows member by member, as every program that unpacks gzip reads it. Each member says in a field of its header how long it is, so that the
 * last is found without unpacking the others.
 */

const deflate = promisify(deflateRaw);

/** Magic, deflate, a header with an extra field, no time, an unknown system; 8 bytes of field: `TS`, of 4 bytes. */
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

/** How long the member is that begins so; undefined where it is none that {@link gzipMember} made. */
export function memberLength(header: Buffer): number | undefined {
  if (header.length < HEADER_BYTES || !header.subarray(0, BEGINNING.length).equals(BEGINNING)) return undefined;
  return header.readUInt32LE(BEGINNING.length);
}

/** Whether these few bytes may be what came to the disk of the beginning of a member. */
export const isPartOfHeader = (bytes: Buffer): boolean =>
  bytes.length < HEADER_BYTES && BEGINNING.subarray(0, bytes.length).equals(bytes.subarray(0, BEGINNING.length));

/** The text of one whole member; undefined for one that did not come whole to the disk. */
export function textOfMember(member: Buffer): string | undefined {
  try {
    return gunzipSync(member).toString('utf8');
  } catch {
    return undefined;
  }
}
