import fc from 'fast-check';
import { expect, it } from 'vitest';
import { EVENT_BYTES_MAX, PAYLOAD_BYTES_KEPT } from '../event-limits.ts';
import { keptPayload } from './kept-payload.ts';

it('bytes that are no text come back whole', () => {
  fc.assert(
    fc.property(fc.uint8Array(), (array) => {
      const bytes = Buffer.from(array);
      const { payload, payloadBase64 } = keptPayload(bytes);
      const back = payloadBase64 === undefined ? Buffer.from(payload) : Buffer.from(payloadBase64, 'base64');
      expect(back.equals(bytes)).toBe(true);
      expect(payload).not.toContain('\0');
    }),
  );
});

it('of what is larger than an event may be the beginning is kept', () => {
  const { payload } = keptPayload(Buffer.alloc(EVENT_BYTES_MAX + 1, 'x'));
  expect(payload).toBe('x'.repeat(PAYLOAD_BYTES_KEPT));
  expect(keptPayload(Buffer.alloc(EVENT_BYTES_MAX + 1)).payload).not.toContain('\0');
});
