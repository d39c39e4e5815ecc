import type { Matcher } from '@touchstone/api';
import { CliError } from '../cli-error.ts';

/** Options that every question about many journeys takes. */
export interface SelectionOptions {
  readonly type?: string;
  readonly from?: string;
  readonly to?: string;
  /** `name=value` of any other filter. */
  readonly where?: readonly string[];
  readonly asOf?: string;
  readonly knownAt?: string;
}

/** The selection and the clocks of a question's body. */
export function selectionOf({ type, from, to, where = [], asOf, knownAt }: SelectionOptions) {
  // Entries, because a name may be __proto__.
  const filters: [string, string | number | boolean][] = [];
  const attributes: [string, string][] = [];
  for (const filter of where) {
    const [, name, value] = /^([^=]+)=(.*)$/s.exec(filter) ?? [];
    if (name === undefined || value === undefined) {
      throw new CliError(
        `--where ${filter}: write NAME=VALUE, e.g. team=south, hasFailure=true or attribute.colour=red.`,
      );
    }
    const attribute = /^attribute\.(.+)$/s.exec(name)?.[1];
    if (attribute !== undefined) attributes.push([attribute, value]);
    else filters.push([name, filterValue(name, value)]);
  }
  return {
    where: {
      ...Object.fromEntries(filters),
      ...given({ type, from, to }),
      ...(attributes.length === 0 ? {} : { attributes: Object.fromEntries(attributes) }),
    },
    ...given({ asOf, knownAt }),
  };
}

/** The JSON value of a filter; the system refuses what is none, and names it. */
function filterValue(name: string, text: string): string | number | boolean {
  if (/^has[A-Z]/.test(name) && /^(?:true|false)$/.test(text)) return text === 'true';
  if (/^(?:min|max)Score$/.test(name) && text.trim() !== '' && Number.isFinite(Number(text))) return Number(text);
  return text;
}

/** The options that are given. */
export function given<Options extends object>(options: Options): Partial<Options> {
  return Object.fromEntries(Object.entries(options).filter(([, value]) => value !== undefined)) as Partial<Options>;
}

/** A matcher: the name of a touchpoint, or JSON such as `{"touchpoint":"pay","team":"south"}`. */
export function matcherOf(text: string): string | Matcher {
  if (!text.startsWith('{')) return text;
  try {
    return JSON.parse(text) as Matcher;
  } catch (error) {
    throw new CliError(`${text} is no JSON: ${(error as Error).message}`);
  }
}
