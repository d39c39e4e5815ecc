import { t } from 'i18next';
import { plainName } from '../data/reserved-names.ts';
import { stageText } from '../i18n/words.ts';

/** Words for a breakdown and its values. */
export const groupText = {
  nameOf(by: string): string {
    if (by.startsWith('attribute.')) return by.slice('attribute.'.length);
    const known = ['channel', 'team', 'site', 'type', 'stage'] as const;
    const name = known.find((each) => each === by);
    return name === undefined ? by : t(`filter.${name}`);
  },
  valueOf(by: string, value: string | null): string {
    if (value === null || value === '') return t('filter.empty');
    if (value === '(other)') return t('group.others');
    return by === 'stage' ? stageText(value) : plainName(value);
  },
};
