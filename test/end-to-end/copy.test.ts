import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createLogger, readConfig } from '@touchstone/runtime';
import { type Running, startTouchstone } from '@touchstone/touchstone';
import { expect, it, onTestFinished } from 'vitest';
import { type EventStoreDbServer, startEventStoreDbServer } from '../eventstoredb-server/server.ts';
import { momentEvent } from '../kafka-broker/sample.ts';
import { programArguments } from '../programs/program.ts';
import { pageOfQuestions } from './page-of-questions.ts';
import { MAIN, runCommand } from './run-command.ts';

/** How often the copy is killed on its way. */
const KILLS = Number(process.env.COPY_KILLS ?? 2);
/**
 * The shop whose log is copied; `pnpm touchstone simulate` makes one of 300 customers and 450 days.
 */
const CUSTOMERS = process.env.COPY_CUSTOMERS ?? '16';
const DAYS = process.env.COPY_DAYS ?? '120';
const PATIENCE_MS = (process.env.COPY_CUSTOMERS === undefined ? 10 : 60) * 60_000;
/** Customers, and journeys, that are asked for one by one. */
const SINGLES = Number(process.env.COPY_SINGLES ?? 4);

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

/** Appends between two kills, so that a copy of some hundred events is killed several times. */
const APPENDS_A_KILL = Math.max(3, Math.floor(80 / (KILLS + 1)));

/** Runs a command, and presses Ctrl-C once the server has accepted some appends. */
async function stoppedOnTheWay(args: readonly string[], { faults }: Pick<EventStoreDbServer, 'faults'>) {
  let appends = 0;
  let stop = () => {};
  faults.append = ({ stream }) => {
    if (!stream.startsWith('touchstone-') && ++appends === APPENDS_A_KILL) stop();
    return undefined;
  };
  const ended = await runCommand(args, {}, undefined, (press) => {
    stop = press;
  });
  faults.append = undefined;
  return ended;
}

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

it(
  'the page "When one machine is no longer enough": each command does what it says, and a log that went to EventStoreDB and back answers every question as before',
  async () => {
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

    const answers = () => pageOfQuestions({ url: system.url, singlesMax: SINGLES });

    const shop = await touchstone([
      'simulate',
      '--seed',
      '11',
      '--customers',
      CUSTOMERS,
      '--days',
      DAYS,
      '--from',
      '2025-01-01',
    ]);
    expect(shop.code, shop.err).toBe(0);
    const late = { ...momentEvent(1, 'late'), time: '2025-02-01T00:00:00Z' };
    const conflict = { ...late, data: { ...late.data, outcome: 'abandoned' } };
    expect((await publish(late, late, conflict, { ...late, id: 'bad', data: {} })).body).toMatchObject({
      accepted: 1,
      duplicates: 1,
      conflicts: 1,
      rejected: 1,
    });
    const stopped = await stoppedOnTheWay(['copy', '--from', data, '--to', server.url], server);
    expect(stopped).toMatchObject({ code: 130, out: '' });
    expect(stopped.err).toMatch(/Stopping after the append that is under way.*Stopped\. .* goes on from here/s);
    expect((await publish({ ...late, id: 'as-before' })).body).toMatchObject({ accepted: 1 });
    await killedOnTheWay(['copy', '--from', data, '--to', server.url, '--no-seal'], server);
    expect((await next().run()).out).toContain('Nothing was sealed');
    await publish({ ...momentEvent(2, 'late'), time: '2025-02-02T00:00:00Z' });
    const before = await answers();
    expect([...before.values()].filter((answer) => typeof answer === 'object').length).toBeGreaterThan(60);

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
    expect(await answers()).toEqual(before);
    const doctor = await next().run();
    expect(doctor.out).toMatch(/conservation/);
    await system.stop();

    expect((await next().run()).out).toContain('takes events again');
    const back = next();
    expect((await back.run()).code).toBe(0);
    system = await started(join(folder, '.touchstone-back'));
    expect(await answers()).toEqual(before);
    expect((await publish(momentEvent(3, 'late'))).body).toMatchObject({ accepted: 1 });
    expect(commands).toEqual([]);
  },
  PATIENCE_MS,
);
