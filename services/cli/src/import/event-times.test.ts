import { describe, expect, it } from 'vitest';
import { doubtOf, eventTimes } from './event-times.ts';

const NOW = Date.UTC(2026, 2, 1);

function spanOf(...times: unknown[]) {
  const seen = eventTimes();
  for (const time of times) seen.see({ time });
  return seen.span();
}

describe('the times of imported events', () => {
  it('are told by the first and the last, in whatever order and form they come', () => {
    expect(spanOf('2026-01-02T00:00:00+01:00', 'soon', 7, '2025-01-01T00:00:00Z', '2026-01-01T00:00:00.5Z')).toEqual({
      first: '2025-01-01T00:00:00.000Z',
      last: '2026-01-01T23:00:00.000Z',
    });
    expect(spanOf()).toBeUndefined();
    const goneOn = eventTimes({ first: '2024-01-01T00:00:00.000Z', last: '2024-02-01T00:00:00.000Z' });
    goneOn.see(null);
    goneOn.see({ time: '2024-03-01T00:00:00Z' });
    expect(goneOn.span()).toEqual({ first: '2024-01-01T00:00:00.000Z', last: '2024-03-01T00:00:00.000Z' });
  });

  it('raise a doubt where all lie in 1970 or ahead of now, and none where some do', () => {
    expect(doubtOf(spanOf('1970-01-21T00:00:00Z', '1970-12-31T23:59:59Z')!, NOW)).toContain('all times lie in 1970');
    expect(doubtOf(spanOf('1970-01-21T00:00:00Z', '2025-01-01T00:00:00Z')!, NOW)).toBeUndefined();
    expect(doubtOf(spanOf('2026-03-02T00:00:00Z', '2097-01-01T00:00:00Z')!, NOW)).toContain('ahead of now');
    expect(doubtOf(spanOf('2026-02-28T00:00:00Z', '2097-01-01T00:00:00Z')!, NOW)).toBeUndefined();
  });
});
