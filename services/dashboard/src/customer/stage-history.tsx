import type { Customer } from '@touchstone/api';
import { useCallback } from 'react';
import { LazyChart } from '../charts/lazy-chart.tsx';
import type { Palette } from '../charts/palette.ts';
import { stageHistoryOption } from '../charts/stage-history-option.ts';
import { scoreText } from '../format.ts';
import { Scrolling, StageMove, Time } from '../parts.tsx';
import { Empty } from '../states.tsx';
import { reasonText } from '../words.ts';

type Moved = Pick<Customer, 'history' | 'journeys'>;

export function StageHistory({ customer }: { customer: Moved }) {
  const { history } = customer;
  const option = useCallback(
    (palette: Palette, width: number) => {
      const { start, end } = spanOf(customer);
      return stageHistoryOption(customer.history, start, end, palette, width);
    },
    [customer],
  );
  if (history.length === 0) {
    return (
      <Empty title="This customer has not moved yet">
        <p>What is missing for the first step stands beside this.</p>
      </Empty>
    );
  }
  return (
    <>
      <LazyChart option={option} height={190} />
      <Scrolling label="Changes of the trust stage">
        <table className="rows">
          <caption className="hidden">Changes of the trust stage, the latest first</caption>
          <thead>
            <tr>
              <th scope="col">When</th>
              <th scope="col">Change</th>
              <th scope="col">Satisfaction</th>
              <th scope="col">Why</th>
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
