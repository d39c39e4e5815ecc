/** The query of an address: every value is text, so that `touchpoint=42` stays a name. */
export type Address = Readonly<Record<string, string>>;

/** Reads the query of an address. If a name is given twice, the last counts. */
export function parseAddress(query: string): Address {
  return Object.fromEntries(new URLSearchParams(query));
}

/** The query of an address, with its `?`; empty without parameters. */
export function writeAddress(address: Readonly<Record<string, unknown>>): string {
  const parameters = new URLSearchParams();
  for (const [name, value] of Object.entries(address)) {
    if (value !== undefined && value !== null) parameters.set(name, String(value));
  }
  const text = parameters.toString();
  return text === '' ? '' : `?${text}`;
}

/** The one of these names that an address gives; the first where it gives none of them. */
export function nameIn<const Name>(names: readonly [Name, ...Name[]], given: string | undefined): Name {
  return names.find((name) => name === given) ?? names[0];
}
