import { expect, test } from 'vitest';
import { announcementEvent } from './announcement-event.ts';
import { clockCorrectedEvent, standingAnnouncements } from './clock-corrected-event.ts';
import { definitionsByType, type MeasurementRules, policyV1 } from './index.ts';
import { DAY_MS } from './instant.ts';
import { type KnownTime, knowingTime, shownTo } from './known-time.ts';

const T0 = Date.UTC(2026, 2, 1);
const byAnnouncements: MeasurementRules = { policy: policyV1, definitions: definitionsByType([]) };
const byRecording: MeasurementRules = { ...byAnnouncements, settlesToRecording: true };

const published = (position: bigint, day: number) => ({ position, recordedAt: T0 + day * DAY_MS });
const announced = (position: bigint, recordedDay: number, event: { readonly id: string; readonly time: string }) => ({
  ...published(position, recordedDay),
  id: event.id,
  time: Date.parse(event.time),
  body: JSON.stringify(event),
});
const broken = (day: number) =>
  announcementEvent('ada', { kind: 'promise-broken', promiseId: 'p', journeyId: null, at: T0 + day * DAY_MS }, true);

function knownTimeOf(
  events: readonly ReturnType<typeof published>[],
  announcements: readonly ReturnType<typeof announced>[],
): KnownTime {
  const knowing = knowingTime(announcements);
  for (const event of events) knowing.published(event);
  return knowing.known();
}

const shownDay = (measures: MeasurementRules, known: KnownTime) => (shownTo(measures, known) - T0) / DAY_MS;

test('rows go as far as the newest event was recorded, or what fell due was announced; without the time of day as announced alone', () => {
  const known = knownTimeOf([published(1n, 5), published(3n, 9)], [announced(2n, 8, broken(7))]);
  expect(shownDay(byRecording, known)).toBe(9);
  expect(shownDay(byAnnouncements, known)).toBeCloseTo(7, 6);
  const later = knownTimeOf([published(1n, 5)], [announced(2n, 8, broken(7))]);
  expect(shownDay(byRecording, later)).toBeCloseTo(7, 6);
});

test('after a correction rows go no further than the corrected now, until something is recorded later than any clock that ran ahead had said', () => {
  const ahead = [announced(2n, 40, broken(30))];
  const correction = clockCorrectedEvent('ada', standingAnnouncements(ahead), T0 + 3 * DAY_MS)!;
  const all = [...ahead, announced(4n, 40, correction)];
  const before = [published(1n, 1), published(3n, 40)];
  expect(shownDay(byRecording, knownTimeOf(before, all))).toBe(3);
  // The clock is right again, but its time is still clamped.
  expect(shownDay(byRecording, knownTimeOf([...before, published(5n, 40)], all))).toBe(3);
  expect(shownDay(byRecording, knownTimeOf([...before, published(5n, 40), published(6n, 41)], all))).toBe(41);
});

test('what was recorded ahead of now is corrected though nothing was announced too early', () => {
  const standing = standingAnnouncements([]);
  expect(clockCorrectedEvent('ada', standing, T0)).toBeNull();
  const event = clockCorrectedEvent('ada', standing, T0, true)!;
  expect(event.data.withdrawn).toEqual([]);
  expect(shownDay(byRecording, knownTimeOf([published(1n, 40)], [announced(2n, 40, event)]))).toBe(0);
});
