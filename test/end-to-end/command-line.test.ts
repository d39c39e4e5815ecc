import { existsSync } from 'node:fs';
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { gunzipSync } from 'node:zlib';
import { createClient } from '@touchstone/client';
import { shopDefinitions } from '@touchstone/demo-shop';
import { createLogger, readConfig } from '@touchstone/runtime';
import { type Running, startTouchstone } from '@touchstone/touchstone';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { runCommand } from './run-command.ts';

/** Runs the commands as a user types them, against a whole system. */

let folder: string;
let system: Running;

const start = () => {
  const config = readConfig({ PORT: '0', TOUCHSTONE_DATA: join(folder, 'data'), CLOCK: 'log' });
  return startTouchstone(config, createLogger({ level: 'error' }));
};

beforeAll(async () => {
  // The system's own process sets the same, so that no other user may read its files.
  process.umask(0o077);
  folder = await mkdtemp(join(tmpdir(), 'touchstone-command-line-'));
  system = await start();
});
afterAll(async () => {
  await system?.stop();
  await rm(folder, { recursive: true, force: true });
});

const touchstone = (args: string[], onError?: (text: string, stop: () => void) => void) =>
  runCommand(args, { TOUCHSTONE_URL: system.url, TOUCHSTONE_DATA: join(folder, 'data'), INIT_CWD: folder }, onError);

/** An answer without positions, which differ between logs. */
const withoutPositions = (answer: unknown) =>
  JSON.parse(
    JSON.stringify(answer, (name, value) =>
      /position|cursor|lag|generation|recorded/i.test(name) ? undefined : value,
    ),
  );

const SHOP = ['--seed', '11', '--customers', '150', '--days', '400', '--from', '2025-01-01'];

// Each command starts a process, which takes seconds on an idle machine, and some tests run
// several.
describe('the command line', { timeout: 300_000 }, () => {
  it('puts definitions and brings them into force with a rebuild', async () => {
    await writeFile(join(folder, 'shop.json'), JSON.stringify(shopDefinitions));
    expect(await touchstone(['rebuild', '--definitions', 'shop.json'])).toMatchObject({
      code: 0,
      out: expect.stringContaining('Rebuilt: the new read model answers now.'),
    });
    const { out } = await touchstone(['definitions']);
    expect(out).toMatch(/order +1 +in-force/);
  });

  it('imports a file, stops at Ctrl-C, goes on where it stopped, and loses and doubles nothing', async () => {
    const written = await touchstone(['simulate', ...SHOP, '--out', 'shop.ndjson', '--json']);
    const { events } = JSON.parse(written.out) as { events: number };
    let isStopped = false;
    const stopped = await touchstone(['import', 'shop.ndjson', '--json'], (told, stop) => {
      if (isStopped || !told.includes('%')) return;
      isStopped = true;
      stop();
    });
    expect(stopped.code).toBe(130);
    const first = JSON.parse(stopped.out) as { outcome: string; counts: { accepted: number } };
    expect(first.outcome).toBe('interrupted');
    expect(first.counts.accepted).toBeLessThan(events);

    const second = await touchstone(['import', 'shop.ndjson', '--json']);
    expect(second.code).toBe(0);
    expect(JSON.parse(second.out)).toMatchObject({
      outcome: 'done',
      resumedAfter: first.counts.accepted,
      counts: { accepted: events, duplicates: 0 },
    });
    const repeated = await touchstone(['simulate', ...SHOP, '--json']);
    expect(JSON.parse(repeated.out)).toMatchObject({ accepted: 0, duplicates: events, conflicts: 0 });
  });

  it('tries an objective on imported history, and puts it with a heartbeat', async () => {
    const objective = { touchpoint: 'delivery.received', objective: 0.9, minFailures: 3 };
    const heartbeat = { touchpoint: 'order.placed', silentAfter: 'P2D' };
    await writeFile(join(folder, 'objective.json'), JSON.stringify(objective));
    const span = ['--from', '2025-03-01T00:00:00Z', '--to', '2025-12-01T00:00:00Z', '--clock', 'event'];
    expect(await touchstone(['backtest', 'objective.json', ...span])).toMatchObject({
      code: 0,
      out: expect.stringMatching(/\d alerts a week; page [\d,]+ min, ticket [\d,]+ min; [\d.]+% of the budget spent/),
    });
    const rules = { objectives: { delivery: objective }, heartbeats: { orders: heartbeat } };
    await writeFile(join(folder, 'rules.json'), JSON.stringify(rules));
    expect((await touchstone(['alerts', 'put', 'rules.json'])).out).toMatch(
      /delivery of .*: version 1, in force from 20/,
    );
    expect((await touchstone(['objectives'])).out).toMatch(/delivery +delivery\.received +0\.9 /);
  });

  it('exports the log, running or stopped, goes on at Ctrl-C, and an import of it elsewhere has the same figures', async () => {
    const [plainFile, packed, rest] = ['log.ndjson', 'packed.ndjson.gz', 'rest.ndjson'].map((name) =>
      join(folder, name),
    );
    const whole = await touchstone(['export', 'log.ndjson', '--json']);
    expect(whole.code).toBe(0);
    const { events, outcome } = JSON.parse(whole.out) as { events: number; outcome: string };
    expect(outcome).toBe('done');
    let isStopped = false;
    const stopped = await touchstone(['export', 'packed.ndjson.gz', '--json'], (told, stop) => {
      if (isStopped || !told.includes('%')) return;
      isStopped = true;
      stop();
    });
    expect([0, 130]).toContain(stopped.code);
    expect((await touchstone(['export', 'packed.ndjson.gz'])).code).toBe(0);
    const lines = await readFile(plainFile!, 'utf8');
    expect(lines.split('\n')).toHaveLength(events + 1);
    expect(gunzipSync(await readFile(packed!)).toString()).toBe(lines);

    const rows = await touchstone(['export', 'journeys', 'journeys.csv.gz', '--where', 'status=completed', '--json']);
    expect(rows.code, rows.err).toBe(0);
    expect(JSON.parse(rows.out)).toMatchObject({ rows: 'journeys', position: expect.stringMatching(/^\d+$/) });
    const journeys = gunzipSync(await readFile(join(folder, 'journeys.csv.gz'))).toString();
    expect(journeys).toMatch(/^id,customerId,type,status,[\w,]+\r\n"[^\n]+"completed"/);
    const twice = await touchstone(['export', 'journeys', 'journeys.csv.gz']);
    expect(twice).toMatchObject({ code: 1, err: expect.stringContaining('exists already') });
    const wrong = await touchstone(['export', 'customers', 'customers.parquet', '--where', 'colour=red']);
    expect(wrong).toMatchObject({ code: 1, err: expect.stringContaining('colour') });
    expect(existsSync(join(folder, 'customers.parquet.partial'))).toBe(false);

    const paths = ['overview', 'customers', 'journeys', 'promises', 'trust-changes'].map((name) => `/v1/${name}`);
    const answersOf = async (url: string, after?: string) => {
      const client = createClient({ url });
      const query = (path: string) => (path === '/v1/overview' ? {} : { limit: 500 });
      return Promise.all(paths.map(async (path) => withoutPositions(await client.get(path, query(path), { after }))));
    };
    const here = await answersOf(system.url);
    const beside = await touchstone(['verify']);
    expect(beside).toMatchObject({ code: 0, out: expect.stringMatching(/beside the process[\s\S]*Everything holds/) });
    expect(await touchstone(['verify', '--full'])).toMatchObject({ code: 1, err: expect.stringContaining('stop it') });
    // A process can have one read model open at a time.
    await system.stop();
    expect((await touchstone(['export', 'rest.ndjson'])).code).toBe(0);
    expect(await readFile(rest!, 'utf8')).toBe(lines);
    const full = await touchstone(['verify', '--full', '--json']);
    expect(full.code, full.err).toBe(0);
    expect(JSON.parse(full.out)).toMatchObject({ customers: 150, passedOver: 0, differences: { count: 0 } });
    const definitions = await Promise.all(
      ['log', 'rest'].map((name) => readFile(join(folder, `${name}.definitions.json`), 'utf8')),
    );
    expect(JSON.parse(definitions[1]!)).toEqual(expect.arrayContaining(JSON.parse(definitions[0]!)));
    const rules = ['log', 'rest'].map((name) => readFile(join(folder, `${name}.alerts.json`), 'utf8'));
    const [running, stoppedRules] = (await Promise.all(rules)).map((text) => JSON.parse(text));
    expect(running).toMatchObject({ objectives: { delivery: { minFailures: 3 } }, heartbeats: { orders: {} } });
    expect(stoppedRules).toEqual(running);

    const data = join(folder, 'elsewhere');
    const elsewhere = await startTouchstone(
      readConfig({ PORT: '0', TOUCHSTONE_DATA: data, CLOCK: 'log' }),
      createLogger({ level: 'error' }),
    );
    const there = { TOUCHSTONE_URL: elsewhere.url, TOUCHSTONE_DATA: data, INIT_CWD: folder };
    try {
      expect((await runCommand(['definitions', 'put', 'log.definitions.json'], there)).code).toBe(0);
      const imported = await runCommand(['import', 'packed.ndjson.gz', '--json'], there);
      const { counts, position } = JSON.parse(imported.out) as { counts: object; position: string };
      expect(counts).toMatchObject({ accepted: events, duplicates: 0, conflicts: 0, rejected: 0 });
      expect(await answersOf(elsewhere.url, position)).toEqual(here);
    } finally {
      await elsewhere.stop();
      system = await start();
    }
  });

  it('an import goes on past rows of a time to come, ends with 2, and says how many they were and why', async () => {
    const row = (id: string, time: string) =>
      JSON.stringify({
        specversion: '1.0',
        id,
        source: 'test',
        type: 'touchstone.referral.made.v1',
        subject: 'eva',
        time,
        data: {},
      });
    const ahead = Array.from({ length: 600 }, (_, n) => row(`ahead-${n}`, '2190-01-01T00:00:00Z'));
    const rows = [row('past', '2025-03-01T00:00:00Z'), ...ahead, row('past-too', '2025-03-02T00:00:00Z')];
    await writeFile(join(folder, 'ahead.ndjson'), rows.join('\n'));
    const { code, out, err } = await touchstone(['import', 'ahead.ndjson']);
    expect(code).toBe(2);
    expect(out).toContain('accepted 2, duplicates 0, conflicts 0, rejected 600');
    expect(out).toContain('600 time_in_future');
    expect(err).toMatch(/ahead\.ndjson:2.*rejected: time is later than/);
    // Here the product's now is the greatest time in the log, and no customer was aged.
    const overview = (await createClient({ url: system.url }).get('/v1/overview')) as { readonly now: string };
    expect(Date.parse(overview.now)).toBeLessThanOrEqual(Date.now());
  });

  it('names each bad line, ends with 2, and keeps what the system refused', async () => {
    const good = {
      specversion: '1.0',
      source: 'test',
      type: 'touchstone.referral.made.v1',
      time: '2025-03-01T00:00:00Z',
      data: {},
    };
    const lines = [
      { ...good, id: '1', subject: 'ada' },
      { ...good, id: '2' },
    ].map((event) => JSON.stringify(event));
    await writeFile(join(folder, 'mixed.ndjson'), [...lines, '{"broken'].join('\n'));
    const { code, out, err } = await touchstone(['import', 'mixed.ndjson']);
    expect(code).toBe(2);
    expect(err).toContain('mixed.ndjson:2: rejected: subject must be the customer id');
    expect(err).toContain('mixed.ndjson:3: is not JSON');
    expect(out).toContain('accepted 1, duplicates 0, conflicts 0, rejected 1');
    expect(await readFile(join(folder, 'mixed.ndjson.rejected.ndjson'), 'utf8')).toContain('"line":3');
  });

  it('shows a journey with how its score comes about, and a customer with what is missing for the next stage', async () => {
    const client = createClient({ url: system.url });
    const { items } = (await client.get('/v1/journeys', { type: 'order', status: 'completed', limit: 1 })) as {
      items: { id: string; customerId: string; score: number }[];
    };
    const [{ id, customerId, score }] = items as [(typeof items)[0]];
    const journey = await touchstone(['journey', id]);
    expect(journey.code).toBe(0);
    expect(journey.out).toContain(`${id}  Online order of customer ${customerId}`);
    expect(journey.out).toMatch(new RegExp(`\\n +score +${score.toFixed(1)}`));
    expect(journey.out).toMatch(/Delivery delivery\.received +(above expectation|as expected|below expectation)/);

    const customer = await touchstone(['customer', customerId]);
    expect(customer.out).toContain(customerId);
    expect(customer.out).toMatch(/Missing for|highest stage|Nothing is missing/);
    const then = await touchstone(['customer', customerId, '--as-of', '2024-12-31T00:00:00Z']);
    expect(then).toMatchObject({ code: 1, err: expect.stringContaining('not_found') });
  });

  it('says what to do when nothing answers, and of every mistake in the command', async () => {
    const nobody = await touchstone(['customer', 'ada', '--url', 'http://127.0.0.1:9']);
    expect(nobody.code).toBe(1);
    expect(nobody.err).toContain('Start the system (npx --yes pnpm@12 start), or name another with --url');
    expect(nobody.err).not.toContain('    at ');
    const table = await touchstone(['import', 'table.csv']);
    expect(table.err).toContain('does not exist');
    const typo = await touchstone(['custmer', 'ada']);
    expect(typo.err).toContain('Did you mean customer?');
    const key = await touchstone(['key', 'shop', '--scopes', 'write']);
    expect(key.err).toContain('Unknown scope write; there are publish, read, admin.');
  });

  it('finds all well on a machine where the system runs', async () => {
    const { code, out } = await touchstone(['doctor', '--json']);
    const checks = JSON.parse(out) as { what: string; state: string; found: string }[];
    expect(checks.filter(({ state }) => state === 'bad')).toEqual([]);
    expect(checks.find(({ what }) => what === 'conservation')).toMatchObject({ state: 'good' });
    expect(code).toBe(0);
  });
});
