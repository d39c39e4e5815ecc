import fc from 'fast-check';
import { expect, it } from 'vitest';
import { bodyBatch, bytesPayload, elementBounds, messageBatch } from './input-batch.ts';

it('the bounds of elements in bytes are theirs, and are not told where an element has none', () => {
  const element = fc.json({ maxDepth: 3 }).filter((text) => /^[\x20-\x7e]*$/.test(text));
  fc.assert(
    fc.property(fc.array(element, { maxLength: 6 }), (elements) => {
      const bytes = Buffer.from(`[${elements.join(', ')}]`);
      const bounds = elementBounds(bytes, elements.length);
      if (!elements.every((text) => /^[[{]/.test(text))) expect(bounds).toBeUndefined();
      else
        expect(elements.map((_, i) => bytes.toString('latin1', bounds![i * 2], bounds![i * 2 + 1]))).toEqual(elements);
    }),
    { numRuns: 2000 },
  );
});

it('what is kept of an element is its very text: digits, order and spelling', () => {
  const text = '[{"a":1.000,"b":"\\u0041", "a":12345678901234567890},  7]';
  const batch = bodyBatch(Buffer.from(text), text, JSON.parse(text));
  expect(batch.payloadOf(0)).toEqual({ payload: '{"a":1.000,"b":"\\u0041", "a":12345678901234567890}' });
  expect(batch.payloadOf(1)).toEqual({ payload: '7' });
});

it('messages are read one by one, and broken ones hinder nobody', () => {
  const batch = messageBatch([
    Buffer.from('{"a":1}'),
    Buffer.from('{'),
    Buffer.from([0xc3]),
    Buffer.alloc(1_048_577, 0x20),
  ]);
  expect(batch.values[0]).toEqual({ a: 1 });
  expect([...batch.refused].map(([index, { code }]) => [index, code])).toEqual([
    [1, 'invalid_json'],
    [2, 'invalid_encoding'],
    [3, 'event_too_large'],
  ]);
});

it('bytes that are no text come back whole', () => {
  fc.assert(
    fc.property(fc.uint8Array(), (array) => {
      const bytes = Buffer.from(array);
      const { payload, payloadBase64 } = bytesPayload(bytes);
      const back = payloadBase64 === undefined ? Buffer.from(payload) : Buffer.from(payloadBase64, 'base64');
      expect(back.equals(bytes)).toBe(true);
      expect(payload).not.toContain('\0');
    }),
  );
});
