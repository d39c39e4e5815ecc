import { t } from 'i18next';
import type { Titles } from '../data/titles.ts';
import { levelText, stageText, statusText } from '../i18n/words.ts';
import type { Filter, FilterName, filterNames } from './selection.ts';

export function nameText(name: FilterName): string {
  if (name.startsWith('attribute.')) return name.slice('attribute.'.length);
  return t(`filter.${name as (typeof filterNames)[number]}`);
}

export const flagNames: readonly string[] = ['hasFailure', 'hasBrokenPromise', 'hasComplaint'];

/** A filter as people read it; a value that is no known word stays as it is. */
export function filterText({ name, value }: Filter, titles: Titles): { name: string; value: string } {
  return { name: nameText(name), value: valueText(name, value, titles) };
}

export function valueText(name: FilterName, value: string, titles: Titles): string {
  if (flagNames.includes(name)) return value === 'true' ? t('filter.yes') : value === 'false' ? t('filter.no') : value;
  if (value === '') return t('filter.empty');
  switch (name) {
    case 'type':
      return titles.journey(value) ?? value;
    case 'touchpoint':
    case 'stuckAt':
      return titles.touchpoint(value) ?? value;
    case 'status':
      return statusText(value);
    case 'stage':
      return stageText(value);
    case 'level':
      return levelText(value);
    default:
      return value;
  }
}
