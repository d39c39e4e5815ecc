import { writeFile } from 'node:fs/promises';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { runCommand } from './run-command.ts';
import { startTrialShop, stricter, type TrialShop } from './trial-shop.ts';

let shop: TrialShop;

beforeAll(async () => {
  shop = await startTrialShop();
  await writeFile(join(shop.folder, 'stricter.json'), JSON.stringify(stricter));
  await writeFile(join(shop.folder, 'bad.json'), JSON.stringify({ vetoCap: 101 }));
}, 300_000);
afterAll(() => shop?.remove());

const touchstone = (args: string[], url = shop.system.url, onError?: (text: string, stop: () => void) => void) =>
  runCommand(args, { TOUCHSTONE_URL: url, INIT_CWD: shop.folder }, onError);

describe('on the command line', () => {
  it('a trial is a few tables to read, and a rebuild then does what it said', async () => {
    const { code, out, err } = await touchstone(['trial', '--definitions', 'stricter.json', '--limit', '3']);
    expect({ code, err }).toMatchObject({ code: 0, err: expect.stringContaining('trial 100%') });
    for (const words of [
      'defined otherwise: order, support',
      'Customers by trust stage',
      'Journeys by level',
      'veto',
      'Nothing was changed',
    ]) {
      expect(out).toContain(words);
    }
    expect(await touchstone(['trial', '--policy', 'bad.json'])).toMatchObject({
      code: 1,
      err: expect.stringContaining('vetoCap'),
    });
    const trial = JSON.parse((await touchstone(['trial', '--definitions', 'stricter.json', '--json'])).out);

    const rebuilt = await touchstone(['rebuild', '--definitions', 'stricter.json', '--json']);
    expect(rebuilt.code).toBe(0);
    const status = JSON.parse(rebuilt.out.split('\n').at(-2)!);
    expect(status.comparison).toMatchObject({ verdict: 'measured-otherwise', faultsBefore: [], faultsAfter: [] });
    expect(status.comparison.journeys.scoreChanged).toBe(trial.comparison.journeys.scoreChanged);
    const again = await touchstone(['rebuild']);
    expect(again).toMatchObject({ code: 0, out: expect.stringContaining('Nothing differs from the old read model') });
  }, 300_000);

  it('Ctrl-C cancels the trial in the system', async () => {
    const asked: string[] = [];
    // A system whose trial never ends by itself.
    const endless = createServer((request, answer) => {
      asked.push(`${request.method} ${request.url}`);
      answer.setHeader('content-type', 'application/json');
      const state = request.method === 'DELETE' ? 'cancelled' : 'running';
      const times = { startedAt: '2026-03-01T09:30:00.000Z', finishedAt: null };
      const progress = { phase: 'filling', position: '50', target: '100' };
      answer.end(JSON.stringify({ state, ...times, ...progress, error: null, report: null }));
    });
    await new Promise<void>((resolve) => endless.listen(0, '127.0.0.1', resolve));
    const url = `http://127.0.0.1:${(endless.address() as AddressInfo).port}`;
    let isStopped = false;
    const { code } = await touchstone(['trial', '--definitions', 'stricter.json'], url, (told, stop) => {
      if (isStopped || !told.includes('trial 40%')) return;
      isStopped = true;
      stop();
    });
    await new Promise((resolve) => endless.close(resolve));
    expect(code).toBe(130);
    expect(asked[0]).toBe('POST /v1/trial');
    expect(asked.at(-1)).toBe('DELETE /v1/trial');
  });
});
