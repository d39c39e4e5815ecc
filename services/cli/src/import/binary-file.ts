import { ImportError } from './import-error.ts';

/** Number of bytes at the beginning of a file that are inspected. */
export const HEAD_BYTES = 16 * 1024;

/** @throws ImportError naming the kind of file, if its first bytes are not text. */
export async function refuseBinary(head: Buffer, file: string): Promise<void> {
  const what = await kindOfBinary(head);
  if (what !== undefined) throw new ImportError(`${file} is ${what}.`);
}

async function kindOfBinary(head: Buffer): Promise<string | undefined> {
  if (head.toString('latin1', 0, 5) === '%PDF-') return KINDS.pdf;
  // A file without control characters is text, even if it starts with another format's magic bytes.
  if (!CONTROLS.test(head.toString('latin1'))) return undefined;
  const { fileTypeFromBuffer } = await import('file-type');
  const type = await fileTypeFromBuffer(head).catch(() => undefined);
  const known = type === undefined ? undefined : KINDS[type.ext];
  if (known !== undefined) return known;
  let zeros = 0;
  for (const byte of head) if (byte === 0) zeros++;
  return zeros > head.length * ZEROS_IN_TEXT_MAX ? `no text (its bytes are ${type?.mime ?? 'binary'})` : undefined;
}

// biome-ignore lint/suspicious/noControlCharactersInRegex: tabs, line ends, form feeds, escape and the old end of file stand in texts; these do not.
const CONTROLS = /[\x00-\x08\x0e-\x19\x1c-\x1f]/;
/** Exports of old systems pad cells with zero bytes. */
const ZEROS_IN_TEXT_MAX = 0.05;

const UNPACK = 'unpack it first; only gzip is unpacked here';
const AS_CSV = 'save the sheet as CSV';
const AS_TEXT = 'export its data as CSV';

const KINDS: Readonly<Record<string, string>> = {
  zip: `a zip archive: ${UNPACK}`,
  gz: 'gzipped twice: unpack it once',
  bz2: `packed with bzip2: ${UNPACK}`,
  xz: `packed with xz: ${UNPACK}`,
  zst: `packed with Zstandard: ${UNPACK}`,
  lz4: `packed with LZ4: ${UNPACK}`,
  '7z': `a 7z archive: ${UNPACK}`,
  rar: `a rar archive: ${UNPACK}`,
  tar: `a tar archive: ${UNPACK}`,
  xlsx: `an Excel workbook (xlsx): ${AS_CSV}`,
  xlsm: `an Excel workbook (xlsm): ${AS_CSV}`,
  cfb: `a workbook or document of an older Office (xls, doc): ${AS_CSV}`,
  ods: `an OpenDocument spreadsheet (ods): ${AS_CSV}`,
  docx: 'a Word document (docx): save its table as CSV',
  pdf: 'a PDF: export the data that it was made of as CSV',
  parquet: `a Parquet file: ${AS_TEXT}`,
  arrow: `an Arrow file: ${AS_TEXT}`,
  avro: `an Avro file: ${AS_TEXT}`,
  sqlite: `an SQLite database: ${AS_TEXT}`,
  png: 'a picture (png)',
  jpg: 'a picture (jpg)',
};
