import { expect, it } from 'vitest';
import { eventFaults } from './events.ts';
import { boundedFaults, FAULT_PATH_LENGTH_MAX, FAULTS_LENGTH_MAX, FAULTS_MAX } from './faults.ts';

const EVENT = {
  specversion: '1.0',
  id: '1',
  source: '/x',
  type: 'touchstone.moment.recorded.v1',
  subject: 'c',
  time: '2026-03-01T09:00:00Z',
  data: { touchpoint: 'a', channel: 'b', outcome: 'succeeded' },
};

it('what is told is cut, says that it is, and splits no character', () => {
  const long = `${'k'.repeat(FAULT_PATH_LENGTH_MAX - 2)}😀${'k'.repeat(100)}`;
  expect(boundedFaults([{ path: long, message: 'is wrong' }])).toEqual([
    { path: `${'k'.repeat(FAULT_PATH_LENGTH_MAX - 2)}…`, message: 'is wrong' },
  ]);
  const many = Array.from({ length: 1000 }, (_, at) => ({ path: `p${at}`, message: 'm'.repeat(5000) }));
  const told = boundedFaults(many);
  expect(told.length).toBeLessThanOrEqual(FAULTS_MAX);
  expect(told.reduce((sum, { path, message }) => sum + path.length + message.length, 0)).toBeLessThanOrEqual(
    FAULTS_LENGTH_MAX,
  );
});

it.each([
  ['an attribute', { data: { ...EVENT.data, attributes: { ['k'.repeat(500_000)]: 1 } } }],
  ['a rating that there is not', { data: { ...EVENT.data, ratings: { ['k'.repeat(500_000)]: 1 } } }],
  ['an extension', { ['K'.repeat(500_000)]: 1 }],
  ['a type', { type: 'k'.repeat(500_000) }],
  ['a place in a field that no schema knows', { data: { ...EVENT.data, other: { ['k'.repeat(500_000)]: 1e300 } } }],
  ['ten thousand extensions', Object.fromEntries(Array.from({ length: 9000 }, (_, at) => [`NO-${at}`, 1]))],
])('the faults of an event are small where the name of %s is not', (_, more) => {
  const faults = eventFaults({ ...EVENT, ...more });
  expect(faults.length).toBeGreaterThan(0);
  expect(JSON.stringify(faults).length).toBeLessThan(2 * FAULTS_LENGTH_MAX);
});
