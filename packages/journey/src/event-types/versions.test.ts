import { expect, test } from 'vitest';
import { z } from 'zod';
import { decodeEvent, type Upcaster } from '../decode.ts';
import { eventType } from './event-type.ts';
import { declaredEventTypes } from './index.ts';
import { momentRecorded } from './moment-recorded.ts';
import { registryOf } from './registry.ts';

const momentRecordedV2 = eventType({
  name: 'touchstone.moment.recorded.v2',
  data: momentRecorded.data.extend({ place: z.string().optional() }),
  apply: momentRecorded.apply,
  measure: momentRecorded.measure!,
});

test('a second version takes the place of the first, under the same short name', () => {
  const others = declaredEventTypes.filter((type) => type !== momentRecorded);
  const registry = registryOf<string>([momentRecordedV2, ...others]);
  expect(registry.ofShort('moment.recorded')).toBe('touchstone.moment.recorded.v2');
  expect(registry.declarationOf('touchstone.moment.recorded.v2')).toBe(momentRecordedV2);
  expect(registry.declarationOf('touchstone.moment.recorded.v1')).toBeUndefined();
  expect(registry.names).toHaveLength(declaredEventTypes.length);
});

test('two versions beside each other are refused: the older one becomes an upcaster', () => {
  expect(() => registryOf<string>([...declaredEventTypes, momentRecordedV2])).toThrow(
    'touchstone.moment.recorded.v2 is declared beside touchstone.moment.recorded.v1: an older version becomes an upcaster',
  );
});

test('an event that was stored under an older version is read as its successor', () => {
  const steps = new Map<string, Upcaster>([
    [
      'touchstone.moment.met.v1',
      (data) => ({ type: 'touchstone.moment.recorded.v1', data: { ...data, channel: 'unknown' } }),
    ],
  ]);
  const body = JSON.stringify({
    specversion: '1.0',
    id: '1',
    source: '/shop',
    type: 'touchstone.moment.met.v1',
    subject: 'ada',
    time: '2026-03-01T09:00:00Z',
    data: { touchpoint: 'payment', outcome: 'succeeded' },
  });
  expect(decodeEvent({ body }, steps)).toMatchObject({
    type: 'touchstone.moment.recorded.v1',
    data: { touchpoint: 'payment', channel: 'unknown' },
  });
});
