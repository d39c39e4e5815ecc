import { readFileSync } from 'node:fs';

/** A file that cannot be taken as JSON; the message names it and says why. */
export class JsonFileError extends Error {
  override readonly name = 'JsonFileError';
}

/**
 * What a JSON file holds: in UTF-8, or in UTF-16 if it begins with that byte order mark. Throws a {@link JsonFileError} if it cannot be
 * read, is in another encoding or is no JSON.
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
    // Leaves the mark out.
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

/** What the byte order mark at the beginning of a text says. */
export function encodingByMark(bytes: Uint8Array): 'utf-8' | 'utf-16le' | 'utf-16be' | undefined {
  if (bytes[0] === 0xef && bytes[1] === 0xbb && bytes[2] === 0xbf) return 'utf-8';
  if (bytes[0] === 0xff && bytes[1] === 0xfe) return 'utf-16le';
  return bytes[0] === 0xfe && bytes[1] === 0xff ? 'utf-16be' : undefined;
}
