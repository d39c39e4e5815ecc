import { expect, test } from 'vitest';
import { exportMeant } from './rows-export-command.ts';

test('one argument is a file for the log, and two are rows and their file', () => {
  expect(exportMeant('log.ndjson', undefined, { customer: 'anna' })).toMatchObject({
    file: 'log.ndjson',
    customer: 'anna',
  });
  expect(exportMeant('log.ndjson', undefined, {})).not.toHaveProperty('rows');
  expect(exportMeant('journeys', 'a.csv', { where: ['type=order'] })).toEqual({
    rows: 'journeys',
    file: 'a.csv',
    format: 'csv',
    where: ['type=order'],
  });
  expect(exportMeant('trust-changes', 'A.NDJSON.gz', {})).toMatchObject({ format: 'ndjson' });
  expect(exportMeant('moments', 'a.parquet', {})).toMatchObject({ format: 'parquet' });
  expect(exportMeant('journeys', 'a.xes.gz', {})).toMatchObject({ format: 'xes' });
  expect(exportMeant('journeys', 'a.ocel.json', {})).toMatchObject({ format: 'ocel' });
  expect(exportMeant('moments', 'data', { format: 'csv' })).toMatchObject({ format: 'csv' });
});

test.each([
  [['journeys', undefined, {}], /export journeys journeys\.csv.*export \.\/journeys/],
  [['visits', 'a.csv', {}], /no rows visits; there are: journeys, moments/],
  [['journeys', 'a.xls', {}], /a\.xls names no format: it may be \.csv/],
  [['journeys', 'a.csv', { customer: 'anna' }], /--customer is for the log/],
  [['log.ndjson', undefined, { where: ['type=order'] }], /--where is for rows/],
] as const)('an export that cannot be meant is refused in words: %j', (given, words) => {
  expect(() => exportMeant(given[0], given[1], given[2])).toThrow(words);
});
