import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createClient } from '@touchstone/client';
import { createLogger, readConfig } from '@touchstone/runtime';
import { type Running, startTouchstone } from '@touchstone/touchstone';
import { expect, it, onTestFinished } from 'vitest';
import { type EventStoreDbServer, startEventStoreDbServer } from '../eventstoredb-server/server.ts';
import { momentEvent } from '../kafka-broker/sample.ts';
import { programArguments } from '../programs/program.ts';
import { MAIN, runCommand } from './run-command.ts';

/** How often the copy is killed on its way. */
const KILLS = Number(process.env.COPY_KILLS ?? 2);
const CUSTOMERS = process.env.COPY_CUSTOMERS ?? '12';

const PAGE = readFileSync(new URL('../../docs/when-one-machine-is-no-longer-enough.md', import.meta.url), 'utf8');
/** The commands of the documentation page, each as its settings and its arguments. */
const COMMANDS = [...PAGE.matchAll(/^(\w+='[^']*' )?npx --yes pnpm@12 (.*)$/gm)].map(([, setting, rest]) => ({
  setting: setting?.trim().replaceAll("'", ''),
  words: rest!.split(' ').map((word) => word.replaceAll("'", '')),
}));

type Json = Record<string, unknown>;

async function started(data: string, environment: Record<string, string> = {}): Promise<Running> {
  const config = readConfig({ PORT: '0', CLOCK: 'log', TOUCHSTONE_DATA: data, ...environment });
  return startTouchstone(config, createLogger({ level: 'silent' }));
}

/** Removes members that differ between logs. */
const withoutPositions = (answer: unknown): unknown =>
  JSON.parse(
    JSON.stringify(answer, (name, value) => (/position|cursor|lag|generation/i.test(name) ? undefined : value)),
  );

/**
 * Answers to a page of queries, over lists and for every customer: as it is now, as it was, and as
 * it was known.
 */
async function answersOf({ url }: Running, position: string, known: readonly string[]): Promise<Json> {
  const client = createClient({ url });
  const answers: Json = {};
  const ask = async (path: string, query: Record<string, string | number> = {}) => {
    const answer = await client.get(path, query, { after: position }).catch((error: Error) => error.message);
    answers[`${path} ${JSON.stringify(query)}`] = withoutPositions(answer);
    return answer as { items: { id: string; customerId: string }[] };
  };
  for (const path of ['/v1/overview', '/v1/definitions', '/v1/touchpoints/failure-rates', '/v1/policy'])
    await ask(path);
  for (const path of ['/v1/promises', '/v1/trust-changes']) await ask(path, { limit: 500 });
  await ask('/v1/rejected', { limit: 500, resolved: 'true' });
  const customers = await ask('/v1/customers', { limit: 500, sort: 'id' });
  const journeys = await ask('/v1/journeys', { limit: 500 });
  const asOf = { asOf: '2025-03-01T00:00:00Z' };
  for (const { id } of customers.items) {
    for (const query of [{}, asOf, ...known.map((knownAt) => ({ ...asOf, knownAt }))])
      await ask(`/v1/customers/${id}`, query);
  }
  for (const { id, customerId } of journeys.items.slice(0, 12)) {
    for (const query of [{}, ...known.map((knownAt) => ({ knownAt }))])
      await ask(`/v1/journeys/${id}`, { customerId, ...query });
  }
  return answers;
}

/** Appends between two kills, so that a copy of some hundred events is killed several times. */
const APPENDS_A_KILL = Math.max(3, Math.floor(80 / (KILLS + 1)));

/** Runs a command, and kills it each time the server has accepted some appends. */
async function killedOnTheWay(args: readonly string[], { faults }: Pick<EventStoreDbServer, 'faults'>): Promise<void> {
  for (let kill = 0; kill < KILLS; kill++) {
    const child = spawn(process.execPath, [...programArguments(MAIN), ...args], { stdio: 'ignore' });
    let appends = 0;
    faults.append = ({ stream }) => {
      if (!stream.startsWith('touchstone-') && ++appends === APPENDS_A_KILL) child.kill('SIGKILL');
      return undefined;
    };
    const [, signal] = await once(child, 'exit');
    expect(signal).toBe('SIGKILL');
  }
  faults.append = undefined;
}

it('the page "When one machine is no longer enough": each command does what it says, and a log that went to EventStoreDB and back answers every question as before', async () => {
  const folder = mkdtempSync(join(tmpdir(), 'touchstone-copy-'));
  onTestFinished(() => rmSync(folder, { recursive: true, force: true }));
  const server = await startEventStoreDbServer();
  onTestFinished(() => server.stop());
  const data = join(folder, '.touchstone');
  const inPlace = (word: string) => word.replace(/^esdb:.*$/, server.url);
  const commands = COMMANDS.map(({ setting, words }) => ({ setting, words: words.map(inPlace) }));
  let system = await started(data);
  onTestFinished(() => system.stop());
  const touchstone = (words: readonly string[]) =>
    runCommand(words, { TOUCHSTONE_URL: system.url, TOUCHSTONE_DATA: data, INIT_CWD: folder });
  const next = () => {
    const { setting, words } = commands.shift()!;
    expect(words[0]).toBe(setting === undefined ? 'touchstone' : 'start');
    return { setting, run: () => touchstone(words.slice(1)) };
  };
  const publish = async (...events: readonly object[]) => {
    const answer = await fetch(`${system.url}/v1/events`, {
      method: 'POST',
      headers: { 'content-type': 'application/cloudevents-batch+json' },
      body: JSON.stringify(events),
    });
    return { status: answer.status, body: (await answer.json()) as Json };
  };

  const shop = await touchstone([
    'simulate',
    '--seed',
    '11',
    '--customers',
    CUSTOMERS,
    '--days',
    '120',
    '--from',
    '2025-01-01',
  ]);
  expect(shop.code, shop.err).toBe(0);
  const known = [new Date().toISOString()];
  const late = { ...momentEvent(1, 'late'), time: '2025-02-01T00:00:00Z' };
  const conflict = { ...late, data: { ...late.data, outcome: 'abandoned' } };
  expect((await publish(late, late, conflict, { ...late, id: 'bad', data: {} })).body).toMatchObject({
    accepted: 1,
    duplicates: 1,
    conflicts: 1,
    rejected: 1,
  });
  known.push(new Date().toISOString());

  await killedOnTheWay(['copy', '--from', data, '--to', server.url, '--no-seal'], server);
  expect((await next().run()).out).toContain('Nothing was sealed');
  const { body } = await publish({ ...momentEvent(2, 'late'), time: '2025-02-02T00:00:00Z' });
  const before = await answersOf(system, String(body.position), known);
  const asked = Object.values(before);
  // Customers who did not exist yet are not found; all others are answered.
  expect(asked.filter((answer) => typeof answer === 'object').length).toBeGreaterThan(50);
  expect(asked.filter((answer) => typeof answer === 'string' && !answer.includes('not_found'))).toEqual([]);

  const copying = next();
  const { out, err, code } = await copying.run();
  expect(code, err).toBe(0);
  expect(out).toMatch(/The copy is whole.*takes nothing more.*ADOPT_READ_MODEL_OF=/s);
  const refused = await publish(momentEvent(3, 'late'));
  expect(refused).toMatchObject({
    status: 503,
    body: { detail: expect.stringContaining(`esdb://127.0.0.1:${server.port}`) },
  });

  await system.stop();
  expect(next().setting).toMatch(/^EVENT_STORE_URL=esdb:/);
  system = await started(data, { EVENT_STORE_URL: server.url });
  const positionOf = async () => (await createClient({ url: system.url }).get('/v1/position')) as { log: string };
  expect(await answersOf(system, (await positionOf()).log, known)).toEqual(before);
  const doctor = await next().run();
  expect(doctor.out).toMatch(/conservation/);
  await system.stop();

  expect((await next().run()).out).toContain('takes events again');
  const back = next();
  expect((await back.run()).code).toBe(0);
  system = await started(join(folder, '.touchstone-back'));
  expect(await answersOf(system, (await positionOf()).log, known)).toEqual(before);
  expect((await publish(momentEvent(3, 'late'))).body).toMatchObject({ accepted: 1 });
  expect(commands).toEqual([]);
}, 600_000);
