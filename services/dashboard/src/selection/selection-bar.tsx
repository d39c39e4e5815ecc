import { useNavigate } from '@tanstack/react-router';
import { t } from 'i18next';
import { X } from 'lucide-react';
import { useTitles } from '../data/titles.ts';
import { useAddress } from '../frame/links.tsx';
import type { Address } from './address.ts';
import { FilterMenu } from './filter-menu.tsx';
import { filterText } from './filter-texts.ts';
import { PeriodMenu } from './period-menu.tsx';
import { Refreshed } from './refreshed.tsx';
import { changed, type Filter, filtersIn, isTaken, type Taken } from './selection.ts';
import { ViewsMenu } from './views-menu.tsx';

/** Changes the address of this page, in its place in the history. */
export function useChangeAddress(): (changes: Readonly<Record<string, string | undefined>>) => void {
  const navigate = useNavigate();
  return (changes) =>
    void navigate({
      to: '.',
      search: (before: Address) => changed(before, changes),
      replace: true,
      resetScroll: false,
    } as never);
}

/** The one selection of all pages: period, comparison, time zone and filters. */
export function SelectionBar({ takes }: { takes: Taken }) {
  const filters = filtersIn(useAddress());
  const change = useChangeAddress();
  const clear = Object.fromEntries(filters.map(({ name }) => [name, undefined]));
  return (
    <section className="selection" aria-label={t('selection.title')}>
      <PeriodMenu isTaken={takes.includes('period')} isCompared={takes.includes('compare')} />
      {filters.map((filter) => (
        <Chip
          key={filter.name}
          filter={filter}
          isTaken={isTaken(filter.name, takes)}
          remove={() => change({ [filter.name]: undefined })}
        />
      ))}
      <FilterMenu choose={({ name, value }) => change({ [name]: value })} />
      {filters.length > 1 ? (
        <button type="button" className="quiet" onClick={() => change(clear)}>
          {t('selection.clear')}
        </button>
      ) : null}
      <ViewsMenu />
      <Refreshed />
    </section>
  );
}

function Chip({ filter, isTaken, remove }: { filter: Filter; isTaken: boolean; remove: () => void }) {
  const text = filterText(filter, useTitles());
  return (
    <span className={`chip ${isTaken ? '' : 'chip-idle'}`} title={isTaken ? undefined : t('selection.notAppliedWhy')}>
      <span className="chip-name">{text.name}</span>
      <bdi className="chip-value">{text.value}</bdi>
      {isTaken ? null : <em className="chip-note">{t('selection.notApplied')}</em>}
      <button type="button" className="chip-remove" onClick={remove} aria-label={t('selection.remove', text)}>
        <X aria-hidden="true" />
      </button>
    </span>
  );
}
