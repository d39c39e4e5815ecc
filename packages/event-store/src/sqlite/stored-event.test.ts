import { expect, test } from 'vitest';
import { checksumOf } from '../event-checksum.ts';
import { availableSqliteDrivers } from './driver.ts';
import { prepareSchema } from './schema.ts';
import { eventOfRow, storedBody } from './stored-event.ts';

const database = availableSqliteDrivers()[0]!.open(':memory:');
prepareSchema(database, ':memory:');
const eventOf = eventOfRow(database);

const named = (body: string) => {
  const { source, id, type } = eventOf(
    1,
    'customer-ada',
    0,
    0,
    storedBody(Buffer.from(body)),
    checksumOf('customer-ada', 0, 0, body),
  );
  return [source, id, type];
};

test('an event is named as its body says', () => {
  expect(named('{"source":"/shop","id":"1","type":"t"}')).toEqual(['/shop', '1', 't']);
});

test.each(['', 'no JSON', '{"id":', 'null', '7', '"x"', '[]', '{}', '{"id":7,"source":null,"type":["t"]}'])(
  'what a damaged body does not say is empty, and no error: %j',
  (body) => expect(named(body)).toEqual(['', '', '']),
);
