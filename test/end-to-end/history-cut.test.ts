import { expect, onTestFinished, test } from 'vitest';
import { givenServer } from '../contract/eventstoredb-stores.ts';
import { ask, folderForTest, started } from './put-back-systems.ts';

/** An operator of the EventStoreDB deletes and truncates customers' streams while a system runs. */

const CUSTOMERS = ['hard', 'soft', 'max', 'tb', 'whole'] as const;
const AGREED_MS = 60_000;

let next = 0;
const eventOf = (customerId: string) => ({
  ...{ specversion: '1.0', id: `e-${++next}`, source: '/shop', type: 'touchstone.moment.recorded.v1' },
  subject: customerId,
  time: new Date(Date.UTC(2026, 0, 1) + next * 60_000).toISOString(),
  data: {
    ...{ journeyId: `${customerId}-${next}`, journeyType: 'order', touchpoint: 'checkout', channel: 'web' },
    ...{ outcome: next % 3 === 0 ? 'failed' : 'succeeded', perception: 1 + (next % 5) },
  },
});

async function publish(url: string, customers: readonly string[]) {
  const answer = await fetch(`${url}/v1/events`, {
    method: 'POST',
    headers: { 'content-type': 'application/cloudevents-batch+json' },
    body: JSON.stringify(customers.map(eventOf)),
  });
  return { status: answer.status, body: (await answer.json()) as Record<string, unknown> };
}

type Item = Record<string, unknown> & { readonly id: string };

/** The customers of all exported events. */
async function exported(url: string): Promise<string[]> {
  const lines = await (await fetch(`${url}/v1/events?limit=5000`)).text();
  return lines
    .split('\n')
    .slice(0, -1)
    .map((line) => JSON.parse(line).subject)
    .sort();
}

/**
 * Polls until lists and single answers agree about every customer, and resolves to what they say.
 */
async function agreed(url: string) {
  let found: Readonly<Record<string, unknown>> = {};
  const look = async () => {
    const customers = (await ask(url, '/v1/customers?limit=500')).body.items as Item[];
    const journeys = (await ask(url, '/v1/journeys?limit=500&sort=startedAt')).body.items as Item[];
    for (const id of CUSTOMERS) {
      const { status, body } = await ask(url, `/v1/customers/${id}`);
      expect(status, id).toBeLessThan(500);
      const listed = customers.find((item) => item.id === id);
      const own = journeys.filter(({ customerId }) => customerId === id);
      if (status !== 200) expect({ listed, own }, id).toEqual({ listed: undefined, own: [] });
      else expect({ ...body, journeys: body.journeys }, id).toMatchObject({ ...listed!, journeys: own });
    }
    const { body: position } = await ask(url, '/v1/position');
    expect(position.projected).toBe(position.log);
    const { accepted, stored, cut, projectedEvents, parked } = position;
    found = { customers, journeys, counts: { accepted, stored, cut, projectedEvents, parked } };
  };
  await expect.poll(() => look().then(() => 'agreed'), { timeout: AGREED_MS, interval: 250 }).toBe('agreed');
  return found;
}

test('customers whom an operator deletes, truncates or limits are answered as what is left makes them, everywhere, and after a scavenge and a rebuild too', async () => {
  const server = await givenServer();
  const system = await started(folderForTest(), { EVENT_STORE_URL: server.url, CLOCK: 'wall', AUDIT: 'off' });
  onTestFinished(() => system.stop());
  const { url } = system;
  for (let n = 0; n < 4; n++) expect((await publish(url, CUSTOMERS)).body).toMatchObject({ accepted: 5 });
  await agreed(url);

  server.log.tombstone('customer-hard');
  server.log.softDelete('customer-soft');
  server.log.limit('customer-max', { $maxCount: 2 });
  server.log.limit('customer-tb', { $tb: 3 });

  const rejected = { verdict: 'rejected', code: 'erased' };
  expect(await publish(url, ['hard'])).toMatchObject({ status: 422, body: { rejected: 1, problems: [rejected] } });
  expect(await publish(url, ['hard', 'whole', 'soft'])).toMatchObject({
    status: 200,
    body: { accepted: 2, rejected: 1, problems: [rejected] },
  });
  expect(await ask(url, '/v1/customers/hard')).toMatchObject({ status: 410, body: { code: 'customer_erased' } });
  for (const [id, journeys] of [
    ['soft', 1],
    ['max', 2],
    ['tb', 1],
    ['whole', 5],
  ] as const) {
    const { status, body } = await ask(url, `/v1/customers/${id}`);
    expect({ status, journeys: (body.journeys as unknown[]).length }, id).toEqual({ status: 200, journeys });
    const cut =
      id === 'whole' ? undefined : { from: expect.stringMatching(/Z$/), upTo: expect.stringMatching(/^\d+$/) };
    expect(body.historyCut, id).toEqual(cut);
  }

  const found = await agreed(url);
  // Four each of `hard` and `soft`, two and three of those with limits.
  expect(found.counts).toEqual({ accepted: 22, stored: 9, cut: 13, projectedEvents: 9, parked: 0 });
  expect((await ask(url, '/v1/conservation')).body).toMatchObject({ balanced: true, totals: { cut: 13, gap: 0 } });
  expect(await exported(url)).toEqual(['max', 'max', 'soft', 'tb', ...Array(5).fill('whole')]);
  const facts = server.log.records.filter(({ type }) => type === 'touchstone.change.history-cut.v1');
  expect(new Set(facts.map(({ stream }) => stream))).toEqual(
    new Set(['changes-hard', 'changes-soft', 'changes-max', 'changes-tb']),
  );

  for (const scavenged of [false, true]) {
    if (scavenged) server.log.scavenge();
    await fetch(`${url}/v1/rebuild`, { method: 'POST' });
    await expect
      .poll(async () => (await ask(url, '/v1/rebuild')).body, { timeout: AGREED_MS })
      .toMatchObject({ state: expect.stringMatching(/done|failed/) });
    expect((await ask(url, '/v1/rebuild')).body).toMatchObject({ state: 'done', error: null });
    expect(await agreed(url)).toEqual(found);
  }
}, 300_000);

test('whom an operator cut and nobody asks for is found by the audit, and their rows follow without being distrusted', async () => {
  const server = await givenServer();
  const system = await started(folderForTest(), { EVENT_STORE_URL: server.url, CLOCK: 'wall', AUDIT: '50%' });
  onTestFinished(() => system.stop());
  const { url } = system;
  for (let n = 0; n < 3; n++) expect((await publish(url, CUSTOMERS)).status).toBe(200);
  server.log.softDelete('customer-soft');
  server.log.limit('customer-max', { $maxCount: 1 });
  const facts = () =>
    server.log.records
      .filter(({ type }) => type === 'touchstone.change.history-cut.v1')
      .map(({ stream, data }) => [stream, JSON.parse(Buffer.from(data).toString()).data.noticedBy])
      .sort();
  await expect.poll(facts, { timeout: AGREED_MS, interval: 250 }).toEqual([
    // The audit reads the customer first, which notices it too.
    ['changes-max', expect.stringMatching(/^(audit|read)$/)],
    ['changes-soft', expect.stringMatching(/^(audit|read)$/)],
  ]);
  const { counts } = await agreed(url);
  expect(counts).toEqual({ accepted: 15, stored: 10, cut: 5, projectedEvents: 10, parked: 0 });
  const { checks } = (await ask(url, '/readyz')).body as { checks: { name: string; status: string }[] };
  expect(checks.filter(({ name }) => name === 'audit')).toMatchObject([{ status: 'ok' }]);
}, 300_000);
