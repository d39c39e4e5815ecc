import { endpoints } from '@touchstone/api';
import { expect, test } from 'vitest';
import { clientOf, customer } from '../testing/answering-system.ts';
import { ask } from './ask.ts';

const asking = (answer: object) =>
  ask(clientOf(() => answer).client, endpoints.getCustomer, { params: { customerId: 'ada' } });

test('fields and words of a newer system are let through', async () => {
  const newer = { ...customer(), stage: 'devoted', mood: 'glad' };
  expect(await asking(newer)).toEqual(newer);
});

test('an answer without what the endpoint declares is refused with what it lacks', async () => {
  const { satisfaction: _, ...older } = customer();
  await expect(asking(older)).rejects.toThrow(/\/v1\/customers\/:customerId is not as expected.*another version/);
});
