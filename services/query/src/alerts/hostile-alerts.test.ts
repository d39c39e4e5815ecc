import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { orderDefinition } from '../../testing/shop-story.ts';
import { startTestSystem, type TestSystem } from '../../testing/start-test-system.ts';

let system: TestSystem;
beforeAll(async () => {
  system = await startTestSystem([orderDefinition]);
});
afterAll(() => system?.stop());

const secret = 'whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw';
const objective = { touchpoint: 'payment.approved', objective: 0.98 };
const heartbeat = { touchpoint: 'order.placed', silentAfter: 'PT2H' };
const hours = { days: [1], from: '08:00', to: '20:00', timeZone: 'Europe/Berlin' };
const watch = { stage: 'affective', within: 'P1D', atLeast: 2 };
const long = 'x'.repeat(1_000_000);

const OBJECTIVES: readonly object[] = [
  {},
  [],
  { ...objective, touchpoint: '' },
  { ...objective, touchpoint: 7 },
  { ...objective, touchpoint: 'x'.repeat(129) },
  { ...objective, touchpoint: null },
  { ...objective, objective: 1 },
  { ...objective, objective: 0.499 },
  { ...objective, objective: -0.98 },
  { ...objective, objective: '0.98' },
  { ...objective, objective: null },
  { ...objective, windowDays: 0 },
  { ...objective, windowDays: 90.5 },
  { ...objective, windowDays: 1e9 },
  { ...objective, minMoments: 0 },
  { ...objective, minFailures: -1 },
  { ...objective, minFailures: 1e300 },
  { ...objective, channel: ['web'] },
  { ...objective, team: long },
  { ...objective, notify: [] },
  { ...objective, notify: 'ops' },
  { ...objective, notify: ['a b'] },
  { ...objective, notify: ['none'] },
  { ...objective, notify: ['ops', 'ops'] },
  { ...objective, notify: Array.from({ length: 51 }, (_, at) => `t${at}`) },
  { ...objective, extra: 1 },
  JSON.parse('{"touchpoint":"x","objective":0.9,"__proto__":{"channel":"web"}}'),
];

const HEARTBEATS: readonly object[] = [
  {},
  { ...heartbeat, touchpoint: '' },
  ...['', 'PT0S', '-PT1H', 'P1Y', 'P1M', 'P1W2D', 'PT', '2h', 'PT1H1H', 'P', 7200, null, long].map((silentAfter) => ({
    ...heartbeat,
    silentAfter,
  })),
  ...[
    {},
    { ...hours, days: [] },
    { ...hours, days: [0] },
    { ...hours, days: [8] },
    { ...hours, days: [1, 1] },
    { ...hours, days: [1.5] },
    { ...hours, from: '24:00' },
    { ...hours, from: '8:00' },
    { ...hours, to: '20:60' },
    { ...hours, to: '20:00:00' },
    { ...hours, timeZone: '+02:00' },
    { ...hours, timeZone: 'Mars/Olympus' },
    { ...hours, timeZone: '../../etc/localtime' },
    { ...hours, timeZone: long },
    { ...hours, extra: 1 },
  ].map((odd) => ({ ...heartbeat, hours: odd })),
  { ...heartbeat, notify: ['ops'] },
];

const WATCHES: readonly object[] = [
  {},
  { ...watch, stage: 'none' },
  { ...watch, stage: 'AFFECTIVE' },
  { ...watch, within: 'P1Y' },
  { ...watch, atLeast: 0 },
  { ...watch, rate: 1 },
  { ...watch, rate: -0.1 },
];

const target = { url: 'https://example.com/alerts', secret };

const TARGETS: readonly object[] = [
  {},
  { url: target.url },
  { ...target, secret: '' },
  { ...target, secret: 'secret' },
  { ...target, secret: 'whsec_' },
  { ...target, secret: 'whsec_!!!!' },
  { ...target, secret: `whsec_${Buffer.alloc(23).toString('base64')}` },
  { ...target, secret: `whsec_${Buffer.alloc(65).toString('base64')}` },
  { ...target, secret: long },
  { ...target, secret: 7 },
  { ...target, kind: 'email' },
  { ...target, kinds: [] },
  { ...target, kinds: ['fire'] },
  { ...target, kinds: ['silence', 'silence'] },
  { ...target, severities: ['info'] },
  { ...target, url: 7 },
  { ...target, url: `https://example.com/${long}` },
  ...[
    'file:///etc/passwd',
    'gopher://127.0.0.1:6379/_FLUSHALL',
    'http://example.com/',
    'http://0x7f.1/',
    'http://2130706433/',
    'http://0177.0.0.1/',
    'http://127.0.0.1.nip.io/',
    'https://api.localhost/',
    'http://[::ffff:127.0.0.1]/',
    'https://[::ffff:7f00:1]/',
    'https://[fd00::1]/',
    'https://[fe80::1]/',
    'https://169.254.169.254/latest/meta-data/iam/',
    'https://192.168.0.1/',
    'https://0.0.0.0/',
    'https://user:password@example.com/',
    'https://example.com@10.0.0.1/',
    'https://example.com/\r\nx-injected: 1',
  ].map((url) => ({ ...target, url })),
];

describe.each([
  ['objectives', OBJECTIVES],
  ['heartbeats', HEARTBEATS],
  ['watches', WATCHES],
  ['targets', TARGETS],
])('bad %s', (kind, bodies) => {
  test.each(bodies.map((body) => [JSON.stringify(body).slice(0, 120), body] as const))(
    '%s is refused with a reason',
    async (_text, body) => {
      const { status, body: problem } = await system.put(`/v1/${kind}/odd`, body);
      expect(status, JSON.stringify(problem).slice(0, 500)).toBeGreaterThanOrEqual(400);
      expect(status).toBeLessThan(500);
      expect(problem.code).toMatch(/^[a-z_]+$/);
      expect(problem.detail.length).toBeGreaterThan(10);
      // Nothing that was sent comes back whole.
      expect(JSON.stringify(problem).length).toBeLessThan(5_000);
    },
  );

  test.each(['a b', '..%2Fx', 'x'.repeat(65), 'ä', '%00', 'a%2Fb'])('the name %s is refused', async (name) => {
    const good = { objectives: objective, heartbeats: heartbeat, watches: watch, targets: target }[kind]!;
    expect(
      (await system.put(`/v1/${kind}/${encodeURI(decodeURIComponent(name))}`, good)).status,
    ).toBeGreaterThanOrEqual(400);
  });
});

test('of all that, nothing was kept', async () => {
  for (const kind of ['objectives', 'heartbeats', 'watches', 'targets']) {
    expect((await system.get(`/v1/${kind}`)).body.items, kind).toEqual([]);
  }
});

test('names of this machine and of its network are refused as they are looked up', async () => {
  const { targetRegistry } = await import('@touchstone/operations');
  const registry = (...addresses: readonly string[]) =>
    targetRegistry({
      store: system.store,
      kept: { list: async () => [], write: async () => {} },
      allowsPrivate: false,
      now: Date.now,
      lookUp: (_name, _options, callback) =>
        callback(
          null,
          addresses.map((address) => ({ address, family: address.includes(':') ? 6 : 4 })),
        ),
    });
  const given = { kind: 'webhook', ...target } as const;
  for (const address of ['127.0.0.1', '::1', '10.1.2.3', '169.254.169.254', 'fd00::1', '::ffff:127.0.0.1']) {
    await expect(registry(address).put('ops', given)).rejects.toMatchObject({ code: 'invalid_target', status: 422 });
    await expect(registry('93.184.215.14', address).put('ops', given)).rejects.toMatchObject({ status: 422 });
  }
  await expect(registry('93.184.215.14').put('ops', given)).resolves.toMatchObject({ url: target.url });
});
