import { t } from 'i18next';
import type { ReactNode } from 'react';
import { CountFigure } from '../components/figure.tsx';
import { Scrolling, Touchpoint, TypeName } from '../components/parts.tsx';
import { Whisker } from '../components/whisker.tsx';
import { countText, missing, percentText } from '../i18n/format.ts';
import type { Changes, Period } from '../selection/selection.ts';
import { type By, nameOfRow } from './report-rows.ts';

interface Rate {
  readonly n: number;
  readonly k: number;
  readonly rate: number | null;
  readonly low: number | null;
  readonly high: number | null;
}

/** The name of a report's row as people read it. */
export function RowName({ row, by, period }: { row: Parameters<typeof nameOfRow>[0]; by: By; period: Period }) {
  const name = nameOfRow(row, by, period);
  if (name === '') return <span className="muted">{t('filter.empty')}</span>;
  if (by === 'touchpoint') return <Touchpoint name={name} />;
  return by === 'journeyType' ? <TypeName type={name} /> : <bdi>{name}</bdi>;
}

/** A number of a ledger that opens its rows; none where there are none. */
export function Count(props: { n: number; label: string; behind: Changes; tone?: 'bad' | undefined }) {
  const { n, label, behind, tone } = props;
  return (
    <td className={`number ${n > 0 && tone === 'bad' ? 'bad' : ''}`}>
      <CountFigure n={n} behind={{ to: '/promises', with: behind }} label={label} />
    </td>
  );
}

/** A rate with its interval; k of n in words. */
export function RateCells({ rate }: { rate: Rate }) {
  const { n, k, low, high } = rate;
  const text = n === 0 ? missing : t('rate.of', { k: countText(k), n: countText(n) });
  return (
    <>
      <td className="number strong" title={text}>
        {percentText(rate.rate)}
      </td>
      <td className="scale">
        <Whisker rate={rate.rate} low={low} high={high} end={1} />
        <span className="hidden">
          {text}, {t('failing.from', { low: percentText(low), high: percentText(high) })}
        </span>
      </td>
    </>
  );
}

/** Parts of a whole as one bar; its numbers stand beside it. */
export function PartsBar({ parts }: { parts: readonly { readonly tone: string; readonly n: number }[] }) {
  return (
    <span className="parts-bar" aria-hidden="true">
      {parts.map(({ tone, n }) =>
        n === 0 ? null : <i key={tone} className={`part-${tone}`} style={{ flexGrow: n }} />,
      )}
    </span>
  );
}

export function ReportTable({ label, heads, children }: { label: string; heads: ReactNode; children: ReactNode }) {
  return (
    <Scrolling label={label}>
      <table className="rates report" aria-label={label}>
        <thead>
          <tr>{heads}</tr>
        </thead>
        <tbody>{children}</tbody>
      </table>
    </Scrolling>
  );
}

export function NumberHeads({ names }: { names: readonly string[] }) {
  return names.map((name) => (
    <th key={name} scope="col" className="number">
      {name}
    </th>
  ));
}
