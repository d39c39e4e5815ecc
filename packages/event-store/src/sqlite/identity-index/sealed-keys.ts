import { xxHash32OfBytes } from '../../xx-hash.ts';
import { DamagedLog } from '../failure.ts';

const SEAL_BYTES = 4;

/** Keys, as they are stored: with their checksum behind them. What a changed byte hides of a stream or an identity nothing else would show. */
export function sealed(keys: Uint8Array): Buffer {
  const bytes = Buffer.allocUnsafe(keys.length + SEAL_BYTES);
  bytes.set(keys);
  bytes.writeUInt32LE(xxHash32OfBytes(bytes.subarray(0, keys.length)), keys.length);
  return bytes;
}

/** Keys of so many bytes each out of what {@link sealed} made, or an earlier schema, which had no checksum. @throws DamagedLog which says `whose` they are. */
export function unsealed(bytes: Buffer, keyBytes: number, whose: () => string): Buffer {
  if (bytes.length % keyBytes === 0) return bytes;
  const length = bytes.length - SEAL_BYTES;
  const isWhole = length % keyBytes === 0 && bytes.readUInt32LE(length) === xxHash32OfBytes(bytes.subarray(0, length));
  if (!isWhole) throw new DamagedLog(`the keys ${whose()} are not what was written`);
  return bytes.subarray(0, length);
}
