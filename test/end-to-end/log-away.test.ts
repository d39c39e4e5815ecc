import { expect, onTestFinished, test } from 'vitest';
import { createLog } from '../eventstoredb-server/log.ts';
import { startEventStoreDbServer } from '../eventstoredb-server/server.ts';
import { momentEvent } from '../kafka-broker/sample.ts';
import { ask, folderForTest, started } from './put-back-systems.ts';

/**
 * An EventStoreDB that hangs, stops and returns: each read must be answered as well as possible,
 * and soon.
 */

/** The product gives up on the log after 1.5 s; the rest is room for a busy machine. */
const SOON_MS = 4_000;

async function askSoon(url: string, path: string) {
  const begun = performance.now();
  const { status, body } = await ask(url, path);
  expect(performance.now() - begun, path).toBeLessThan(SOON_MS);
  return { status, body };
}

/** A read that waits for the log with all its retries takes 15 s. */
const GIVEN_UP_MS = 14_000;
/** A backup is taken of a log in a file. */
const NOT_OF_A_SERVER = '/v1/backup';

/** Asks every route that reads, and the metrics, all at once. */
async function expectEveryReadAnswered(url: string, ids: Readonly<Record<string, string>>): Promise<void> {
  const { paths } = (await ask(url, '/openapi.json')).body as { paths: Record<string, object> };
  const routes = Object.keys(paths).filter((path) => 'get' in paths[path]! && path !== NOT_OF_A_SERVER);
  expect(routes.length).toBeGreaterThan(20);
  const answers = routes.map(async (route) => {
    const path = route.replace(/\{(\w+)\}/g, (_, name: string) => ids[name]!);
    const asked = await fetch(url + path, { signal: AbortSignal.timeout(GIVEN_UP_MS) }).catch(() => null);
    if (asked === null) return [route, 'no answer'];
    const [status, text] = [asked.status, await asked.text()];
    if (status === 503) return text.includes('store_unavailable') || route === '/readyz' ? [] : [route, text];
    return status < 500 ? [] : [route, text];
  });
  expect((await Promise.all(answers)).flat()).toEqual([]);
}

async function expectWithoutLog(url: string, customerId: string, journeyId: string): Promise<void> {
  const customer = `/v1/customers/${customerId}`;
  expect(await askSoon(url, customer)).toMatchObject({ status: 200, body: { id: customerId, source: 'rows' } });
  const journey = `/v1/journeys/${encodeURIComponent(journeyId)}?customerId=${customerId}`;
  expect(await askSoon(url, journey)).toMatchObject({ status: 200, body: { id: journeyId, source: 'rows' } });
  expect((await askSoon(url, '/v1/customers')).status).toBe(200);
  for (const path of [
    `${customer}?asOf=2027-01-01T00:00:00Z`,
    `${customer}?knownAt=2027-01-01T00:00:00Z`,
    '/v1/position',
  ]) {
    const { status, body } = await askSoon(url, path);
    expect({ status, code: body.code, title: body.title }, path).toEqual({
      ...{ status: 503, code: 'store_unavailable', title: 'The event store is not available' },
    });
  }
}

test('while the log hangs or is stopped each read is answered from rows or refused, and from the log once it is back', async () => {
  const log = createLog();
  log.writeSystemEvents();
  let server = await startEventStoreDbServer({ log });
  const { port } = server;
  onTestFinished(() => server.stop());
  const system = await started(folderForTest(), { EVENT_STORE_URL: server.url, CLOCK: 'wall', AUDIT: 'off' });
  onTestFinished(() => system.stop());
  const { url } = system;
  const [customerId, id] = ['ada', 'o-1'];
  const event = momentEvent(1, customerId);
  const body = JSON.stringify({ ...event, data: { ...event.data, journeyId: id, journeyType: 'order' } });
  const headers = { 'content-type': 'application/json' };
  const { position } = (await (await fetch(`${url}/v1/events`, { method: 'POST', headers, body })).json()) as {
    position: string;
  };
  await fetch(`${url}/v1/customers`, { headers: { 'touchstone-after': position } });
  const fromLog = { status: 200, body: { timeline: expect.anything() } };
  const journey = `/v1/journeys/${encodeURIComponent(id)}?customerId=${customerId}`;
  expect(await ask(url, journey)).toMatchObject(fromLog);

  const ids = { customerId, journeyId: id };
  server.freeze();
  await expectWithoutLog(url, customerId, id);
  await expectEveryReadAnswered(url, ids);
  server.thaw();
  await expect.poll(() => ask(url, journey), { timeout: 60_000 }).toMatchObject(fromLog);

  await server.stop();
  await expectWithoutLog(url, customerId, id);
  await expectEveryReadAnswered(url, ids);
  server = await startEventStoreDbServer({ log, port });
  await expect.poll(() => ask(url, journey), { timeout: 60_000 }).toMatchObject(fromLog);
}, 180_000);
