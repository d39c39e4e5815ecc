import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createKey } from '@touchstone/runtime';
import type { Browser, BrowserContext } from 'playwright-core';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { describeWith } from '../servers-here/describe-with.ts';
import { launchChromium } from './chromium.ts';
import { moment } from './shop-events.ts';
import { type ShopSystem, startShop } from './shop-system.ts';

const describeWithChromium = await describeWith('chromium');
const SECRET = 'maren.holm';
const admin = createKey({ name: 'admin', scopes: ['admin'] });

/** Attempts of a page of another origin with the reader's cookie; each gives what it got. */
const ATTACKS = {
  'reads with fetch': `fetch(TARGET + '/v1/customers', { credentials: 'include' }).then((answer) => answer.text())`,
  'reads without asking for leave': `fetch(TARGET + '/v1/customers', { credentials: 'include', mode: 'no-cors' }).then((answer) => answer.text())`,
  'reads a stream': `new Promise((got) => {
    const stream = new EventSource(TARGET + '/v1/live', { withCredentials: true });
    stream.onopen = () => got('open');
    stream.onerror = () => got('');
  })`,
  'loads a script': `new Promise((got) => {
    const script = document.body.appendChild(document.createElement('script'));
    script.onload = () => got('loaded');
    script.onerror = () => got('');
    script.src = TARGET + '/v1/customers';
  })`,
  'loads a picture': `new Promise((got) => {
    const image = document.body.appendChild(document.createElement('img'));
    image.onload = () => got('loaded');
    image.onerror = () => got('');
    image.src = TARGET + '/v1/export/customers?format=csv';
  })`,
  'frames the page': `new Promise((got) => {
    const frame = document.body.appendChild(document.createElement('iframe'));
    frame.onload = () => {
      try { got(frame.contentDocument.body.textContent); } catch { got(''); }
    };
    frame.src = TARGET + '/customers/${SECRET}';
  })`,
  // Looked into once the test knows that it is there.
  'opens the page': `(() => {
    globalThis.opened = open(TARGET + '/customers/${SECRET}');
    return '';
  })()`,
  'puts with fetch': `fetch(TARGET + '/v1/definitions/evil', {
    method: 'PUT', credentials: 'include',
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify({ type: 'evil', steps: ['a'], completesOn: ['a'] }),
  }).then((answer) => 'answered')`,
  'posts what needs no leave': `fetch(TARGET + '/v1/events', {
    method: 'POST', credentials: 'include', mode: 'no-cors', body: EVENT,
  }).then(() => '')`,
  // The frame may never say that it has loaded; the test waits for the answer.
  'posts a form': `(async () => {
    const form = document.createElement('form');
    form.method = 'post';
    form.enctype = 'text/plain';
    form.action = TARGET + '/v1/rebuild';
    form.target = 'evil-form';
    const frame = document.createElement('iframe');
    frame.name = 'evil-form';
    document.body.append(frame, form);
    form.submit();
    return '';
  })()`,
  'signs the reader out': `fetch(TARGET + '/v1/session', { method: 'DELETE', credentials: 'include' }).then(() => 'answered')`,
  'signs the reader in as another': `fetch(TARGET + '/v1/session', {
    method: 'POST', credentials: 'include', mode: 'no-cors', body: JSON.stringify({ key: 'tsk_evil' }),
  }).then(() => '')`,
} as const;

/** Runs in the page, and gives what it reads in the page that it opened. */
const looksIntoOpened = `(() => {
  try { return globalThis.opened.document.body.textContent; } catch { return ''; }
})()`;

/** An attack that nobody answers is a fault too. */
const TOO_LONG = `new Promise((got) => setTimeout(() => got('no answer'), 8000))`;

// One process has one embedded engine, so that the systems are there one after the other.
for (const name of ['with keys', 'without keys'] as const) {
  describeWithChromium(`A page on another origin than a system ${name}`, () => {
    const hasKeys = name === 'with keys';
    const headers: Record<string, string> = hasKeys ? { authorization: `Bearer ${admin.secret}` } : {};
    let folder: string;
    let browser: Browser;
    let evil: Server;
    let system: ShopSystem;

    beforeAll(async () => {
      folder = mkdtempSync(join(tmpdir(), 'touchstone-hostile-'));
      writeFileSync(join(folder, 'keys.json'), JSON.stringify([admin.entry]));
      const events = [moment(SECRET, '02T09:00', 'order-1', 'order.placed', { perception: 5 })];
      const settings: Record<string, string> = hasKeys ? { TOUCHSTONE_KEYS: join(folder, 'keys.json') } : {};
      system = await startShop(settings, headers, { definitions: [], events });
      evil = createServer((_, response) => {
        response.writeHead(200, { 'content-type': 'text/html' }).end('<title>evil</title><body></body>');
      });
      await new Promise<void>((listening) => evil.listen(0, '127.0.0.1', listening));
      browser = await launchChromium();
    });
    afterAll(async () => {
      await browser?.close();
      await system?.stop();
      evil?.close();
      if (folder !== undefined) rmSync(folder, { recursive: true, force: true });
    });

    // A port is another origin of the same site: SameSite alone does not keep the cookie back.
    test.each([
      ['another port', '127.0.0.1'],
      ['another site', 'localhost'],
    ])(
      'neither reads nor writes, from %s',
      async (_, host) => {
        const { url } = system;
        const before = await stateOf(url, headers);
        expect(before.customer).toContain(SECRET);
        const context = await browser.newContext();
        if (hasKeys) await signIn(context, url);
        const page = await context.newPage();
        await page.goto(`http://${host}:${(evil.address() as AddressInfo).port}/`);
        const event = JSON.stringify(moment('evil', '03T09:00', 'order-9', 'order.placed', { perception: 1 }));
        const formAnswer = context.waitForEvent('response', (answer) => answer.url().endsWith('/v1/rebuild'));
        const opened = page.waitForEvent('popup');
        const got: Record<string, unknown> = {};
        for (const [attack, script] of Object.entries(ATTACKS)) {
          const given = script.replaceAll('TARGET', JSON.stringify(url)).replace('EVENT', JSON.stringify(event));
          got[attack] = await page.evaluate(`Promise.race([${given}, ${TOO_LONG}]).catch(() => '')`);
        }
        expect(got).toEqual(Object.fromEntries(Object.keys(ATTACKS).map((attack) => [attack, ''])));
        await (await opened).waitForURL(`${url}/customers/${SECRET}`);
        expect(await page.evaluate(looksIntoOpened)).toBe('');
        expect((await formAnswer).ok()).toBe(false);
        expect(await stateOf(url, headers)).toEqual(before);
        if (hasKeys) expect(await isSignedIn(context, url)).toBe(true);
        await context.close();
      },
      120_000,
    );
  });
}

async function signIn(context: BrowserContext, url: string): Promise<void> {
  const page = await context.newPage();
  await page.goto(`${url}/docs`);
  const status = await page.evaluate(`fetch('/v1/session', {
    method: 'POST',
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify({ key: ${JSON.stringify(admin.secret)} }),
  }).then(({ status }) => status)`);
  expect(status).toBe(200);
  expect(await isSignedIn(context, url)).toBe(true);
  await page.close();
}

async function isSignedIn(context: BrowserContext, url: string): Promise<boolean> {
  const page = await context.newPage();
  await page.goto(`${url}/docs`);
  const name = await page.evaluate(`fetch('/v1/me').then((answer) => answer.json()).then(({ name }) => name)`);
  await page.close();
  return name === 'admin';
}

/** All that an attack would have changed. */
async function stateOf(url: string, headers: Record<string, string>) {
  const asked = async (path: string) => (await fetch(`${url}${path}`, { headers })).text();
  const { log } = JSON.parse(await asked('/v1/position')) as { log: string };
  return {
    log,
    customer: await asked(`/v1/customers/${SECRET}`),
    evil: JSON.parse(await asked('/v1/customers/evil')).status,
    definitions: await asked('/v1/definitions'),
    rebuild: await asked('/v1/rebuild'),
  };
}
