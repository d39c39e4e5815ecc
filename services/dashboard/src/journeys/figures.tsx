import { t } from 'i18next';
import { PageLink } from '../frame/links.tsx';
import { countText } from '../i18n/format.ts';
import type { Address } from '../selection/address.ts';

/** How many journeys, with a link to them; nothing is behind a zero. */
export function Journeys({ n, of, label }: { n: number; of: Address; label: string }) {
  if (n === 0) return countText(n);
  return (
    <PageLink to="/journeys" with={of} className="count-link" title={t('figure.open', { what: label })}>
      {countText(n)}
    </PageLink>
  );
}

/** A part of a bar that opens its journeys; the figure beside it does by keyboard. */
export function BarPart(props: { className: string; share: number; of: Address; title: string }) {
  const { className, share, of, title } = props;
  if (!(share > 0)) return null;
  return (
    <PageLink
      to="/journeys"
      with={of}
      className={`bar-part ${className}`}
      title={title}
      tabIndex={-1}
      style={{ width: `${share * 100}%` }}
    />
  );
}
