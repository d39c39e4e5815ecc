import { expect, test } from 'vitest';
import { storedEvent } from './stored-event.ts';

const named = (body: string) => {
  const { source, id, type } = storedEvent(1, 'customer-ada', 0, 0, body);
  return [source, id, type];
};

test('an event is named as its body says', () => {
  expect(named('{"source":"/shop","id":"1","type":"t"}')).toEqual(['/shop', '1', 't']);
});

test.each(['', 'no JSON', '{"id":', 'null', '7', '"x"', '[]', '{}', '{"id":7,"source":null,"type":["t"]}'])(
  'what a damaged body does not say is empty, and no error: %j',
  (body) => expect(named(body)).toEqual(['', '', '']),
);
