import { expect, test } from 'vitest';
import { addressOf } from './address.ts';
import { endpoints } from './index.ts';

test('parameters stand in the address as text, encoded', () => {
  const query = { asOf: Date.UTC(2026, 2, 1), limit: 10, customerId: 'a&b' };
  expect(addressOf(endpoints.getJourney, { params: { journeyId: 'o/1' }, query })).toBe(
    '/v1/journeys/o%2F1?asOf=2026-03-01T00%3A00%3A00.000Z&limit=10&customerId=a%26b',
  );
  expect(addressOf(endpoints.listCustomers, { query: { quietlyLeaving: true, stage: undefined } })).toBe(
    '/v1/customers?quietlyLeaving=true',
  );
  expect(
    addressOf(endpoints.listJourneys, { query: { attributes: { colour: 'red' }, from: '2026-03-01T00:00Z' } }),
  ).toBe('/v1/journeys?attribute.colour=red&from=2026-03-01T00%3A00Z');
  expect(addressOf(endpoints.getOverview, {})).toBe('/v1/overview');
});
