/** Names in one value of an address, parted by commas; a comma within a name is encoded. */
export const listIntoText = (names: readonly string[]): string =>
  names.map((name) => name.replaceAll('%', '%25').replaceAll(',', '%2C')).join(',');

/** The names of a value that {@link listIntoText} wrote; an empty name is a name. */
export function listIn(text: string | undefined): readonly string[] {
  if (text === undefined) return [];
  return text.split(',').map((name) => name.replaceAll(/%2C/gi, ',').replaceAll('%25', '%'));
}
