import { createHmac } from 'node:crypto';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createClient } from '@touchstone/client';
import { createLogger, type MachineClocks, readConfig } from '@touchstone/runtime';
import { startTouchstone } from '@touchstone/touchstone';
import { expect, onTestFinished, test } from 'vitest';
import { startReceiver } from '../../packages/operations/testing/receiver.ts';

/** A minute passes in three seconds. */
const SPEED = 20;
const SECRET = 'whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw';

function quickClocks(): MachineClocks {
  const [wall, monotonic] = [Date.now(), performance.now()];
  const passed = () => Math.floor((performance.now() - monotonic) * SPEED);
  return { wall: () => wall + passed(), monotonic: () => monotonic + passed() };
}

test('an alert reaches its target, and its end after a restart; metrics, lists and live events show it', async () => {
  const folder = mkdtempSync(join(tmpdir(), 'touchstone-alerting-'));
  onTestFinished(() => rmSync(folder, { recursive: true, force: true }));
  const clocks = quickClocks();
  const start = () =>
    startTouchstone(
      readConfig({ TOUCHSTONE_DATA: folder, PORT: '0', FUTURE_LIMIT: 'off' }),
      createLogger({ level: 'silent' }),
      undefined,
      clocks,
    );
  const receiver = await startReceiver();
  let running = await start();
  let client = createClient({ url: running.url });
  let nth = 0;
  const publish = () =>
    client.publish([
      {
        specversion: '1.0',
        id: `m${++nth}`,
        source: '/shop',
        type: 'touchstone.moment.recorded.v1',
        subject: 'ada',
        time: new Date(clocks.wall()).toISOString(),
        data: {
          journeyId: 'j',
          journeyType: 'order',
          touchpoint: 'order.placed',
          channel: 'web',
          outcome: 'succeeded',
        },
      },
    ]);
  const messageWith = (words: string) =>
    expect.poll(() => receiver.received.find(({ body }) => body.includes(words)), { timeout: 60_000 });

  await client.put('/v1/targets/ops', { url: receiver.url, secret: SECRET });
  await client.put('/v1/heartbeats/orders', { touchpoint: 'order.placed', silentAfter: 'PT1M' });
  const seen = (async () => {
    for await (const item of client.live({ touchpoint: 'order.placed' }, { after: '0' })) return item;
    return undefined;
  })();
  await publish();
  expect(await seen).toMatchObject({ kind: 'event', event: { customerId: 'ada', did: { journeyType: 'order' } } });

  await messageWith('alert-began').toBeDefined();
  const [{ headers, body }] = receiver.received as [(typeof receiver.received)[number]];
  const { 'webhook-id': id, 'webhook-timestamp': at, 'webhook-signature': signature } = headers;
  const key = Buffer.from(SECRET.slice('whsec_'.length), 'base64');
  expect(signature).toBe(`v1,${createHmac('sha256', key).update(`${id}.${at}.${body}`).digest('base64')}`);
  expect(await client.get('/v1/alerts')).toMatchObject({
    items: [{ id, kind: 'silence', name: 'orders', ended: null, failing: null }],
  });
  await expect
    .poll(async () => (await client.get('/v1/targets/ops')) as object, { timeout: 10_000 })
    .toMatchObject({ sent: 1, retrying: null, failures: 0 });
  const scraped = async () => (await fetch(`${running.url}/metrics`)).text();
  await expect
    .poll(scraped, { timeout: 10_000 })
    .toContain('touchstone_alert_firing{kind="silence",name="orders",severity="page"} 1');
  expect(await scraped()).toContain('touchstone_target_failing{name="ops"} 0');
  expect(await scraped()).toMatch(/touchstone_heartbeat_age_seconds\{name="orders"\} \d+/);

  await running.stop();
  running = await start();
  client = createClient({ url: running.url });
  expect(await client.get('/v1/targets')).toMatchObject({ items: [{ name: 'ops', isSigned: true, sent: 1 }] });
  await publish();
  await messageWith('alert-ended').toBeDefined();
  expect(receiver.received.map((each) => each.headers['webhook-id'])).toContain(`${id}/ended`);
  await running.stop();
  expect(readFileSync(join(folder, 'events.db')).includes('MfKQ9r8')).toBe(false);
}, 180_000);
