import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type Client, createClient } from '@touchstone/client';
import { createLogger, readConfig } from '@touchstone/runtime';
import { type Running, startTouchstone } from '@touchstone/touchstone';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { differences } from '../oracle/differences.ts';
import { withoutRepeats } from '../oracle/published-event.ts';
import { histories, workedDefinitions, workedHistory } from './worked-answers.ts';

const within = 1e-9;

type Item = Readonly<Record<string, unknown>> & { readonly id: string };

describe.each(histories)('a whole system to which history %s is published', (name) => {
  const { published, asOf, journeys, customers } = workedHistory(name, 'measured');
  const folder = mkdtempSync(join(tmpdir(), 'worked-answers-'));
  let system: Running;
  let client: Client;
  let position: string;

  beforeAll(async () => {
    const definitions = join(folder, 'definitions.json');
    writeFileSync(definitions, JSON.stringify(workedDefinitions('measured')));
    const environment = {
      PORT: '0',
      CLOCK: 'log',
      FUTURE_LIMIT: 'off',
      TOUCHSTONE_DATA: join(folder, 'data'),
      DEFINITIONS: definitions,
    };
    system = await startTouchstone(readConfig(environment), createLogger({ level: 'error' }));
    client = createClient({ url: system.url });
    const answer = await fetch(`${system.url}/v1/events`, {
      method: 'POST',
      headers: { 'content-type': 'application/x-ndjson' },
      body: published.map((event) => JSON.stringify(event)).join('\n'),
    });
    const told = (await answer.json()) as { accepted: number; position: string };
    const accepted = withoutRepeats(published).length;
    expect(told).toMatchObject({ accepted, duplicates: published.length - accepted, conflicts: 0, rejected: 0 });
    ({ position } = told);
  });
  afterAll(async () => {
    await system?.stop();
    rmSync(folder, { recursive: true });
  });

  const get = (path: string, query: Record<string, string> = {}) => client.get(path, query, { after: position });

  async function all(path: string, query: Record<string, string> = {}): Promise<Item[]> {
    const items: Item[] = [];
    let cursor: string | null = null;
    do {
      const page = (await get(path, { ...query, limit: '500', ...(cursor !== null && { cursor }) })) as {
        items: Item[];
        nextCursor: string | null;
      };
      items.push(...page.items);
      cursor = page.nextCursor;
    } while (cursor !== null);
    return items;
  }

  const byId = (items: readonly Item[]) => Object.fromEntries(items.map((item) => [item.id, item]));

  test('now is the greatest time of its log', async () => {
    expect(await get('/v1/overview')).toMatchObject({ now: asOf });
  });

  test('every journey is told so, in the list and on its own', async () => {
    const listed = byId(await all('/v1/journeys'));
    expect(Object.keys(listed).sort()).toEqual(Object.keys(journeys).sort());
    expect(differences(journeys, listed, within)).toEqual([]);
    for (const [id, journey] of Object.entries(journeys)) {
      const told = await get(`/v1/journeys/${id}`, { customerId: journey.customerId });
      expect(differences(journey, told, within, id)).toEqual([]);
    }
  });

  test('every customer is told so, in the list and on their own, and the filter knows who is quietly leaving', async () => {
    const listed = byId(await all('/v1/customers'));
    expect(Object.keys(listed).sort()).toEqual(Object.keys(customers).sort());
    for (const [id, { history, promises, ...summary }] of Object.entries(customers)) {
      expect(differences(summary, listed[id], within, id)).toEqual([]);
      expect(differences({ ...summary, history }, await get(`/v1/customers/${id}`), within, id)).toEqual([]);
    }
    const leaving = Object.keys(customers).filter((id) => customers[id]!.quietlyLeaving);
    expect(leaving.length).toBeGreaterThan(10);
    const filtered = await all('/v1/customers', { quietlyLeaving: 'true' });
    expect(filtered.map(({ id }) => id).sort()).toEqual(leaving.sort());
  });

  test('every promise and every move between stages stands in the ledgers', async () => {
    const promises = await all('/v1/promises');
    const expected = Object.values(customers).flatMap((customer) => Object.entries(customer.promises));
    expect(promises).toHaveLength(expected.length);
    expect(differences(Object.fromEntries(expected), byId(promises), within)).toEqual([]);
    const moves = await all('/v1/trust-changes');
    for (const [id, { history }] of Object.entries(customers)) {
      const theirs = moves.filter((move) => move.customerId === id);
      const inOrder = byInstant(history);
      expect(differences(inOrder, byInstant(theirs), within, id)).toEqual([]);
    }
  });
});

/** The list does not define an order among changes of the same instant. */
function byInstant<Move extends object>(moves: readonly Move[]): Move[] {
  const key = (move: object) => JSON.stringify(['at', 'from', 'to'].map((name) => (move as Item)[name]));
  return [...moves].sort((a, b) => (key(a) < key(b) ? -1 : 1));
}
