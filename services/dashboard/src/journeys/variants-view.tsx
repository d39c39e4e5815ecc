import type { Variants } from '@touchstone/api';
import { t } from 'i18next';
import { Panel, ScoreCell, Scrolling } from '../components/parts.tsx';
import { Answered, Empty, Settling } from '../components/states.tsx';
import { useTitles } from '../data/titles.ts';
import { REPORT_REFRESH_MS, useAnswer } from '../data/use-answer.ts';
import { useKept } from '../frame/places.ts';
import { countText, durationText, missing, percentText } from '../i18n/format.ts';
import { ConformancePanel } from './conformance-panel.tsx';
import { BarPart, Journeys } from './figures.tsx';
import { levelOfMean } from './level-of-mean.ts';
import type { Side } from './sides.tsx';
import { whereIn } from './where-asked.ts';

type Variant = Variants['items'][number];

const AT_FIRST = 15;
const VARIANTS_MAX = 500;
/** Labels of a way that are shown; its length says how many there are. */
const LABELS_SHOWN = 14;

/** The whole ways that journeys take, and beside them what deviates from the steps. */
export function VariantsView({ side }: { side: Side }) {
  const { address, period } = side;
  const [limit, setLimit] = useKept('variants-limit', AT_FIRST);
  const where = whereIn(address, period);
  const answer = useAnswer<Variants>({ path: '/v1/analytics/variants', body: { where, limit } }, REPORT_REFRESH_MS);
  return (
    <div className="variants-page">
      <Panel title={t('variants.title')} note={t('variants.note')}>
        <Answered answer={answer} what={t('variants.title')} rows={10}>
          {({ items, cases, variants }) =>
            items.length === 0 ? (
              <Empty title={t('list.nothing')}>
                <p>{t('list.nothingWhy')}</p>
              </Empty>
            ) : (
              <Settling answer={answer}>
                <p className="small muted">
                  {t('variants.among', {
                    variants: countText(variants),
                    journeys: t('count.journeys', { count: cases }),
                  })}
                </p>
                <VariantTable items={items} type={address.type} />
                {items.length < variants && limit < VARIANTS_MAX ? (
                  <button type="button" className="more" onClick={() => setLimit(Math.min(VARIANTS_MAX, limit * 3))}>
                    {t('parts.more')}
                  </button>
                ) : null}
              </Settling>
            )
          }
        </Answered>
      </Panel>
      <ConformancePanel side={side} />
    </div>
  );
}

function VariantTable({ items, type }: { items: readonly Variant[]; type: string | undefined }) {
  const most = items[0]?.share ?? 1;
  return (
    <Scrolling label={t('variants.title')}>
      <table className="rows variants">
        <thead>
          <tr>
            <th scope="col">{t('variants.way')}</th>
            <th scope="col" className="number">
              {t('page.journeys')}
            </th>
            <td aria-hidden="true" />
            <th scope="col">{t('column.score')}</th>
            <th scope="col" className="number">
              {t('variants.median')}
            </th>
            <th scope="col" className="number">
              {t('variants.failures')}
            </th>
            <th scope="col" className="number">
              {t('variants.conforming')}
            </th>
          </tr>
        </thead>
        <tbody>
          {items.map((item) => (
            <VariantRow key={item.variant ?? item.labels.join('\n')} item={item} most={most} type={type} />
          ))}
        </tbody>
      </table>
    </Scrolling>
  );
}

function VariantRow({ item, most, type }: { item: Variant; most: number; type: string | undefined }) {
  const { labels, length, count, share, medianMs, meanScore, failures, ended, conforming } = item;
  const of = { variant: item.variant ?? '' };
  const name = useWayText(labels.slice(0, 3), type);
  return (
    <tr>
      <th scope="row" className="variant-way">
        <Way labels={labels} length={length} type={type} />
      </th>
      <td className="number strong">
        <Journeys n={count} of={of} label={name} />
        <div className="small muted">{percentText(share)}</div>
      </td>
      <td className="variant-bar" aria-hidden="true">
        <span className="bar">
          <BarPart className="funnel-converted" share={share / most} of={of} title={name} />
        </span>
      </td>
      <td>
        <ScoreCell score={meanScore} level={levelOfMean(meanScore)} />
      </td>
      <td className="number">{durationText(medianMs)}</td>
      <td className="number">
        <Journeys n={failures} of={{ ...of, hasFailure: 'true' }} label={`${name}: ${t('variants.failures')}`} />
      </td>
      <td className="number" title={t('variants.conformingWhy')}>
        {conforming === null ? missing : t('variants.of', { n: countText(conforming), all: countText(ended) })}
      </td>
    </tr>
  );
}

function useWayText(labels: readonly string[], type: string | undefined): string {
  const titles = useTitles();
  return labels.map((label) => titles.touchpoint(label, type) ?? label).join(' → ');
}

/** A way as its moments in their order. */
function Way({ labels, length, type }: { labels: readonly string[]; length: number; type: string | undefined }) {
  const titles = useTitles();
  const shown = labels.slice(0, LABELS_SHOWN);
  return (
    <span className="way">
      {shown.map((label, index) => (
        <span key={index} className="way-step" title={label}>
          <bdi>{titles.touchpoint(label, type) ?? (label === '' ? t('filter.empty') : label)}</bdi>
        </span>
      ))}
      {length > shown.length ? (
        <span className="small muted">{t('variants.further', { count: length - shown.length })}</span>
      ) : null}
    </span>
  );
}
