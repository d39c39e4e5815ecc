import { readFileSync } from 'node:fs';

const CHARACTERS_MIN = 32;

/**
 * Reads the secret that signs links for customers, without blanks around it. Throws an error that
 * names the file and what to do.
 */
export function readShareSecret(file: string): Buffer {
  let text: string;
  try {
    text = readFileSync(file, 'utf8').trim();
  } catch (cause) {
    throw new Error(`The secret of SHARE_SECRET_FILE, ${file}, cannot be read: ${(cause as Error).message}`, { cause });
  }
  if (text.length >= CHARACTERS_MIN) return Buffer.from(text);
  throw new Error(
    `The secret of SHARE_SECRET_FILE, ${file}, has ${text.length} characters and needs ${CHARACTERS_MIN}: \`openssl rand -base64 32\` makes one.`,
  );
}
