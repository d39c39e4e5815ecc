import { readFileSync } from 'node:fs';
import { judged, type Moment, objectiveBacktest, spentOver, windowsOver } from '@touchstone/alerts';
import { objectiveSchema } from '@touchstone/api';
import { simulateShop } from '@touchstone/demo-shop';
import { expect, test } from 'vitest';

const page = readFileSync(new URL('../../docs/alerts.md', import.meta.url), 'utf8');
const DAY = '2026-03-12';
const HOUR = 3_600_000;
const at = (clock: string) => Date.parse(`${DAY}T${clock}:00Z`);

/** The payments of the shop that the page names, as they would have been stored at once. */
function payments(): Moment[] {
  const [, seed, customers, days, from] = /simulate --seed (\d+) --customers (\d+) --days (\d+) --from (\S+)`/
    .exec(page)!
    .map(String);
  const moments: Moment[] = [];
  const shop = { seed: Number(seed), customers: Number(customers), days: Number(days), from: Date.parse(from!) };
  for (const { time: text, data } of simulateShop(shop)) {
    const { touchpoint, channel, outcome } = data as Readonly<Record<string, string>>;
    if (touchpoint !== 'payment.approved' || outcome === undefined) continue;
    const time = Date.parse(text);
    const failed = outcome !== 'succeeded';
    moments.push({ touchpoint, channel: channel ?? '', team: '', journeyType: '', time, storedAt: time, failed });
  }
  return moments;
}

test('the outage of the simulated shop is as docs/alerts.md tells it, minute by minute', () => {
  const moments = payments();
  const minutes = { from: Date.parse('2026-02-01T00:00:00Z'), to: Date.parse('2026-03-22T00:00:00Z') };
  const windows = windowsOver(moments, minutes);
  const rows = [...page.matchAll(/^\| (\d\d:\d\d) +\| (\d+) of (\d+) +\|/gm)];
  expect(rows.length).toBeGreaterThan(5);
  for (const [, clock, failures, all] of rows) {
    expect(windows.at(HOUR, at(clock!)), clock).toEqual({ moments: Number(all), failures: Number(failures) });
  }
  const objective = objectiveSchema.parse({ touchpoint: 'payment.approved', objective: 0.98 });
  const { alerts } = judged(objectiveBacktest(objective, minutes, windows, spentOver(moments, minutes)), minutes);
  const pages = alerts.filter(({ severity }) => severity === 'page');
  expect(pages).toEqual([
    {
      severity: 'page',
      began: at('18:15'),
      ended: Date.parse('2026-03-13T05:18:00Z'),
      because: ['page-1h', 'page-6h', 'page-3d'],
      moments: 17,
      failures: 5,
    },
  ]);
  const tickets = alerts.filter(({ severity }) => severity === 'ticket').map(({ began }) => began);
  expect(tickets).toHaveLength(5);
  expect(tickets).toContain(at('18:02'));
  expect(windows.at(5 * 60_000, at('18:15'))).toEqual({ moments: 2, failures: 2 });
});
