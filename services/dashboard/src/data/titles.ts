import type { Definitions } from '@touchstone/api';
import { createContext, useContext, useMemo } from 'react';
import { SLOW_REFRESH_MS, useAnswer } from './use-answer.ts';

/** Display titles from the definitions in force; null if there is none. */
export interface Titles {
  readonly journey: (type: string) => string | null;
  /** The title for a journey of this type; without a type, the title on which all types agree. */
  readonly touchpoint: (name: string, type?: string) => string | null;
  /** Types that have a definition in force. */
  readonly types: readonly string[];
  /** Touchpoints that have a title in a definition in force. */
  readonly touchpoints: readonly string[];
  /** Whether a definition in force names this touchpoint, with a title or without. */
  readonly isDefined: (touchpoint: string) => boolean;
}

const none: Titles = {
  journey: () => null,
  touchpoint: () => null,
  types: [],
  touchpoints: [],
  isDefined: () => false,
};
const TitlesContext = createContext(none);

export const TitlesProvider = TitlesContext.Provider;

export function useTitles(): Titles {
  return useContext(TitlesContext);
}

/** Requested once for all pages. If the definitions cannot be read, names are shown. */
export function useTitlesInForce(isAllowed: boolean): Titles {
  const { data } = useAnswer<Definitions>(isAllowed ? '/v1/definitions' : null, SLOW_REFRESH_MS);
  return useMemo(() => {
    // Titles stand on every page, which must not break over an answer of another shape.
    if (!Array.isArray(data?.items)) return none;
    const inForce = data.items.filter(({ state }) => state === 'in-force');
    return titlesOf(new Map(inForce.map(({ type, definition }) => [type, definition])));
  }, [data]);
}

type Definition = Definitions['items'][number]['definition'];

function titlesOf(definitions: ReadonlyMap<string, Definition>): Titles {
  const all = [...definitions.values()];
  const titleIn = (definition: Definition | undefined, name: string): string | undefined =>
    definition?.touchpoints !== undefined && Object.hasOwn(definition.touchpoints, name)
      ? definition.touchpoints[name]?.title
      : undefined;
  return {
    types: [...definitions.keys()],
    touchpoints: [...new Set(all.flatMap(({ touchpoints = {} }) => Object.keys(touchpoints)))],
    journey: (type) => definitions.get(type)?.title ?? null,
    touchpoint: (name, type) => {
      if (type !== undefined) return titleIn(definitions.get(type), name) ?? null;
      const titles = new Set(all.flatMap((definition) => titleIn(definition, name) ?? []));
      return titles.size === 1 ? [...titles][0]! : null;
    },
    isDefined: (touchpoint) =>
      all.some(({ touchpoints = {}, steps = [], completesOn = [], expects = [] }) => {
        const expected = expects.flatMap(({ after, touchpoint }) => [after, touchpoint]);
        return [...Object.keys(touchpoints), ...steps, ...completesOn, ...expected].includes(touchpoint);
      }),
  };
}

export const useTypes = (): readonly string[] => useTitles().types;
