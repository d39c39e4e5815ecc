import { promisify } from 'node:util';
import { gzip, unzip } from 'node:zlib';
import { Decompress } from 'fzstd';
import lz4 from 'lz4js';
import snappy from 'snappyjs';
import { holdsItsRecords, unreadableRecords } from './unreadable-batch.ts';

interface Encoded {
  readonly buffer: Buffer;
}

/**
 * The Kafka client's interface of a codec: it compresses an encoder's buffer and decompresses
 * bytes.
 */
export interface Codec {
  compress(encoder: Encoded): Promise<Buffer>;
  decompress(bytes: Buffer): Promise<Buffer>;
}

/**
 * Maximum unpacked bytes of one batch of messages: a few compressed bytes may expand to gigabytes.
 */
export const UNPACKED_BYTES_MAX = 64 * 1024 * 1024;

const tooLarge = () => new Error(`it has more than ${UNPACKED_BYTES_MAX / 1024 / 1024} MiB, unpacked`);

/**
 * The client would read a batch that cannot be unpacked again and again. This wrapper replaces it
 * with placeholder messages that carry the reason, see {@link unreadableRecords}.
 */
function orUnreadable({ compress, decompress }: Codec): Codec {
  return {
    compress,
    async decompress(bytes) {
      try {
        const unpacked = await decompress(bytes);
        if (holdsItsRecords(bytes, unpacked)) return unpacked;
        throw new Error('it does not hold the messages that it says');
      } catch (error) {
        const records = unreadableRecords(bytes, (error as Error).message);
        if (records === undefined) throw error;
        return records;
      }
    },
  };
}

const gzipOf = promisify(gzip);
const unzipped = promisify(unzip);

export const gzipCodec: Codec = orUnreadable({
  compress: ({ buffer }) => gzipOf(buffer),
  decompress: async (bytes) => {
    try {
      return await unzipped(bytes, { maxOutputLength: UNPACKED_BYTES_MAX });
    } catch (error) {
      throw (error as NodeJS.ErrnoException).code === 'ERR_BUFFER_TOO_LARGE' ? tooLarge() : error;
    }
  },
});

/** Header of Java's Snappy streams: magic, version, and the oldest version that can read it. */
const XERIAL_MAGIC = Buffer.from([0x82, 0x53, 0x4e, 0x41, 0x50, 0x50, 0x59, 0x00]);
const XERIAL_HEAD = Buffer.concat([XERIAL_MAGIC, Buffer.from([0, 0, 0, 1, 0, 0, 0, 1])]);
const XERIAL_BLOCK = 32 * 1024;

/**
 * Java sends blocks in xerial's framing, librdkafka and others one bare block. This codec reads
 * both and writes Java's framing.
 */
export const snappyCodec: Codec = orUnreadable({
  async compress({ buffer }) {
    const parts: Buffer[] = [XERIAL_HEAD];
    for (let at = 0; at < buffer.length; at += XERIAL_BLOCK) {
      const block = snappy.compress(buffer.subarray(at, at + XERIAL_BLOCK));
      const size = Buffer.alloc(4);
      size.writeUInt32BE(block.length);
      parts.push(size, block);
    }
    return Buffer.concat(parts);
  },
  async decompress(bytes) {
    if (!bytes.subarray(0, XERIAL_MAGIC.length).equals(XERIAL_MAGIC)) {
      return snappy.uncompress(bytes, UNPACKED_BYTES_MAX);
    }
    const parts: Buffer[] = [];
    let room = UNPACKED_BYTES_MAX;
    for (let at = XERIAL_HEAD.length; at < bytes.length; ) {
      const size = bytes.readUInt32BE(at);
      const part = snappy.uncompress(bytes.subarray(at + 4, at + 4 + size), room);
      parts.push(part);
      room -= part.length;
      at += 4 + size;
    }
    return Buffer.concat(parts);
  },
});

const readOnly = (name: string) => async (): Promise<never> => {
  throw new Error(`${name} can be read but not written: choose gzip or snappy.`);
};

/**
 * Read-only: the library links the blocks of a frame to one another, but Kafka accepts only
 * independent blocks.
 */
export const lz4Codec: Codec = orUnreadable({
  compress: readOnly('LZ4'),
  async decompress(bytes) {
    const bound = lz4.decompressBound(bytes);
    if (!(bound <= UNPACKED_BYTES_MAX)) throw tooLarge();
    return asBuffer(lz4.decompress(bytes, bound));
  },
});

/** Read-only: no library compresses Zstandard without native code. */
export const zstdCodec: Codec = orUnreadable({
  compress: readOnly('Zstandard'),
  async decompress(bytes) {
    if (zstdWindow(bytes) > UNPACKED_BYTES_MAX) throw tooLarge();
    const parts: Uint8Array[] = [];
    let length = 0;
    const stream = new Decompress((part) => {
      length += part.length;
      if (length > UNPACKED_BYTES_MAX) throw tooLarge();
      parts.push(part);
    });
    stream.push(bytes, true);
    return Buffer.concat(parts, length);
  },
});

/**
 * Window size in bytes that a Zstandard frame header declares (RFC 8878, 3.1.1.1), read before
 * anything is unpacked.
 */
function zstdWindow(bytes: Buffer): number {
  const [descriptor = 0, second = 0] = bytes.subarray(4, 6);
  const isSingleSegment = (descriptor & 0x20) !== 0;
  if (!isSingleSegment) {
    const base = 2 ** (10 + (second >> 3));
    return base + (base / 8) * (second & 7);
  }
  // A single-segment frame has no window field: its window is the content size, which follows the
  // dictionary id.
  const at = 5 + [0, 1, 2, 4][descriptor & 3]!;
  switch (descriptor >> 6) {
    case 0:
      return bytes.readUInt8(at);
    case 1:
      return bytes.readUInt16LE(at) + 256;
    case 2:
      return bytes.readUInt32LE(at);
  }
  return Number(bytes.readBigUInt64LE(at));
}

function asBuffer(bytes: Uint8Array | number[]): Buffer {
  if (bytes instanceof Uint8Array) return Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  return Buffer.from(bytes);
}
