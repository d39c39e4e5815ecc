import { decompress as zstdDecompress } from 'fzstd';
import lz4 from 'lz4js';
import snappy from 'snappyjs';

interface Encoded {
  readonly buffer: Buffer;
}

/** What the Kafka client wants of a codec: it hands over an encoder and takes bytes. */
export interface Codec {
  compress(encoder: Encoded): Promise<Buffer>;
  decompress(bytes: Buffer): Promise<Buffer>;
}

/** The head that Java's Snappy streams begin with: a magic, a version and the oldest version that can read it. */
const XERIAL_MAGIC = Buffer.from([0x82, 0x53, 0x4e, 0x41, 0x50, 0x50, 0x59, 0x00]);
const XERIAL_HEAD = Buffer.concat([XERIAL_MAGIC, Buffer.from([0, 0, 0, 1, 0, 0, 0, 1])]);
const XERIAL_BLOCK = 32 * 1024;

/** Java sends blocks in xerial's framing; librdkafka and others one bare block. Both are read, Java's framing is written. */
export const snappyCodec: Codec = {
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
    if (!bytes.subarray(0, XERIAL_MAGIC.length).equals(XERIAL_MAGIC)) return snappy.uncompress(bytes);
    const parts: Buffer[] = [];
    for (let at = XERIAL_HEAD.length; at < bytes.length; ) {
      const size = bytes.readUInt32BE(at);
      parts.push(snappy.uncompress(bytes.subarray(at + 4, at + 4 + size)));
      at += 4 + size;
    }
    return Buffer.concat(parts);
  },
};

const readOnly = (name: string) => async (): Promise<never> => {
  throw new Error(`${name} can be read but not written: choose gzip or snappy.`);
};

/** For reading only: the library links the blocks of a frame to one another, and Kafka takes none but independent ones. */
export const lz4Codec: Codec = {
  compress: readOnly('LZ4'),
  decompress: async (bytes) => asBuffer(lz4.decompress(bytes)),
};

/** For reading only: no library writes Zstandard without compiled code. */
export const zstdCodec: Codec = {
  compress: readOnly('Zstandard'),
  decompress: async (bytes) => asBuffer(zstdDecompress(bytes)),
};

function asBuffer(bytes: Uint8Array | number[]): Buffer {
  if (bytes instanceof Uint8Array) return Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  return Buffer.from(bytes);
}
