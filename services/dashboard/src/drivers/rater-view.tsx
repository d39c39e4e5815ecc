import type { Quality } from '@touchstone/api';
import { raterDimensions } from '@touchstone/api/vocabulary';
import { t } from 'i18next';
import { type Behind, CountFigure } from '../components/figure.tsx';
import { IntervalCell, ScaleHead } from '../components/interval.tsx';
import { Panel, Scrolling, Touchpoint, TypeName } from '../components/parts.tsx';
import { Choice } from '../components/segments.tsx';
import { Answered, Empty, Settling } from '../components/states.tsx';
import { REPORT_REFRESH_MS, useAnswer } from '../data/use-answer.ts';
import { PageLink } from '../frame/links.tsx';
import { countText, percentText, ratingText } from '../i18n/format.ts';
import { type Address, nameIn } from '../selection/address.ts';
import { type Changes, type Period, pathOf, spanParameters, untaken } from '../selection/selection.ts';
import { useChangeAddress } from '../selection/selection-bar.tsx';
import { takenByDrivers } from '../selection/taken.ts';

type Row = Quality['rows'][number];
const splits = ['all', 'touchpoint', 'channel', 'journeyType', 'actorTeam', 'actorSite'] as const;
type Split = (typeof splits)[number];

/** The five dimensions of quality: how each is rated, and how much it weighs. */
export function RaterView({ address, period }: { address: Address; period: Period }) {
  const change = useChangeAddress();
  const by = nameIn(splits, address.by);
  const path = pathOf('/v1/quality', { ...spanParameters(period), ...(by === 'all' ? {} : { by }) });
  const answer = useAnswer<Quality>(path, REPORT_REFRESH_MS);
  return (
    <Panel
      title={t('rater.title')}
      note={t('rater.note')}
      tools={
        <Choice
          label={t('promisesBy.by')}
          names={splits}
          chosen={by}
          textOf={(name) => t(`raterBy.${name}`)}
          choose={(name) => change({ by: name === 'all' ? undefined : name })}
        />
      }
    >
      <Answered answer={answer} what={t('rater.title')} rows={6}>
        {({ rows }) => {
          const rated = rows.filter(({ ratings }) => raterDimensions.some((name) => ratings[name].n > 0));
          if (rated.length === 0) return <Empty title={t('rater.nothing')} />;
          return (
            <Settling answer={answer} className="stack">
              {rated.map((row) => (
                <Dimensions
                  key={by === 'all' ? '' : row[by]}
                  {...{ row, by }}
                  clear={untaken(address, takenByDrivers(address))}
                />
              ))}
            </Settling>
          );
        }}
      </Answered>
    </Panel>
  );
}

const filterOf = {
  touchpoint: 'touchpoint',
  channel: 'channel',
  journeyType: 'type',
  actorTeam: 'team',
  actorSite: 'site',
};

/** The filter of moments for a group; it has none for those without a name. */
const groupOf = (row: Row, by: Exclude<Split, 'all'>): Changes | undefined =>
  (row[by] ?? '') === '' ? undefined : { [filterOf[by]]: row[by] };

function Head({ row, by, clear }: { row: Row; by: Exclude<Split, 'all'>; clear: Changes }) {
  const name = row[by] ?? '';
  if (name === '') return <h3 className="muted">{t('filter.empty')}</h3>;
  return (
    <h3>
      <PageLink to="/touchpoints" with={{ ...clear, view: 'moments', [filterOf[by]]: name }}>
        {by === 'touchpoint' ? <Touchpoint name={name} /> : by === 'journeyType' ? <TypeName type={name} /> : name}
      </PageLink>
    </h3>
  );
}

function Dimensions({ row, by, clear }: { row: Row; by: Split; clear: Changes }) {
  const { ratings, weights, r2, n } = row;
  const behind = (name: (typeof raterDimensions)[number]): Behind | undefined => {
    const group = by === 'all' ? {} : groupOf(row, by);
    if (group === undefined) return undefined;
    return {
      to: '/touchpoints',
      with: { ...clear, by: undefined, ...group, view: 'moments', measure: `rating.${name}` },
    };
  };
  return (
    <section>
      {by === 'all' ? null : <Head {...{ row, by, clear }} />}
      <Scrolling label={t('rater.title')}>
        <table className="rates" aria-label={by === 'all' ? t('rater.title') : (row[by] ?? '')}>
          <thead>
            <tr>
              <th scope="col">{t('rater.dimension')}</th>
              <th scope="col" className="number">
                {t('rater.rating')}
              </th>
              <ScaleHead marks={[1, 3, 5]} />
              <th scope="col" className="number">
                {t('rater.ratings')}
              </th>
              <th scope="col">{t('rater.weight')}</th>
            </tr>
          </thead>
          <tbody>
            {raterDimensions.map((name) => {
              const { mean, low, high, n: given } = ratings[name];
              const share = weights?.[name].share ?? null;
              return (
                <tr key={name}>
                  <th scope="row" title={t(`raterMeaning.${name}`)}>
                    {t(`raterName.${name}`)}
                    <div className="small muted">{t(`raterMeaning.${name}`)}</div>
                  </th>
                  <td className="number strong">{ratingText(mean)}</td>
                  <IntervalCell value={mean} {...{ low, high }} from={1} to={5} textOf={ratingText} />
                  <td className="number muted">
                    <CountFigure n={given} behind={behind(name)} label={t(`raterName.${name}`)} />
                  </td>
                  <td>
                    <span className="weight">
                      <i aria-hidden="true" style={{ width: `${(share ?? 0) * 100}%` }} />
                      <span className="number">{percentText(share)}</span>
                    </span>
                  </td>
                </tr>
              );
            })}
          </tbody>
        </table>
      </Scrolling>
      <p className="small muted">
        {weights === null
          ? t('rater.noWeights', { n: countText(n) })
          : t('rater.explained', { r2: percentText(r2), n: countText(n) })}
      </p>
    </section>
  );
}
