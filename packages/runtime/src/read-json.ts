import { readFileSync } from 'node:fs';

/** A file that cannot be read as JSON; the message names the file and the reason. */
export class JsonFileError extends Error {
  override readonly name = 'JsonFileError';
}

/**
 * Reads a JSON file in UTF-8, or in UTF-16 if it begins with that byte order mark. Throws a {@link
 * JsonFileError} if it cannot be read, has another encoding or is not JSON.
 */
export function readJson(file: string): unknown {
  let bytes: Buffer;
  try {
    bytes = readFileSync(file);
  } catch (cause) {
    throw new JsonFileError(`${file} cannot be read: ${(cause as Error).message}`, { cause });
  }
  const encoding = encodingByMark(bytes) ?? 'utf-8';
  let text: string;
  try {
    // TextDecoder removes the byte order mark.
    text = new TextDecoder(encoding, { fatal: true }).decode(bytes);
  } catch (cause) {
    throw new JsonFileError(`${file} is not ${encoding.toUpperCase()}`, { cause });
  }
  try {
    return JSON.parse(text);
  } catch (cause) {
    throw new JsonFileError(`${file} is not JSON: ${(cause as Error).message}`, { cause });
  }
}

/** The encoding that a byte order mark at the start declares; undefined without one. */
export function encodingByMark(bytes: Uint8Array): 'utf-8' | 'utf-16le' | 'utf-16be' | undefined {
  if (bytes[0] === 0xef && bytes[1] === 0xbb && bytes[2] === 0xbf) return 'utf-8';
  if (bytes[0] === 0xff && bytes[1] === 0xfe) return 'utf-16le';
  return bytes[0] === 0xfe && bytes[1] === 0xff ? 'utf-16be' : undefined;
}
