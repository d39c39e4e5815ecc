import { objectiveSchema } from '@touchstone/api';
import { describe, expect, test } from 'vitest';
import { type BurnRateAlert, judged, objectiveBacktest } from './backtest.ts';
import { type Moment, spentOver, windowsOver } from './moments.ts';
import { rulesThatCannotFire } from './rules.ts';

const MINUTE = 60_000;
const HOUR = 60 * MINUTE;
const DAY = 24 * HOUR;
const start = Date.parse('2026-03-02T00:00:00Z');

const momentAt = (time: number, failed: boolean): Moment => ({
  touchpoint: 'paid',
  channel: '',
  team: '',
  journeyType: '',
  time,
  storedAt: time,
  failed,
});

/** Moments at even distances over [from, to). */
function evenly(count: number, from: number, to: number, failed: (nth: number) => boolean): Moment[] {
  return Array.from({ length: count }, (_, nth) => momentAt(from + (nth * (to - from)) / count, failed(nth)));
}

function alertsOver(moments: readonly Moment[], objective: number, to: number): readonly BurnRateAlert[] {
  const asked = objectiveSchema.parse({ touchpoint: 'paid', objective });
  const minutes = { from: start, to };
  const backtest = objectiveBacktest(asked, minutes, windowsOver(moments, minutes), spentOver(moments, minutes));
  return judged(backtest, minutes).alerts;
}

const pages = (alerts: readonly BurnRateAlert[]) => alerts.filter(({ severity }) => severity === 'page');

describe('an alert', () => {
  test('does not begin when three of four moments fail', () => {
    const moments = evenly(4, start + HOUR, start + 2 * HOUR, (nth) => nth > 0);
    expect(alertsOver(moments, 0.98, start + 4 * DAY)).toEqual([]);
  });

  test('pages when 27 of 30 moments over a day fail', () => {
    const moments = evenly(30, start, start + DAY, (nth) => nth % 10 > 0);
    expect(pages(alertsOver(moments, 0.98, start + DAY))).toMatchObject([
      { because: expect.arrayContaining(['page-3d']) },
    ]);
  });

  test.each([0, 1, 5, 12, 23])(
    'pages within a day where one moment an hour, which failed at no time in three days, begins to fail, at hour %s',
    (hour) => {
      const begins = start + 3 * DAY + hour * HOUR;
      const good = evenly((begins - start) / HOUR, start, begins, () => false);
      const bad = evenly(24, begins, begins + DAY, () => true);
      const [page] = pages(alertsOver([...good, ...bad], 0.95, begins + DAY));
      expect(page!.began).toBeGreaterThan(begins);
      expect(page!.began).toBeLessThanOrEqual(begins + DAY);
    },
  );

  test('pages within 5 minutes of an outage of 10 minutes at high volume, and ends within 10 of its end', () => {
    const outage = start + DAY;
    const over = outage + 10 * MINUTE;
    // A moment a second.
    const moments = [
      ...evenly(86_400, start, outage, (nth) => nth % 1_000 === 0),
      ...evenly(600, outage, over, () => true),
      ...evenly(3_600, over, over + HOUR, (nth) => nth % 1_000 === 0),
    ];
    const [page, ...others] = pages(alertsOver(moments, 0.995, over + HOUR));
    expect(page!.began - outage).toBeLessThanOrEqual(5 * MINUTE);
    expect(page!.ended! - over).toBeLessThanOrEqual(10 * MINUTE);
    expect(others).toEqual([]);
  });
});

test('rules that ask for more failures than moments are named, with the objective from which they can fire', () => {
  expect(rulesThatCannotFire({ objective: 0.98 })).toEqual([]);
  expect(rulesThatCannotFire({ objective: 0.9 })).toEqual([
    { rule: 'page-1h', firesFromObjective: expect.closeTo(0.930_556, 6) },
  ]);
  expect(rulesThatCannotFire({ objective: 0.5 }).map(({ rule }) => rule)).toEqual(['page-1h', 'page-6h', 'page-3d']);
});
