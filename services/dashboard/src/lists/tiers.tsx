import type { TierCustomers, Tiers } from '@touchstone/api';
import { t } from 'i18next';
import { ScoreCell, Scrolling, StageBadge } from '../components/parts.tsx';
import type { RowColumn } from '../components/row-table.tsx';
import { Empty, Failed, Loading } from '../components/states.tsx';
import { REPORT_REFRESH_MS, useAnswer } from '../data/use-answer.ts';
import { CustomerLink } from '../frame/links.tsx';
import { countText, missing, percentText, scoreText } from '../i18n/format.ts';
import { pathOf } from '../selection/selection.ts';
import { useChangeAddress } from '../selection/selection-bar.tsx';
import { ListOf } from './list-page.tsx';

type TierCustomer = TierCustomers['items'][number];

/** Customers in tiers by what they bought, and who is in one of them. */
export function TierRows({ chosen, isRisk }: { chosen: string | undefined; isRisk: boolean }) {
  const { data, problem, reload } = useAnswer<Tiers>('/v1/loyalty/tiers', REPORT_REFRESH_MS);
  if (data === undefined) {
    return problem === undefined ? (
      <Loading what={t('customers.tiers')} />
    ) : (
      <Failed problem={problem} reload={reload} what={t('customers.tiers')} />
    );
  }
  if (data.currency === null) return <Empty title={t('tiers.nothing')} />;
  const tier = data.tiers.find((each) => each.tier === chosen)?.tier ?? 'A';
  return (
    <>
      <TierTable answer={data} chosen={tier} isRisk={isRisk} />
      <ListOf
        label={t(isRisk ? 'tiers.atRisk' : 'tiers.customers', { tier })}
        path={pathOf(`/v1/loyalty/tiers/${tier}`, {
          from: data.from,
          to: data.to,
          currency: data.currency,
          atRisk: isRisk ? 'true' : undefined,
          limit: '100',
        })}
        columns={columns(data.currency)}
        keyOf={({ customerId }: TierCustomer) => customerId}
      />
    </>
  );
}

function TierTable(props: { answer: Tiers; chosen: string; isRisk: boolean }) {
  const { answer, chosen, isRisk } = props;
  const { tiers, currency: bought } = answer;
  const change = useChangeAddress();
  const currency = bought ?? '';
  return (
    <Scrolling label={t('customers.tiers')}>
      <table className="rows tiers">
        <thead>
          <tr>
            <th scope="col">{t('column.tier')}</th>
            <th scope="col" className="number">
              {t('column.customers')}
            </th>
            <th scope="col" className="number">
              {t('column.amount', { currency })}
            </th>
            <th scope="col" className="number">
              {t('column.share')}
            </th>
            <th scope="col" className="number">
              {t('column.satisfaction')}
            </th>
            <th scope="col" className="number">
              {t('column.atRisk')}
            </th>
          </tr>
        </thead>
        <tbody>
          {tiers.map(({ tier, customers, amount, amountShare, meanSatisfaction, atRisk }) => (
            <tr key={tier} className={tier === chosen ? 'chosen' : ''}>
              <th scope="row">
                <button
                  type="button"
                  className="link"
                  aria-pressed={tier === chosen && !isRisk}
                  onClick={() => change({ tier, risk: undefined })}
                >
                  {t('tiers.name', { tier })}
                </button>
              </th>
              <td className="number">
                <button type="button" className="link" onClick={() => change({ tier, risk: undefined })}>
                  {countText(customers)}
                </button>
              </td>
              <td className="number">{countText(amount)}</td>
              <td className="number">{percentText(amountShare)}</td>
              <td className="number">{scoreText(meanSatisfaction)}</td>
              <td className="number">
                {atRisk === 0 ? (
                  missing
                ) : (
                  <button
                    type="button"
                    className="link bad"
                    aria-pressed={tier === chosen && isRisk}
                    onClick={() => change({ tier, risk: 'true' })}
                  >
                    {countText(atRisk)}
                  </button>
                )}
              </td>
            </tr>
          ))}
        </tbody>
      </table>
    </Scrolling>
  );
}

const columns = (currency: string): readonly RowColumn<TierCustomer>[] => [
  {
    id: 'customer',
    head: t('column.customer'),
    cell: ({ customerId }) => <CustomerLink id={customerId} className="id strong" />,
  },
  {
    id: 'amount',
    head: t('column.amount', { currency }),
    className: 'number',
    cell: ({ amount }) => countText(amount),
  },
  { id: 'stage', head: t('column.stage'), cell: ({ stage }) => <StageBadge stage={stage} /> },
  {
    id: 'satisfaction',
    head: t('column.satisfaction'),
    cell: ({ satisfaction }) => <ScoreCell score={satisfaction} level={satisfaction === null ? null : 'satisfied'} />,
  },
];
