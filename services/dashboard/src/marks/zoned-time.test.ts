import { expect, test } from 'vitest';
import { instantOf, localTextOf } from './zoned-time.ts';

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
