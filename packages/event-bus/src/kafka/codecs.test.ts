import { createRequire } from 'node:module';
import { gzipSync } from 'node:zlib';
import { expect, test } from 'vitest';
import { type Codec, gzipCodec, lz4Codec, snappyCodec, UNPACKED_BYTES_MAX, zstdCodec } from './codecs.ts';
import { unreadableReason } from './unreadable-batch.ts';

const require = createRequire(import.meta.url);
// Internals of the client: its decoder of a batch in a broker's answer.
const { Types, Codecs } = require('kafkajs/src/protocol/message/compression/index.js');
const RecordBatchDecoder = require('kafkajs/src/protocol/recordBatch/v0/decoder.js');
const { RecordBatch } = require('kafkajs/src/protocol/recordBatch/v0/index.js');
const Record = require('kafkajs/src/protocol/recordBatch/record/v0/index.js');
const Decoder = require('kafkajs/src/protocol/decoder.js');

/**
 * Encodes a batch of three messages whose compressed bytes are `packed`, and returns the records
 * that the client reads from it.
 */
async function readPacked(codec: Codec, packed: Buffer) {
  Codecs[Types.GZIP] = () => ({ compress: async () => packed, decompress: codec.decompress });
  const records = [0, 1, 2].map((offsetDelta) => Record({ offsetDelta, timestampDelta: 0, key: 'k', value: 'v' }));
  const { buffer } = await RecordBatch({ compression: Types.GZIP, firstOffset: 40, lastOffsetDelta: 2, records });
  const { records: read } = await RecordBatchDecoder(
    new Decoder(Buffer.concat([Buffer.alloc(64), buffer]).subarray(64)),
  );
  return read as { offset: string; value: Buffer | null; headers: Record<string, Buffer> }[];
}

/** Compressed bytes that unpack to more than the limit, or that are no valid batch. */
const bombs: readonly (readonly [string, Codec, () => Buffer])[] = [
  ['gzip', gzipCodec, () => gzipSync(Buffer.alloc(UNPACKED_BYTES_MAX + 1))],
  // A declared length without content.
  ['a bare block of snappy', snappyCodec, () => Buffer.from([0xff, 0xff, 0xff, 0xff, 0x07, 0, 0])],
  ['snappy in blocks', snappyCodec, () => framed(Buffer.from([0xff, 0xff, 0xff, 0xff, 0x07, 0, 0]))],
  // Magic, flags with a content size, blocks of 4 MiB, 2^40 bytes.
  ['LZ4', lz4Codec, () => Buffer.from('04224d1868700000000000010000000000000000', 'hex')],
  ['a window of zstd', zstdCodec, () => Buffer.from('28b52ffd00ff0000000000', 'hex')],
  // Run-length blocks: each repeats one byte for 128 KiB.
  [
    'zstd',
    zstdCodec,
    () => Buffer.concat([Buffer.from('28b52ffd0040', 'hex'), ...Array(600).fill(rle(false)), rle(true)]),
  ],
  ['gzip of something else', gzipCodec, () => gzipSync('no messages')],
  ['gzip of nothing', gzipCodec, () => gzipSync('')],
  ['what is not packed at all', gzipCodec, () => Buffer.from('nonsense')],
];

function framed(block: Buffer): Buffer {
  const size = Buffer.alloc(4);
  size.writeUInt32BE(block.length);
  return Buffer.concat([Buffer.from('82534e415050590000000001 00000001'.replace(' ', ''), 'hex'), size, block]);
}

function rle(isLast: boolean): Buffer {
  const head = Buffer.alloc(4);
  head.writeUInt32LE((128 * 1024 * 8) | 2 | (isLast ? 1 : 0));
  return Buffer.concat([head.subarray(0, 3), Buffer.from([0])]);
}

test.each(bombs)(
  '%s is read as messages that say that they cannot be read, at the same offsets',
  async (_, codec, bomb) => {
    const read = await readPacked(codec, bomb());
    expect(read.map(({ offset, value }) => [offset, value])).toEqual([
      ['40', null],
      ['41', null],
      ['42', null],
    ]);
    expect(unreadableReason(read[0]!)?.length).toBeGreaterThan(5);
    expect(unreadableReason(read[2]!)).toBe('');
  },
);

test('what is packed by others is read, and can be told from what could not be', async () => {
  const records = [0, 1, 2].map(
    (offsetDelta) => Record({ offsetDelta, timestampDelta: 0, key: 'k', value: 'v' }).buffer,
  );
  const encoded = { buffer: Buffer.concat(records) };
  for (const codec of [gzipCodec, snappyCodec]) {
    const read = await readPacked(codec, await codec.compress(encoded));
    expect(read.map(({ offset, value }) => [offset, String(value)])).toEqual([
      ['40', 'v'],
      ['41', 'v'],
      ['42', 'v'],
    ]);
    expect(read.map(unreadableReason)).toEqual([undefined, undefined, undefined]);
  }
});

test('where the client hands over no batch the failure is its own', async () => {
  await expect(gzipCodec.decompress(Buffer.from('nonsense'))).rejects.toThrow();
});
