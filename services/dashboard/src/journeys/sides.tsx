import { t } from 'i18next';
import type { ReactNode } from 'react';
import { NoPeriod } from '../components/no-period.tsx';
import { PanelsOf } from '../components/parts.tsx';
import { useTitles } from '../data/titles.ts';
import { usePeriod } from '../data/use-now.ts';
import { OfSelection } from '../frame/links.tsx';
import type { Address } from '../selection/address.ts';
import { filterText } from '../selection/filter-texts.ts';
import { periodText } from '../selection/period-menu.tsx';
import { filtersIn, type Period } from '../selection/selection.ts';

/** The selection that a view is drawn of. */
export interface Side {
  readonly address: Address;
  readonly period: Period;
}

/** A view of one selection, or of two beside each other. */
export function Sides(props: { address: Address; other: Address | null; children: (side: Side) => ReactNode }) {
  const { address, other, children } = props;
  if (other === null) return <OneSide address={address}>{children}</OneSide>;
  return (
    <div className="sides">
      <OneSide address={address} name={t('compare.one')}>
        {children}
      </OneSide>
      <OneSide address={other} name={t('compare.other')}>
        {children}
      </OneSide>
    </div>
  );
}

function OneSide(props: { address: Address; name?: string; children: (side: Side) => ReactNode }) {
  const { address, name, children } = props;
  const period = usePeriod(address);
  const titles = useTitles();
  if (period === null) return <NoPeriod what={t('page.journeys')} />;
  const drawn = <OfSelection value={address}>{children({ address, period })}</OfSelection>;
  if (name === undefined) return drawn;
  const filters = filtersIn(address).map((filter) => filterText(filter, titles));
  return (
    <section className="one-side" aria-label={name}>
      <p className="one-side-head">
        <span className="one-side-name">{name}</span>
        {filters.length === 0 ? t('compare.everything') : null}
        {filters.map((filter) => (
          <span key={filter.name} className="chip">
            <span className="chip-name">{filter.name}</span>
            <bdi className="chip-value">{filter.value}</bdi>
          </span>
        ))}
        <span className="muted small">{periodText(period)}</span>
      </p>
      <PanelsOf value={name}>{drawn}</PanelsOf>
    </section>
  );
}
