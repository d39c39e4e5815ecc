import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { sqliteEventStore } from '@touchstone/event-store';
import { type Definition, definitionsByType, policyV1 } from '@touchstone/journey';
import { expect, it, onTestFinished } from 'vitest';
import { measuresRegistry } from './measures-registry.ts';

async function registry() {
  const folder = mkdtempSync(join(tmpdir(), 'touchstone-registry-'));
  const store = await sqliteEventStore({ file: join(folder, 'events.db') });
  onTestFinished(async () => {
    await store.close();
    rmSync(folder, { recursive: true });
  });
  return { store, open: () => measuresRegistry(store, () => 1) };
}
const measures = (...definitions: Definition[]) => ({ policy: policyV1, definitions: definitionsByType(definitions) });

it('says what was told last, whoever told it, and null before', async () => {
  const { open } = await registry();
  expect(await open().inForce()).toBeNull();
  await open().tell(measures({ type: 'order', title: 'Order' }, { type: 'claim' }));
  const other = open();
  await other.tell(measures({ type: 'order' }));
  expect(await open().inForce()).toEqual(measures({ type: 'order' }));
});

it('is told once, in whatever order definitions and their fields stand, and by whoever at the same moment', async () => {
  const { store, open } = await registry();
  await open().tell(measures({ type: 'order', title: 'Order' }, { type: 'claim' }));
  const again = measures({ type: 'claim' }, { title: 'Order', type: 'order' });
  await Promise.all([open().tell(again), open().tell(again)]);
  expect(await store.head()).toBe(1n);
});
