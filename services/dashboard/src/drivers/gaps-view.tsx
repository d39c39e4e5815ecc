import type { Gaps } from '@touchstone/api';
import { t } from 'i18next';
import { Panel, Scrolling, Touchpoint } from '../components/parts.tsx';
import { Choice } from '../components/segments.tsx';
import { Answered, Empty, Settling } from '../components/states.tsx';
import { useTitles } from '../data/titles.ts';
import { REPORT_REFRESH_MS, useAnswer } from '../data/use-answer.ts';
import { PageLink } from '../frame/links.tsx';
import { countText, missing, signedRatingText } from '../i18n/format.ts';
import type { Address } from '../selection/address.ts';
import { type Period, pathOf, spanParameters } from '../selection/selection.ts';
import { useChangeAddress } from '../selection/selection-bar.tsx';

const gapNames = ['knowledge', 'policy', 'delivery', 'communication', 'service'] as const;

/** The five gaps between what customers expect and what they get, at each touchpoint of a type. */
export function GapsView({ address, period }: { address: Address; period: Period }) {
  const { types, journey } = useTitles();
  const change = useChangeAddress();
  const type = address.type ?? types[0];
  const path = type === undefined ? null : pathOf('/v1/gaps', { type, ...spanParameters(period) });
  const answer = useAnswer<Gaps>(path, REPORT_REFRESH_MS);
  if (type === undefined) return <Empty title={t('gaps.noType')} />;
  return (
    <Panel
      title={t('gaps.title')}
      note={t('gaps.note')}
      tools={
        <Choice
          label={t('filter.type')}
          names={types.includes(type) ? types : [type, ...types]}
          chosen={type}
          textOf={(name) => journey(name) ?? name}
          choose={(name) => change({ type: name })}
        />
      }
    >
      <Answered answer={answer} what={t('gaps.title')} rows={6}>
        {({ rows }) =>
          rows.length === 0 ? (
            <Empty title={t('gaps.nothing')} />
          ) : (
            <Settling answer={answer}>
              <Table rows={rows} type={type} />
              <dl className="gap-meanings small muted">
                {gapNames.map((name) => (
                  <div key={name}>
                    <dt>{t(`gap.${name}`)}</dt>
                    <dd>{t(`gapMeaning.${name}`)}</dd>
                  </div>
                ))}
              </dl>
            </Settling>
          )
        }
      </Answered>
    </Panel>
  );
}

function Table({ rows, type }: { rows: Gaps['rows']; type: string }) {
  return (
    <Scrolling label={t('gaps.title')}>
      <table className="rates gaps" aria-label={t('gaps.title')}>
        <thead>
          <tr>
            <th scope="col">{t('column.touchpoint')}</th>
            {gapNames.map((name) => (
              <th key={name} scope="col" className="number" title={t(`gapMeaning.${name}`)}>
                {t(`gap.${name}`)}
              </th>
            ))}
          </tr>
        </thead>
        <tbody>
          {rows.map(({ touchpoint, gaps }) => (
            <tr key={touchpoint}>
              <th scope="row">
                <PageLink to="/touchpoints" with={{ view: 'moments', type, touchpoint }}>
                  <Touchpoint name={touchpoint} type={type} />
                </PageLink>
              </th>
              {gapNames.map((name) => (
                <GapCell key={name} gap={gaps[name]} />
              ))}
            </tr>
          ))}
        </tbody>
      </table>
    </Scrolling>
  );
}

interface Gap {
  readonly gap: number | null;
  readonly n?: number;
  readonly low?: number | null;
  readonly high?: number | null;
}

/** A shortfall is red and a surplus green, as far as its interval is on one side of nothing. */
function GapCell({ gap: { gap, n, low, high } }: { gap: Gap }) {
  if (gap === null) return <td className="number muted">{missing}</td>;
  const [least, most] = low == null || high == null ? [gap, gap] : [low, high];
  const tone = least > 0 ? 'gap-short' : most < 0 ? 'gap-more' : '';
  const depth = Math.min(3, Math.ceil(Math.abs(gap) / 0.5));
  return (
    <td className={`number gap ${tone === '' ? '' : `${tone} gap-${depth}`}`}>
      <b>{signedRatingText(gap)}</b>
      {n === undefined ? null : (
        <div className="small">
          {low == null || high == null ? '' : `${signedRatingText(low)} … ${signedRatingText(high)}, `}
          {t('gaps.of', { n: countText(n) })}
        </div>
      )}
    </td>
  );
}
