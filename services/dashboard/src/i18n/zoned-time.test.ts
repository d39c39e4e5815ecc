import { expect, test } from 'vitest';
import { instantOf, localDayOf, localTextOf, startOfDay } from './zoned-time.ts';

test('a field of date and time means the clocks of the chosen zone, in summer and in winter', () => {
  expect(instantOf('2026-01-15T12:00', 'Europe/Berlin')).toBe('2026-01-15T11:00:00.000Z');
  expect(instantOf('2026-07-15T12:00', 'Europe/Berlin')).toBe('2026-07-15T10:00:00.000Z');
  expect(instantOf('2026-07-15T12:00', 'Asia/Kolkata')).toBe('2026-07-15T06:30:00.000Z');
  // One hour after the clocks were put forward.
  expect(instantOf('2026-03-29T04:00', 'Europe/Berlin')).toBe('2026-03-29T02:00:00.000Z');
  expect(instantOf('', 'UTC')).toBeNull();
});

test('a time that is shown in a field is read back as the same', () => {
  for (const zone of ['UTC', 'Europe/Berlin', 'America/New_York', 'Asia/Kathmandu', 'Pacific/Chatham']) {
    for (let at = Date.UTC(2026, 0, 1); at < Date.UTC(2027, 0, 1); at += 5_400_000 * 7) {
      const text = localTextOf(at, zone);
      const back = Date.parse(instantOf(text, zone)!);
      // The hour that comes twice in autumn is read as one of the two.
      expect(localTextOf(back, zone)).toBe(text);
    }
  }
});

test('a day that is chosen begins when it begins by the clocks of the zone, even where they skip midnight', () => {
  expect(startOfDay('2026-01-15', 'America/New_York')).toBe('2026-01-15T05:00:00.000Z');
  expect(startOfDay('2026-01-15', 'Asia/Shanghai')).toBe('2026-01-14T16:00:00.000Z');
  expect(startOfDay('2026-09-06', 'America/Santiago')).toBe('2026-09-06T04:00:00.000Z');
  expect(startOfDay('', 'UTC')).toBeNull();
  for (const zone of ['America/Santiago', 'Africa/Cairo', 'Pacific/Chatham']) {
    for (let noon = Date.UTC(2026, 0, 1, 12); noon < Date.UTC(2027, 0, 1); noon += 86_400_000) {
      const day = new Date(noon).toISOString().slice(0, 10);
      const start = Date.parse(startOfDay(day, zone)!);
      expect([localDayOf(start, zone), localDayOf(start - 1, zone) < day]).toEqual([day, true]);
    }
  }
});
