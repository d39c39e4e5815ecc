import type { Customer } from '@touchstone/api';
import { t } from 'i18next';
import { useCallback, useMemo } from 'react';
import { LazyChart } from '../charts/lazy-chart.tsx';
import type { Palette } from '../charts/palette.ts';
import { stageHistoryOption } from '../charts/stage-history-option.ts';
import { Scrolling, StageMove, Time } from '../components/parts.tsx';
import { Empty } from '../components/states.tsx';
import { scoreText } from '../i18n/format.ts';
import { reasonText } from '../i18n/words.ts';
import { useMarks } from '../marks/use-marks.ts';

type Moved = Pick<Customer, 'history' | 'journeys'>;

export function StageHistory({ customer }: { customer: Moved }) {
  const { history } = customer;
  const span = useMemo(() => spanOf(customer), [customer]);
  const marks = useMarks(span.start, span.end);
  const option = useCallback(
    (palette: Palette, width: number) => stageHistoryOption(customer.history, { ...span, marks }, palette, width),
    [customer, span, marks],
  );
  if (history.length === 0) {
    return (
      <Empty title={t('customer.notMoved')}>
        <p>{t('customer.notMovedWhy')}</p>
      </Empty>
    );
  }
  return (
    <>
      <LazyChart option={option} height={190} />
      <Scrolling label={t('customer.changes')}>
        <table className="rows">
          <caption className="hidden">{t('customer.changesLatest')}</caption>
          <thead>
            <tr>
              <th scope="col">{t('column.at')}</th>
              <th scope="col">{t('column.move')}</th>
              <th scope="col">{t('column.satisfaction')}</th>
              <th scope="col">{t('column.because')}</th>
            </tr>
          </thead>
          <tbody>
            {history.toReversed().map((change) => (
              <tr key={`${change.at} ${change.from} ${change.to}`}>
                <td>
                  <Time at={change.at} />
                </td>
                <td>
                  <StageMove from={change.from} to={change.to} />
                </td>
                <td>{scoreText(change.satisfaction)}</td>
                <td className="wrap">{reasonText(change.because)}</td>
              </tr>
            ))}
          </tbody>
        </table>
      </Scrolling>
    </>
  );
}

/**
 * From the customer's first event to the last, with a small margin. Independent of the wall clock,
 * because the data may be historical.
 */
function spanOf({ history, journeys }: Moved): { start: number; end: number } {
  const times = [
    ...history.map((change) => Date.parse(change.at)),
    ...journeys.flatMap((journey) => [Date.parse(journey.startedAt), Date.parse(journey.endedAt ?? journey.lastAt)]),
  ];
  let start = Number.POSITIVE_INFINITY;
  let end = Number.NEGATIVE_INFINITY;
  for (const time of times) {
    start = Math.min(start, time);
    end = Math.max(end, time);
  }
  const air = Math.max((end - start) * 0.04, 3_600_000);
  return { start: start - air, end: end + air };
}
