import type { Browser, Page } from 'playwright-core';
import { afterAll, afterEach, beforeAll, beforeEach, expect, test } from 'vitest';
import { buildIfStale } from '../../services/dashboard/build-if-stale.ts';
import { describeWith } from '../servers-here/describe-with.ts';
import { healthy, problem } from './canned-answers.ts';
import { type Answers, type CannedSystem, startCannedSystem } from './canned-system.ts';
import { launchChromium, openPage, type Watched } from './chromium.ts';
import { drawn, fits } from './drawn.ts';
import { faultsForEveryone } from './faults-for-everyone.ts';

const describeWithChromium = await describeWith('chromium');

describeWithChromium('The rooms of definitions and of the system', () => {
  let browser: Browser;
  let system: CannedSystem;
  let watched: Watched;
  let page: Page;

  beforeAll(async () => {
    await buildIfStale();
    browser = await launchChromium();
  });
  beforeEach(async () => {
    system = await startCannedSystem(healthy);
    watched = await openPage(browser, system.url);
    page = watched.page;
  });
  afterEach(async () => {
    await watched.close();
    await system.close();
    expect(watched.offences).toEqual([]);
  });
  afterAll(async () => {
    await browser?.close();
  });

  const region = (name: string | RegExp) =>
    page.getByRole('region', typeof name === 'string' ? { name, exact: true } : { name });
  /** Answers a change at this path, and everything else as a healthy system. */
  const answering = (method: string, path: string, body: object): Answers => {
    return (url, request) => (request.method === method && url.pathname === path ? [200, body] : healthy(url));
  };
  /** The request that an act of the reader causes. */
  async function caused(method: string, path: string, act: () => Promise<unknown>) {
    const [request] = await Promise.all([
      page.waitForRequest((each) => each.method() === method && new URL(each.url()).pathname === path),
      act(),
    ]);
    return request;
  }

  test('a definition is drawn with its weights, what is critical, and what is expected after what', async () => {
    await page.goto('/definitions');
    const order = region('Online order');
    await order.locator('.badge').filter({ hasText: 'v2 in force' }).waitFor();
    await order.locator('.badge').filter({ hasText: 'v3 waits' }).waitFor();
    const payment = order.getByRole('listitem').filter({ hasText: 'payment.approved' }).first();
    expect((await payment.allInnerTexts()).join()).toMatch(/Critical[\s\S]*Weight 2[\s\S]*Expectation 4\.5/);
    await order.getByText('≤ 3d after parcel.shipped').waitFor();
    await order.getByRole('link', { name: 'Its journeys' }).click();
    await page.waitForURL('**/journeys?type=order&last=all');
  });

  test('the form and the JSON say the same, and the API’s schema judges both as one types', async () => {
    await page.goto('/definitions?view=edit&of=order');
    const json = page.getByRole('textbox', { name: 'JSON' });
    await page.getByText('✓ The API would take it.').waitFor();
    await region('Form').getByLabel('Title').first().fill('Orders');
    expect(JSON.parse(await json.inputValue())).toMatchObject({
      type: 'order',
      title: 'Orders',
      completesOn: ['delivery.received'],
    });

    await json.fill((await json.inputValue()).replace('"weight": 4', '"weight": -4'));
    await region('JSON').getByText('touchpoints.payment.approved.weight').waitFor();
    expect(await page.getByRole('button', { name: 'Record this version' }).isDisabled()).toBe(true);
    await region('Form').getByText('payment.approved').first().click();
    await region('Form').getByRole('spinbutton', { name: 'Weight' }).first().fill('5');
    await page.getByText('✓ The API would take it.').waitFor();
    expect(JSON.parse(await json.inputValue()).touchpoints['payment.approved'].weight).toBe(5);

    await json.fill('{ "type": "order", ');
    await region('Form').getByText('once the JSON can be read').waitFor();
    await page.reload();
    // A draft outlives a reload of the page, until it is discarded.
    expect(await json.inputValue()).toBe('{ "type": "order", ');
    await page.getByRole('button', { name: 'Discard the draft' }).click();
    expect(JSON.parse(await json.inputValue()).title).toBe('Online order');
  });

  test('a step is moved, an expectation added, and the touchpoint taken out everywhere', async () => {
    await page.goto('/definitions?view=edit&of=order');
    const form = region('Form');
    const read = async () => JSON.parse(await page.getByRole('textbox', { name: 'JSON' }).inputValue());
    await form.getByText('parcel.shipped').first().click();
    await form.getByRole('button', { name: 'Earlier' }).first().click();
    expect((await read()).steps).toEqual(['order.placed', 'parcel.shipped', 'payment.approved', 'delivery.received']);
    await form.getByRole('button', { name: 'Add an expectation' }).click();
    expect((await read()).expects).toHaveLength(3);
    await form.getByRole('button', { name: 'Remove' }).first().click();
    const after = await read();
    expect(after.steps).toEqual(['order.placed', 'payment.approved', 'delivery.received']);
    expect(JSON.stringify(after)).not.toContain('parcel.shipped');
  });

  test('what was written is tried as it stands, and then recorded', async () => {
    system.answer(answering('POST', '/v1/trial', {}));
    await page.goto('/definitions?view=edit&of=order');
    await page.getByText('✓ The API would take it.').waitFor();
    await region('Form').getByLabel('Title').first().fill('Orders');
    const tried = await caused('POST', '/v1/trial', () =>
      page.getByRole('button', { name: 'Try it on all history' }).click(),
    );
    expect(tried.postDataJSON()).toMatchObject({ definitions: [{ type: 'order', title: 'Orders' }] });
    await page.waitForURL('**/definitions?*view=trial*');
    await page.getByText('Record the version of order that was tried').waitFor();
    system.answer(answering('PUT', '/v1/definitions/order', {}));
    const put = await caused('PUT', '/v1/definitions/order', () =>
      page.getByRole('button', { name: 'Record this version' }).click(),
    );
    expect(put.postDataJSON()).toMatchObject({ type: 'order', title: 'Orders' });
  });

  test('a refusal is told in the words of the API', async () => {
    system.answer((url, request) =>
      request.method === 'PUT'
        ? problem(422, 'no', 'The type is refund.', 'invalid_definition', {
            errors: [{ path: 'type', message: 'is refund' }],
          })
        : healthy(url),
    );
    await page.goto('/definitions?view=edit&of=order');
    await region('Form').getByLabel('Title').first().fill('Orders');
    await page.getByRole('button', { name: 'Record this version' }).click();
    await page.getByRole('alert').getByText('type is refund').waitFor();
  });

  test('a trial says who changes, by how much and why, and each opens', async () => {
    await page.goto('/definitions?view=trial');
    const journeys = region('Journeys that change most');
    await journeys.getByText('1 of 412').waitFor();
    await journeys.getByText('payment.approved −10.8 (70.0 → 42.0)').waitFor();
    await region('Customers that change most').getByText('Then: ').waitFor();
    await journeys.getByRole('link', { name: 'order-19221' }).click();
    await page.waitForURL('**/journeys/order-19221?customerId=c-19221');
  });

  test('the switch is a rebuild, whose progress is shown until the new version is in force', async () => {
    const running = {
      state: 'running',
      generation: 5,
      startedAt: null,
      finishedAt: null,
      position: '24000',
      target: '48000',
      comparison: null,
      error: null,
    };
    await page.goto('/definitions');
    const panel = region('Bring into force');
    await panel.getByText('order v3 waits for a rebuild').waitFor();
    system.answer((url) => (url.pathname === '/v1/rebuild' ? [200, running] : healthy(url)));
    await caused('POST', '/v1/rebuild', () => panel.getByRole('button', { name: 'Rebuild and switch' }).click());
    const bar = region('Being brought into force').getByRole('progressbar');
    await bar.waitFor();
    expect(await bar.getAttribute('value')).toBe('0.5');
  });

  test('two versions are compared value by value', async () => {
    await page.goto('/definitions?view=compare&of=order&version=3');
    const rows = region('3 differences').getByRole('row');
    await rows.nth(3).waitFor();
    const texts = (await rows.allInnerTexts()).map((text) => text.replace(/\s+/g, ' '));
    expect(texts).toEqual([
      'Part v2 v3',
      expect.stringMatching(/^touchpoints › payment\.approved › weight 2 4$/),
      expect.stringMatching(/^touchpoints › payment\.approved › expectation 4\.5 not there$/),
      expect.stringMatching(/^expects › 2 not there \{"after":"order\.placed"/),
    ]);
  });

  test('every event is accounted for by minute and source, and what is parked opens', async () => {
    await page.goto('/system');
    const minutes = region('By minute and source');
    await minutes.getByText('✓ Every event is accounted for').waitFor();
    expect(await minutes.getByRole('row').count()).toBe(13);
    const parked = minutes.getByRole('link', { name: '2', exact: true });
    await parked.click();
    await page.getByText('2 rows').waitFor();
    expect(await page.locator('[data-row]').count()).toBe(2);
    await page.goBack();
    // The page that one comes back to asks for its days again, so only the right request counts.
    const asked = page.waitForRequest((request) => {
      const { pathname, searchParams } = new URL(request.url());
      return pathname === '/v1/conservation' && searchParams.get('bucket') === '5m';
    });
    await minutes.getByText('5 min', { exact: true }).click();
    await asked;
  });

  test('a gap names its events and the customer', async () => {
    const gap = {
      source: '/shop',
      minute: '2026-03-14T08:20:00.000Z',
      gap: 1,
      found: 1,
      searched: 'whole',
      events: [{ fault: 'missing', id: 'e-7', customerId: 'maren.holm', position: '7' }],
    };
    system.answer((url) => {
      const [status, body] = healthy(url) as readonly [number, { totals: object }];
      if (url.pathname !== '/v1/conservation') return [status, body];
      return [status, { ...body, balanced: false, totals: { ...body.totals, gap: 1 }, gaps: [gap] }];
    });
    await page.goto('/system');
    await page.getByText('1 event is missing or too many.').waitFor();
    await page.getByText('missing in the read model').waitFor();
    await page.locator('.conservation-gaps').getByRole('link', { name: 'maren.holm' }).click();
    await page.waitForURL('**/customers/maren.holm*');
  });

  test('the lag of each part is told, lanes of Kafka too', async () => {
    await page.goto('/system');
    const parts = region('How far each part has come');
    const row = async (name: RegExp) =>
      (await parts.getByRole('row', { name }).allInnerTexts()).join().replace(/\s+/g, ' ');
    await parts.getByText('Lane 1').waitFor();
    expect(await row(/^Relay/)).toMatch(/48,210 3/);
    expect(await row(/^Read model/)).toMatch(/48,213 none/);
    expect(await row(/^Lane 1/)).toMatch(/3 messages/);
  });

  test('parked and rejected events are tried again, one or all, and what came of it is told', async () => {
    system.answer(answering('POST', '/v1/parked/retry', { asked: 1, position: '48300' }));
    await page.goto('/system?view=events');
    const one = await caused('POST', '/v1/parked/retry', () =>
      page.getByRole('button', { name: 'Try again' }).first().click(),
    );
    expect(one.postDataJSON()).toEqual({ positions: ['48100'] });
    await page.getByText('1 event is being tried again.').waitFor();
    await page.getByRole('button', { name: 'Rejected' }).click();
    await page.getByText('must be succeeded, failed or abandoned').waitFor();
    const came = { retried: 1, accepted: 1, duplicates: 0, conflicts: 0, rejected: 0, position: '48301' };
    system.answer(answering('POST', '/v1/rejected/retry', came));
    const all = await caused('POST', '/v1/rejected/retry', () =>
      page.getByRole('button', { name: 'Try all of them again' }).click(),
    );
    expect(all.postDataJSON()).toEqual({});
    await page.getByText('Of 1: 1 accepted').waitFor();
  });

  test('checks, audit and self-check are told; a loss is dismissed only by a second word', async () => {
    await page.goto('/system?view=checks');
    await region('Readiness').getByText('event store').waitFor();
    await region('Audit').getByText('1,204').waitFor();
    const lost = region('What a restore lost');
    await lost.getByText('12 events, 1 customers are gone.').waitFor();
    await lost.getByRole('button', { name: 'Dismiss' }).click();
    system.answer(answering('DELETE', '/v1/lost-history/4', { dismissed: 4 }));
    await caused('DELETE', '/v1/lost-history/4', () => lost.getByRole('button', { name: /for good/ }).click());
    await page.getByRole('button', { name: 'Check now' }).click();
    await region('Self-check').getByText('Answers differ from each other.').waitFor();
    await region('Self-check').getByRole('link', { name: 'order-19221' }).click();
    await page.waitForURL('**/journeys/order-19221?customerId=c-19221');
  });

  test('who may not administer is told so, and sees the rest', async () => {
    const admin = ['/v1/keys', '/v1/configuration', '/v1/trial', '/v1/rebuild'];
    system.answer((url) =>
      admin.includes(url.pathname)
        ? problem(403, 'no', 'The key reader has the scopes read.', 'forbidden')
        : healthy(url),
    );
    await page.goto('/system?view=access');
    await page.getByText('The key reader has the scopes read.').first().waitFor();
    await page.goto('/definitions');
    await region('Online order').waitFor();
  });

  test('a journey is shared with its customer: links are made, listed, opened and revoked', async () => {
    await page.goto('/journeys/order-19221');
    await page.getByRole('button', { name: 'Share with the customer' }).click();
    const dialog = page.getByRole('dialog', { name: 'A link for the customer' });
    await dialog.getByText('made by service-desk').waitFor();
    expect(await dialog.getByRole('textbox').inputValue()).toBe(
      `${system.url}/shared/Zm9ydHktdHdvLWJ5dGVzIQ.${'x'.repeat(43)}`,
    );
    expect(await faultsForEveryone(page)).toEqual([]);
    await dialog.getByLabel('In force for').selectOption('7 days');
    const path = '/v1/journeys/order-19221/share';
    system.answer(answering('POST', path, { id: 'b', path: 'shared/b.y' }));
    const made = await caused('POST', path, () => dialog.getByRole('button', { name: 'Make a link' }).click());
    expect(made.postDataJSON()).toEqual({ customerId: 'c-19221', expiresIn: 'P7D', timeZone: 'UTC' });
    const shared = '/v1/shares/Zm9ydHktdHdvLWJ5dGVzIQ';
    system.answer(answering('DELETE', shared, {}));
    await caused('DELETE', shared, () => dialog.getByRole('button', { name: 'Revoke' }).click());
    await page.keyboard.press('Escape');
    await dialog.waitFor({ state: 'detached' });
  });

  test('where links are not set up, the page says what the operator has to set', async () => {
    system.answer((url) =>
      url.pathname.endsWith('/shares')
        ? problem(403, 'no', 'Links for customers need SHARE_SECRET_FILE, which is not set here.', 'sharing_closed')
        : healthy(url),
    );
    await page.goto('/journeys/order-19221');
    await page.getByRole('button', { name: 'Share with the customer' }).click();
    await page.getByRole('dialog').getByText('need SHARE_SECRET_FILE, which is not set here').waitFor();
    expect(await page.getByRole('button', { name: 'Make a link' }).count()).toBe(0);
  });

  test('hostile names break nothing', async () => {
    const long = '<img src=x onerror=alert(1)>'.repeat(18);
    system.answer((url) => {
      const answer = healthy(url);
      if (answer === 'never' || !['/v1/definitions', '/v1/parked', '/v1/keys', '/v1/rejected'].includes(url.pathname))
        return answer;
      const text = JSON.stringify(answer[1])
        .replaceAll('order', long.replaceAll('"', ''))
        .replaceAll('maren.holm', 'مرحبا🙂'.repeat(60));
      return [200, JSON.parse(text)];
    });
    for (const path of ['/definitions', '/definitions?view=compare', '/system?view=events', '/system?view=access']) {
      await page.goto(path);
      await drawn(page, path);
      await page.setViewportSize({ width: 390, height: 844 });
      await fits(page, path);
      expect(await page.locator('main img').count()).toBe(0);
    }
  });
});
