import { TextDecoder } from '@exodus/bytes/encoding.js';
import { encodingByMark } from '@touchstone/runtime';
import { ImportError } from './import-error.ts';

/** The encoding of a file's text. */
export interface Encoding {
  /** Name in the Encoding Standard: `utf-8`, `windows-1252`, `gbk`. */
  readonly name: string;
  /** Bytes of the byte order mark before the text. */
  readonly markLength: number;
}

export interface EncodingOptions {
  readonly file: string;
  /** Encoding named by the mapping: a label of the Encoding Standard. */
  readonly named?: string | undefined;
  readonly isXml?: boolean | undefined;
}

/** The standard's name of a label; `undefined` for an unknown label. */
export function encodingName(label: string): string | undefined {
  try {
    return new TextDecoder(label).encoding;
  } catch {
    return undefined;
  }
}

/**
 * Detects the encoding by the first bytes: a byte order mark, else the mapping's name, else UTF-16
 * by its zero bytes, else the XML declaration, else UTF-8.
 * @throws ImportError for an encoding that cannot be read.
 */
export function encodingOf(head: Buffer, { file, named, isXml = false }: EncodingOptions): Encoding {
  if (UTF_32_MARKS.some((mark) => head.subarray(0, 4).equals(mark))) {
    throw new ImportError(`${file} is UTF-32, which is not read here: save it as UTF-8.`);
  }
  const marked = encodingByMark(head);
  if (marked !== undefined) return { name: marked, markLength: marked === 'utf-8' ? 3 : 2 };
  const name = (named === undefined ? undefined : encodingName(named)) ?? utf16WithoutMark(head);
  return { name: name ?? (isXml ? declaredInXml(head, file) : undefined) ?? 'utf-8', markLength: 0 };
}

const UTF_32_MARKS = [Buffer.from([0xff, 0xfe, 0, 0]), Buffer.from([0, 0, 0xfe, 0xff])];

/** A beginning of ASCII letters in two bytes each is always UTF-16; databases export such files. */
function utf16WithoutMark(head: Buffer): string | undefined {
  const first = head.toString('latin1', 0, 8);
  if (/^(?:[\t\n\r -~]\0){4}$/.test(first)) return 'utf-16le';
  return /^(?:\0[\t\n\r -~]){4}$/.test(first) ? 'utf-16be' : undefined;
}

function declaredInXml(head: Buffer, file: string): string | undefined {
  const label = /^\s*<\?xml\s[^>]*?\bencoding\s*=\s*["']([^"'>]+)["']/.exec(head.toString('latin1', 0, 1000))?.[1];
  if (label === undefined) return undefined;
  const name = encodingName(label);
  if (name === undefined) {
    throw new ImportError(`${file}:1: declares the encoding "${label}", which is not known: save it as UTF-8.`);
  }
  // A declaration of UTF-16 in single bytes is wrong: programs that build XML as a string write it.
  return name.startsWith('utf-16') ? 'utf-8' : name;
}
