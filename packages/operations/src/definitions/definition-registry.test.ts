import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { sqliteEventStore } from '@touchstone/event-store';
import { type Definition, definitionsByType, policyV1 } from '@touchstone/journey';
import { expect, it, onTestFinished } from 'vitest';
import { definitionRegistry } from './definition-registry.ts';

async function registry(inForce: readonly Definition[] = []) {
  const folder = mkdtempSync(join(tmpdir(), 'touchstone-registry-'));
  const store = await sqliteEventStore({ file: join(folder, 'events.db') });
  onTestFinished(async () => {
    await store.close();
    rmSync(folder, { recursive: true });
  });
  const measures = { policy: policyV1, definitions: definitionsByType(inForce) };
  let time = 0;
  const registryOf = () =>
    definitionRegistry(
      store,
      () => measures,
      () => ++time,
    );
  return { registry: registryOf(), reopened: registryOf, store };
}

it('counts the versions of each type from 1', async () => {
  const { registry: definitions, reopened } = await registry();
  expect(await definitions.put({ type: 'order' })).toMatchObject({ type: 'order', version: 1, state: 'waiting' });
  expect(await definitions.put({ type: 'order', title: 'Order' })).toMatchObject({ version: 2 });
  expect(await definitions.put({ type: 'claim' })).toMatchObject({ version: 1 });
  expect(await reopened().put({ type: 'order' })).toMatchObject({ version: 3 });
  expect(await definitions.latest()).toEqual([{ type: 'order' }, { type: 'claim' }]);
  expect((await definitions.list()).map(({ type, version, state }) => [type, version, state])).toEqual([
    ['claim', 1, 'waiting'],
    ['order', 3, 'waiting'],
    ['order', 2, 'past'],
    ['order', 1, 'past'],
  ]);
});

it('changes nothing for a definition equal to the newest, in whatever order its fields stand', async () => {
  const { registry: definitions, store } = await registry();
  await definitions.put({ type: 'order', title: 'Order', touchpoints: { a: { weight: 1, critical: true } } });
  const head = await store.head();
  const again = await definitions.put({
    touchpoints: { a: { critical: true, weight: 1 } },
    title: 'Order',
    type: 'order',
  });
  expect(again.version).toBe(1);
  expect(await store.head()).toBe(head);
});

it('says which version is in force, and knows one that nobody put', async () => {
  const { registry: definitions } = await registry([{ type: 'order', title: 'Order' }, { type: 'claim' }]);
  await definitions.put({ type: 'order', title: 'Order' });
  await definitions.put({ type: 'order', title: 'Online order' });
  expect((await definitions.list()).map(({ type, version, state }) => [type, version, state])).toEqual([
    ['claim', null, 'in-force'],
    ['order', 2, 'waiting'],
    ['order', 1, 'in-force'],
  ]);
});

it('gives definitions put at the same moment versions of their own', async () => {
  const { registry: definitions } = await registry();
  const titles = Array.from({ length: 8 }, (_, i) => `Title ${i}`);
  const puts = await Promise.all(titles.map((title) => definitions.put({ type: 'order', title })));
  expect(puts.map(({ version }) => version).sort()).toEqual([1, 2, 3, 4, 5, 6, 7, 8]);
  const all = await definitions.list();
  expect(all.map(({ definition }) => definition.title).sort()).toEqual(titles);
});

it('keeps in the event of a version whose key put it', async () => {
  const { registry: definitions, store } = await registry();
  await definitions.put({ type: 'order' }, 'ops');
  await definitions.put({ type: 'order', title: 'Order' });
  const events = await store.readStream('definitions');
  expect(events.map(({ body }) => JSON.parse(body).data.by)).toEqual(['ops', undefined]);
  expect((await definitions.list()).map(({ version }) => version)).toEqual([2, 1]);
});
