const SIZE = /^(\d{1,15})(KiB|MiB|GiB)?$/;
const BYTES_OF = { KiB: 2 ** 10, MiB: 2 ** 20, GiB: 2 ** 30 } as const;

/**
 * Parses a whole number of bytes (`1048576`) or of `KiB`, `MiB` or `GiB` (`512MiB`) to bytes.
 * `undefined` for any other text.
 */
export function parseByteSize(text: string): number | undefined {
  const match = SIZE.exec(text);
  if (match === null) return undefined;
  const bytes = Number(match[1]) * (match[2] === undefined ? 1 : BYTES_OF[match[2] as keyof typeof BYTES_OF]);
  return Number.isSafeInteger(bytes) ? bytes : undefined;
}
