import { execFileSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, onTestFinished, test } from 'vitest';
import { startReceiver } from '../../testing/receiver.ts';
import type { LookUp } from './guarded-lookup.ts';
import { type SendOptions, sendMessage, signedHeaders } from './send-message.ts';

const secret = 'whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw';
const message = {
  id: 'burn-rate/checkout/1/page/2026-03-01T09:30:00.000Z',
  contentType: 'application/json',
  body: '{}',
};

const send = (url: string, options: Partial<SendOptions> = {}) =>
  sendMessage({ url, secret }, message, {
    allowsPrivate: false,
    signal: new AbortController().signal,
    now: () => Date.parse('2026-03-01T09:31:00Z'),
    timeoutMs: 2_000,
    ...options,
  });

const namesOf =
  (...addresses: readonly string[]): LookUp =>
  (_name, _options, callback) =>
    callback(
      null,
      addresses.map((address) => ({ address, family: address.includes(':') ? 6 : 4 })),
    );

test('messages are signed as the example of Standard Webhooks is', () => {
  const id = 'msg_p5jXN8AQM9LWM0D4loKWxJek';
  expect(signedHeaders(secret, { id, contentType: '', body: '{"test": 2432232314}' }, 1_614_265_330_000)).toEqual({
    'webhook-id': id,
    'webhook-timestamp': '1614265330',
    'webhook-signature': 'v1,g0hM9SsE+OTPJTGt/tmIKtSyZlE3uFJELVlNIOLJ1OE=',
  });
});

test('a target gets the body, its type, and the headers of Standard Webhooks', async () => {
  const receiver = await startReceiver();
  expect(await send(receiver.url)).toBeUndefined();
  expect(receiver.received).toMatchObject([
    {
      path: '/alerts',
      body: '{}',
      headers: {
        'content-type': 'application/json',
        'webhook-id': message.id,
        'webhook-timestamp': '1772357460',
        'webhook-signature': expect.stringMatching(/^v1,[A-Za-z0-9+/]{43}=$/),
      },
    },
  ]);
});

test.each([400, 404, 410, 429, 500, 503])('a target that answers %i has not taken the message', async (status) => {
  const receiver = await startReceiver((response) => void response.writeHead(status).end('no'));
  expect(await send(receiver.url)).toBe(`answered ${status}`);
});

test.each([301, 302, 307, 308])('a redirect with %i is not followed, not even to itself', async (status) => {
  const receiver = await startReceiver(
    (response, { path }) => void response.writeHead(status, { location: path }).end(),
  );
  expect(await send(receiver.url)).toBe(`answered ${status}: redirects are not followed`);
  expect(receiver.received).toHaveLength(1);
});

test('a target that never answers is given up in time', async () => {
  const receiver = await startReceiver(() => {});
  expect(await send(receiver.url, { timeoutMs: 100 })).toBe('no answer within 0.1 s');
});

test('a target that sends its answer byte by byte is given up in time', async () => {
  const slow = createServer((socket) => {
    socket.on('error', () => {});
    const dripping = setInterval(() => socket.write('H'), 10);
    socket.on('close', () => clearInterval(dripping));
  }).listen(0, '127.0.0.1');
  onTestFinished(() => void slow.close());
  await new Promise((resolve) => slow.once('listening', resolve));
  const { port } = slow.address() as { readonly port: number };
  expect(await send(`http://127.0.0.1:${port}/`, { timeoutMs: 200 })).toMatch(/no answer within|connection failed/);
});

test('an answer counts once it begins, however long its body goes on', async () => {
  const receiver = await startReceiver((response) => void response.writeHead(200).write('x'));
  expect(await send(receiver.url)).toBeUndefined();
});

test('a target that hangs up, or does not listen, has not taken the message', async () => {
  const receiver = await startReceiver((response) => void response.destroy());
  expect(await send(receiver.url)).toBe('the connection was closed without an answer');
  receiver.stop();
  expect(await send(receiver.url)).toBe('the connection was refused');
});

test.each(['10.0.0.1', '127.0.0.1', '169.254.169.254', '::1', 'fd00::1', '::ffff:127.0.0.1'])(
  'a name that has the address %s is not connected to',
  async (address) => {
    const reason = await send('https://example.com/', { lookUp: namesOf(address) });
    expect(reason).toContain(`the name has the address ${address}`);
    // One private address of several is enough.
    expect(await send('https://example.com/', { lookUp: namesOf('93.184.215.14', address) })).toContain(address);
  },
);

test('the addresses that were looked at are those that are connected to: a name is looked up once', async () => {
  const receiver = await startReceiver();
  let lookedUp = 0;
  const lookUp: LookUp = (...args) => namesOf(lookedUp++ === 0 ? '127.0.0.1' : '10.0.0.1')(...args);
  expect(await send(`http://localhost:${receiver.port}/`, { lookUp })).toBeUndefined();
  expect(lookedUp).toBe(1);
});

test('an address that was put while private ones were allowed is not sent to any more', async () => {
  expect(await send('https://10.0.0.1/')).toContain('TARGETS_PRIVATE=on');
});

test('reasons tell neither the path nor the parameters, which may be secrets', async () => {
  const receiver = await startReceiver((response) => void response.destroy());
  const { url } = receiver;
  const reasons = [await send(`${url}/T0KEN?key=T0KEN`)];
  receiver.stop();
  reasons.push(await send(`${url}/T0KEN?key=T0KEN`));
  reasons.push(await send('https://example.com/T0KEN', { lookUp: namesOf('10.0.0.1') }));
  for (const reason of reasons) {
    expect(reason).toBeDefined();
    expect(reason).not.toContain('T0KEN');
  }
});

/** A certificate for 127.0.0.1, where a program makes one. */
function certificate(): { readonly key: string; readonly cert: string } | undefined {
  const folder = mkdtempSync(join(tmpdir(), 'touchstone-target-'));
  const [key, cert] = [join(folder, 'key'), join(folder, 'cert')];
  try {
    const made = ['req', '-x509', '-newkey', 'rsa:2048', '-nodes', '-days', '2', '-subj', '/CN=localhost'];
    const names = ['-addext', 'subjectAltName=IP:127.0.0.1'];
    execFileSync('openssl', [...made, ...names, '-keyout', key, '-out', cert], { stdio: 'pipe' });
    return { key: readFileSync(key, 'utf8'), cert: readFileSync(cert, 'utf8') };
  } catch {
    return undefined;
  } finally {
    rmSync(folder, { recursive: true });
  }
}

const tls = certificate();

test.skipIf(tls === undefined)('https needs a certificate that is trusted', async () => {
  const receiver = await startReceiver(undefined, tls!);
  expect(await send(receiver.url)).toMatch(/^the connection failed \([A-Z_]*CERT[A-Z_]*\)$/);
  expect(receiver.received).toEqual([]);
  expect(await send(receiver.url, { ca: tls!.cert })).toBeUndefined();
});
