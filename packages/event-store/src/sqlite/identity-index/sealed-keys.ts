import { xxHash32OfBytes } from '../../xx-hash.ts';
import { DamagedLog } from '../failure.ts';

const SEAL_BYTES = 4;

/**
 * Appends a checksum to keys before they are stored; without it, nothing would show that a changed
 * byte hides a stream or an identity.
 */
export function sealed(keys: Uint8Array): Buffer {
  const bytes = Buffer.allocUnsafe(keys.length + SEAL_BYTES);
  bytes.set(keys);
  bytes.writeUInt32LE(xxHash32OfBytes(bytes.subarray(0, keys.length)), keys.length);
  return bytes;
}

/**
 * Checks and removes the checksum of stored keys, each `keyBytes` long; keys of an earlier schema
 * have none.
 * @throws DamagedLog with a message that says `whose` keys they are.
 */
export function unsealed(bytes: Buffer, keyBytes: number, whose: () => string): Buffer {
  if (bytes.length % keyBytes === 0) return bytes;
  const length = bytes.length - SEAL_BYTES;
  const isWhole = length % keyBytes === 0 && bytes.readUInt32LE(length) === xxHash32OfBytes(bytes.subarray(0, length));
  if (!isWhole) throw new DamagedLog(`the keys ${whose()} are not what was written`);
  return bytes.subarray(0, length);
}
