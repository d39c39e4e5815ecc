import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { readLines, withoutEnd } from './read-lines.ts';
import { PIECE_BYTES_MAX } from './read-text.ts';

async function* inPieces(bytes: Uint8Array, size: number): AsyncGenerator<Buffer> {
  for (let at = 0; at < bytes.length; at += size) yield Buffer.from(bytes.subarray(at, at + size));
}

async function linesOf(bytes: Uint8Array, { size = 1_000_000, named }: { size?: number; named?: string } = {}) {
  const lines: string[] = [];
  for await (const block of readLines(inPieces(bytes, size), { file: 'log.csv', named })) {
    for (const { text, fault } of block) lines.push(fault === undefined ? withoutEnd(text) : `! ${fault.reason}`);
  }
  return lines;
}

const bytesOf = (...codes: number[]) => Uint8Array.from(codes);
const latin1 = (text: string) => Buffer.from(text, 'latin1');

describe('the lines of a file', () => {
  it('end in LF, CR LF or CR, however the bytes come in pieces and in whatever encoding', async () => {
    const piece = fc.string({ unit: fc.constantFrom('a', 'é', '語', '😀', '>', '\uFEFF'), maxLength: 6 });
    const encodings = {
      'UTF-8': (text: string) => Buffer.from(text),
      'UTF-8 with its mark': (text: string) => Buffer.from(`\uFEFF${text}`),
      'UTF-16LE': (text: string) => Buffer.from(`\uFEFF${text}`, 'utf16le'),
      'UTF-16BE': (text: string) => Buffer.from(`\uFEFF${text}`, 'utf16le').swap16(),
    };
    await fc.assert(
      fc.asyncProperty(
        fc.array(fc.tuple(piece, fc.constantFrom('\n', '\r\n', '\r')), { minLength: 1, maxLength: 12 }),
        fc.constantFrom(...Object.values(encodings)),
        fc.integer({ min: 1, max: 9 }),
        async (written, encode, size) => {
          // The dot keeps a CR and an empty line with LF from forming CR LF.
          const lines = written.map(([text, end]) => [`.${text}`, end] as const);
          const bytes = encode(lines.map((line) => line.join('')).join(''));
          expect(await linesOf(bytes, { size })).toEqual(lines.map(([text]) => text));
        },
      ),
    );
  });

  it.each([
    ['windows-1252', latin1('M\xfcller \x80\n'), 'Müller €'],
    ['iso-8859-2', bytesOf(0xb3, 0xf3, 0x64, 0xbc, 0x0a), 'łódź'],
    ['gbk', bytesOf(0xd5, 0xc5, 0xce, 0xb0, 0x0a), '张伟'],
    ['shift_jis', bytesOf(0x83, 0x5c, 0x83, 0x93, 0x0a), 'ソン'],
    ['euc-kr', bytesOf(0xb0, 0xa1, 0x0a), '가'],
    ['koi8-r', bytesOf(0xed, 0xc9, 0xd2, 0x0a), 'Мир'],
    ['macintosh', bytesOf(0x8a, 0x0d), 'ä'],
    ['iso-2022-jp', bytesOf(0x1b, 0x24, 0x42, 0x46, 0x7c, 0x1b, 0x28, 0x42, 0x0a), '日'],
    ['utf-16be', bytesOf(0x4e, 0x2d, 0x00, 0x0a), '中'],
  ])('are read in %s where it is named, a byte at a time', async (named, bytes, text) => {
    const three = Buffer.concat([bytes, bytes, bytes]);
    for (const size of [1, 2, 3, 1000]) expect(await linesOf(three, { size, named })).toEqual([text, text, text]);
  });

  it('that cannot be decoded are told one by one, and the others are read', async () => {
    const bytes = latin1('a\nM\xfcller\r\nb\rM\xf6ller\nc');
    for (const size of [1, 2, 1000]) {
      expect(await linesOf(bytes, { size })).toEqual(['a', '! is not UTF-8', 'b', '! is not UTF-8', 'c']);
    }
    const gbk = bytesOf(0x61, 0xff, 0x62, 0x0a, 0xd5, 0xc5, 0x0a);
    expect(await linesOf(gbk, { named: 'gbk' })).toEqual(['! is not GBK', '张']);
    const half = Buffer.from('\uFEFFa\n\uD83D\nb\n', 'utf16le');
    expect(await linesOf(half, { size: 1 })).toEqual(['a', '! is not UTF-16LE', 'b']);
    expect(await linesOf(half.subarray(0, -1))).toEqual(['a', '! is not UTF-16LE', '! is not UTF-16LE']);
  });

  it('a byte order mark stands above what is named, and UTF-16 in letters of ASCII needs none', async () => {
    expect(await linesOf(Buffer.from('\uFEFFé\n'), { named: 'windows-1252' })).toEqual(['é']);
    expect(await linesOf(Buffer.from('c,j,a\né\n', 'utf16le'))).toEqual(['c,j,a', 'é']);
    expect(await linesOf(Buffer.from('c,j,a\né\n', 'utf16le').swap16())).toEqual(['c,j,a', 'é']);
    await expect(linesOf(bytesOf(0xff, 0xfe, 0, 0, 0x61, 0, 0, 0))).rejects.toThrow('log.csv is UTF-32');
  });

  it('that are endless cost themselves alone', async () => {
    const long = Buffer.alloc(PIECE_BYTES_MAX + 2_000_000, 'x');
    const bytes = Buffer.concat([Buffer.from('a\n'), long, Buffer.from('\nb\n')]);
    expect(await linesOf(bytes)).toEqual(['a', '! is longer than 16 MiB', 'b']);
    expect(await linesOf(bytes.subarray(0, -3))).toEqual(['a', '! is longer than 16 MiB']);
  });
});

describe('a file that is no text', () => {
  const padded = (text: string) => Buffer.concat([latin1(text), Buffer.alloc(600)]);
  it.each([
    ['a zip archive', padded('PK\x03\x04\x14\x00\x00\x00\x08\x00')],
    ['a PDF', latin1('%PDF-1.7\n%\xe2\xe3\xcf\xd3\n')],
    ['a Parquet file', padded('PAR1\x15\x04')],
    ['an SQLite database', padded('SQLite format 3\0')],
    ['an older Office', padded('\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1')],
    ['bzip2', padded('BZh91AY&SY')],
    ['Zstandard', padded('\x28\xb5\x2f\xfd')],
    ['xz', padded('\xfd7zXZ\0')],
    ['gzipped twice', padded('\x1f\x8b\x08\0')],
    ['no text', padded('\x7fELF')],
  ])('is named: %s', async (what, bytes) => {
    for (const size of [5, 100_000]) await expect(linesOf(bytes, { size })).rejects.toThrow(what);
  });

  it('is not found in a text that begins with the letters of one', async () => {
    for (const text of ['BMW,a,b', 'MZ,a', 'ID3,x', 'PAR1;x', 'a,\u0001b', `n,\0${'x'.repeat(99)}`]) {
      expect(await linesOf(Buffer.from(text))).toEqual([text]);
    }
  });
});
