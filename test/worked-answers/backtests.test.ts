import {
  heartbeatBacktest,
  isAt,
  judged,
  lastMomentsOver,
  type Moment,
  objectiveBacktest,
  spentOver,
  windowsOver,
} from '@touchstone/alerts';
import { heartbeatSchema, objectiveSchema } from '@touchstone/api';
import { expect, test } from 'vitest';
import { momentsOf, storedForBacktests, told, type WorkedBacktest, workedBacktests } from './worked-backtests.ts';

const moments = momentsOf(storedForBacktests());

/** Moments by one of the clocks. */
const byClock: Readonly<Record<'stored' | 'event', readonly Moment[]>> = {
  stored: moments,
  event: moments.map((moment) => ({ ...moment, storedAt: moment.time })),
};

function tested({ ask, objective, heartbeat, from, to, clock = 'stored' }: WorkedBacktest['question']): object {
  const minutes = { from: Date.parse(from), to: Date.parse(to) };
  if (ask === 'backtestHeartbeat') {
    const parsed = heartbeatSchema.parse(heartbeat);
    const its = byClock[clock].filter((moment) => isAt(parsed, moment));
    return judged(heartbeatBacktest(parsed, minutes, lastMomentsOver(its)), minutes);
  }
  const parsed = objectiveSchema.parse(objective);
  const its = byClock[clock].filter((moment) => isAt(parsed, moment));
  return judged(objectiveBacktest(parsed, minutes, windowsOver(its, minutes), spentOver(its, minutes)), minutes);
}

test('every worked back-test has exactly its answer', () => {
  const worked = workedBacktests();
  const found = worked.map(({ question }) => ({ question, answer: told(tested(question)) }));
  expect(found).toEqual(worked);
  expect(worked).toHaveLength(120);
});
