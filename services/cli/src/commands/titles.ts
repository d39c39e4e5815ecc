import { endpoints } from '@touchstone/api';
import { type Client, TouchstoneError } from '@touchstone/client';
import { ask } from '../ask.ts';
import { plain, style } from '../terminal/style.ts';

/**
 * Display titles of journeys and touchpoints from the definitions in force; without a title the
 * name is used.
 */
export interface Titles {
  readonly journey: (type: string) => string;
  /** For a journey of this type: the title, followed by the name. */
  readonly touchpoint: (type: string, name: string) => string;
}

export const noTitles: Titles = { journey: plain, touchpoint: (_, name) => plain(name) };

interface Titled {
  readonly title?: string | undefined;
  readonly touchpoints?: Readonly<Record<string, { readonly title?: string | undefined }>> | undefined;
}

/** A key that may not read definitions gets names instead of titles. */
export async function titlesInForce(client: Client): Promise<Titles> {
  try {
    const { items } = await ask(client, endpoints.listDefinitions, {});
    const inForce = items.filter(({ state }) => state === 'in-force');
    return titlesOf(new Map(inForce.map(({ type, definition }) => [type, definition])));
  } catch (error) {
    if (error instanceof TouchstoneError && (error.status === 401 || error.status === 403)) return noTitles;
    throw error;
  }
}

export function titlesOf(definitions: ReadonlyMap<string, Titled>): Titles {
  return {
    journey: (type) => plain(definitions.get(type)?.title ?? type),
    touchpoint: (type, name) => {
      const touchpoints = definitions.get(type)?.touchpoints ?? {};
      const title = Object.hasOwn(touchpoints, name) ? touchpoints[name]?.title : undefined;
      return title === undefined || title === name ? plain(name) : `${plain(title)} ${style.dim(plain(name))}`;
    },
  };
}
