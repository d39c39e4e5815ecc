import { expect, test } from 'vitest';
import { event } from '../../testing/contract/event.ts';
import { bodyAsStored, isDamaged } from '../damaged-event.ts';
import { streamNames } from './names.ts';
import { decodeEvent, encodeEvent } from './record.ts';
import type { WireRecord } from './wire.ts';

const names = streamNames('shop.');
const given = event({ id: 'e "1"', source: '/über', data: { text: '\u{1f600} "checksum":1}' } });

function stored(claims: readonly (readonly [string, number])[] = []): WireRecord {
  const stream = names.inDatabase(given.stream);
  const { data, metadata, type } = encodeEvent(given, stream, { eventId: '', data: Buffer.from(given.body) }, claims);
  const texts = { data: Buffer.from(data).toString(), metadata: Buffer.from(metadata).toString() };
  return { stream, revision: 3, position: 70n, eventId: 'x', type, createdAt: 1_767_225_600_001, ...texts };
}

test.each([
  [[]],
  [[['/über', 2]]],
  [
    [
      ['/über', 2],
      ['/b', 1],
    ],
  ],
] as const)('an event is read as it was written, with the claims %j', (claims) => {
  const found: bigint[] = [];
  const { event: read, claims: said } = decodeEvent(stored(claims), names, ({ position }) => found.push(position))!;
  expect(read).toEqual({ ...given, position: 70n, recordedAt: 1_767_225_600_001, mark: 'x@3' });
  expect(said).toEqual(claims);
  expect(found).toEqual([]);
});

test('an event whose body, metadata or stream is not what was written is damaged, whichever character it is', () => {
  const whole = stored([['/über', 2]]);
  let tried = 0;
  for (const field of ['data', 'metadata', 'stream'] as const) {
    const text = whole[field];
    // An event counts as ours by the beginning of its metadata and by its namespace, so these bytes
    // stay unchanged.
    const from = field === 'metadata' ? '{"source":'.length : field === 'stream' ? 'shop.'.length : 0;
    for (let at = from; at < text.length; at++) {
      const changed = `${text.slice(0, at)}${text[at] === '7' ? '8' : '7'}${text.slice(at + 1)}`;
      // A changed key removes the checksum, and the text that it covers is unchanged.
      if (field === 'metadata' && at >= text.lastIndexOf(',"checksum":') && at < text.lastIndexOf(':') + 1) continue;
      const found: bigint[] = [];
      const read = decodeEvent({ ...whole, [field]: changed }, names, ({ position }) => found.push(position));
      expect(read && isDamaged(read.event), `${field} ${changed}`).toBe(true);
      expect(bodyAsStored(read!.event)).toBe(field === 'data' ? changed : whole.data);
      expect(found).toEqual([70n]);
      tried++;
    }
  }
  expect(tried).toBeGreaterThan(200);
});

test('an event that was written before there were checksums is believed, and what others wrote is none of ours', () => {
  const whole = stored();
  const before = { ...whole, metadata: `${whole.metadata.slice(0, whole.metadata.lastIndexOf(',"checksum":'))}}` };
  expect(decodeEvent(before, names)?.event.body).toBe(given.body);
  for (const metadata of ['', '{}', 'x', '{"source":"/theirs"}', '{"correlation":1}']) {
    expect(decodeEvent({ ...whole, metadata }, names)).toBeUndefined();
  }
});
