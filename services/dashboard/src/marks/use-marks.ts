import type { Annotations } from '@touchstone/api';
import { t } from 'i18next';
import { useMemo } from 'react';
import { useTitles } from '../data/titles.ts';
import { SLOW_REFRESH_MS, useAnswer } from '../data/use-answer.ts';

export const ANNOTATIONS = '/v1/annotations';

/** Something that happened, as a mark on every time axis. */
export interface Mark {
  readonly at: number;
  readonly text: string;
  /** The name of one that people put; null for a switch of definitions. */
  readonly name: string | null;
}

const NONE: readonly Mark[] = [];

/** The marks between two times (ms), the earliest first; all of them without times. */
export function useMarks(start = Number.NEGATIVE_INFINITY, end = Number.POSITIVE_INFINITY): readonly Mark[] {
  const { data } = useAnswer<Annotations>(ANNOTATIONS, SLOW_REFRESH_MS);
  const titles = useTitles();
  return useMemo(() => {
    if (data === undefined) return NONE;
    const put = data.items.map(({ name, at, text }) => ({ name, text, at: Date.parse(at) }));
    const switched = data.definitions.map(({ type, version, at }) => ({
      name: null,
      text: t('marks.definition', { type: titles.journey(type) ?? type, version }),
      at: Date.parse(at),
    }));
    return [...put, ...switched].filter(({ at }) => at >= start && at <= end).sort((a, b) => a.at - b.at);
  }, [data, titles, start, end]);
}
