import type { FailureRates, PromisesReport, Transitions } from '@touchstone/api';
import { t } from 'i18next';
import { Fragment, type ReactElement, type ReactNode } from 'react';
import { Trans } from 'react-i18next';
import { useTitles } from '../data/titles.ts';
import { PageLink } from '../frame/links.tsx';
import { countText, percentText } from '../i18n/format.ts';
import { periodText } from '../selection/period-menu.tsx';
import type { Period } from '../selection/selection.ts';
import { fellOf, type Rising, risingOf, roseOf } from './news.ts';
import type { Compared } from './period-questions.ts';

/** One sentence that is true: what got worse in the period, or that nothing did. */
export function Headline(props: {
  period: Period;
  rates: Compared<FailureRates>;
  moves: Compared<Transitions>;
  promises: Compared<PromisesReport>;
}) {
  const { period, rates, moves, promises } = props;
  const known = [rates.now.data, moves.now.data, promises.now.data];
  if (known.includes(undefined)) return <p className="headline headline-empty" aria-hidden="true" />;
  const fell = fellOf(moves.now.data?.rows ?? []);
  const rose = roseOf(moves.now.data?.rows ?? []);
  const row = promises.now.data?.rows[0];
  const broken = row?.broken ?? 0;
  const late = row?.keptLate ?? 0;
  const rising = risingOf(rates.now.data?.rows ?? [], rates.before?.rows ?? []);
  const parts: ReactNode[] = [];
  const add = (what: News, n: number, link: ReactElement): void => {
    if (n > 0) parts.push(<Part key={what} what={what} n={n} link={link} />);
  };
  add('fell', fell, <PageLink to="/customers" with={{ list: 'moves', direction: 'fell' }} />);
  add('broken', broken, <PageLink to="/promises" with={{ state: 'broken' }} />);
  add('late', late, <PageLink to="/promises" with={{ state: 'kept-late' }} />);
  if (rising !== null) parts.push(<RisingPart key="rising" rising={rising} />);
  add('rose', rose, <PageLink to="/customers" with={{ list: 'moves', direction: 'rose' }} />);
  return (
    <p className="headline">
      <span className="headline-when">{t('headline.in', { period: periodText(period) })}</span>{' '}
      {parts.length === 0
        ? t('headline.nothing')
        : parts.map((part, index) => (
            <Fragment key={index}>
              {index === 0 ? null : index === parts.length - 1 ? t('headline.last') : t('headline.between')}
              {part}
            </Fragment>
          ))}
      {parts.length === 0 ? null : t('headline.end')}
    </p>
  );
}

type News = 'fell' | 'rose' | 'broken' | 'late';

function Part({ what, n, link }: { what: News; n: number; link: ReactElement }) {
  return <Trans i18nKey={`headline.${what}`} count={n} values={{ n: countText(n) }} components={{ open: link }} />;
}

function RisingPart({ rising: { touchpoint, channel, before, now } }: { rising: Rising }) {
  const title = useTitles().touchpoint(touchpoint) ?? touchpoint;
  const place = channel ? t('headline.on', { touchpoint: title, channel }) : title;
  return (
    <Trans
      i18nKey="headline.rising"
      values={{ place, before: percentText(before), now: percentText(now) }}
      components={{
        open: <PageLink to="/journeys" with={{ touchpoint, ...(channel ? { channel } : {}), hasFailure: 'true' }} />,
      }}
    />
  );
}
