import { xxHash32OfBytes } from '../../xx-hash.ts';
import { DamagedLog } from '../failure.ts';

const SEAL_BYTES = 4;
const NOTHING = 0;

/**
 * Appends a checksum to keys before they are stored; without it, nothing would show that a changed
 * byte hides a stream or an identity. It covers the number that is stored beside them, if any.
 */
export function sealed(keys: Uint8Array, beside = NOTHING): Buffer {
  const bytes = Buffer.allocUnsafe(keys.length + SEAL_BYTES);
  bytes.set(keys);
  bytes.writeUInt32LE(xxHash32OfBytes(bytes.subarray(0, keys.length), beside), keys.length);
  return bytes;
}

/**
 * Checks and removes the checksum of stored keys, each `keyBytes` long; keys of schemas before 4
 * have none, and those of schema 4 have one that covers no number beside them.
 * @throws DamagedLog with a message that says `whose` keys they are.
 */
export function unsealed(bytes: Buffer, keyBytes: number, whose: () => string, beside = NOTHING): Buffer {
  if (bytes.length % keyBytes === 0) return bytes;
  const length = bytes.length - SEAL_BYTES;
  const isOf = (number: number) => bytes.readUInt32LE(length) === xxHash32OfBytes(bytes.subarray(0, length), number);
  if (length % keyBytes !== 0 || !(isOf(beside) || isOf(NOTHING)))
    throw new DamagedLog(`the keys ${whose()} are not what was written`);
  return bytes.subarray(0, length);
}
