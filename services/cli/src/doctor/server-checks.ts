import { existsSync } from 'node:fs';
import { openEventStore } from '@touchstone/event-store';
import { openClickHouse, openReadModels, ReadModelError } from '@touchstone/read-models';
import {
  type Config,
  type ConfiguredServer,
  configuredServers,
  troubleWith,
  urlWithoutSecrets,
} from '@touchstone/runtime';
import { z } from 'zod';
import { bad, type Check, good, unknown } from './check.ts';

/** Connects to each configured server and queries it. */
export async function serverChecks(config: Config): Promise<Check[]> {
  const { eventStore, clickhouse, kafka } = configuredServers(config);
  const checks: Check[] = [];
  if (eventStore !== undefined && config.eventStore.scheme === 'esdb') {
    const { url } = config.eventStore;
    checks.push(await serverCheck(eventStore, url, () => askEventStore(url)));
  }
  if (clickhouse !== undefined && config.clickhouse.scheme === 'http') {
    const { url } = config.clickhouse;
    checks.push(await serverCheck(clickhouse, url, () => askClickHouse(url)));
  }
  // The first start tries its name and password, because the doctor has no Kafka client.
  if (kafka !== undefined)
    checks.push(await serverCheck(kafka, config.kafkaUrl!, async () => 'somebody answers there'));
  return checks;
}

/**
 * Looks first for faults (such as an unknown host) that waiting for an answer would only report
 * later.
 */
async function serverCheck(server: ConfiguredServer, url: string, ask: () => Promise<string>): Promise<Check> {
  const what = `${server.name} at ${urlWithoutSecrets(url)}`;
  const trouble = await troubleWith(server);
  if (trouble !== undefined) return badInWords(what, trouble.words);
  try {
    return good(what, await ask());
  } catch (error) {
    return badInWords(what, (error as Error).message);
  }
}

const TO_DO = ' What to do: ';

/** Splits off the sentence that says what to do. */
function badInWords(what: string, words: string): Check {
  const at = words.indexOf(TO_DO);
  if (at === -1) return bad(what, words, 'Mend it, or what names it in the configuration.');
  const doing = words.slice(at + TO_DO.length);
  return bad(what, words.slice(0, at), doing.charAt(0).toUpperCase() + doing.slice(1));
}

async function askEventStore(url: string): Promise<string> {
  const store = await openEventStore(url);
  try {
    return `lets us in; its log ends at position ${await store.head()}`;
  } finally {
    await store.close();
  }
}

async function askClickHouse(url: string): Promise<string> {
  const clickhouse = await openClickHouse(url);
  try {
    const [row] = await clickhouse.query('SELECT version() AS version', {}, z.object({ version: z.string() }));
    return `lets us in; version ${row?.version}`;
  } finally {
    await clickhouse.close();
  }
}

const REBUILD = 'Start the system: it fills the rows anew from the log. Nothing of the log is lost by that.';

/**
 * Opens the embedded read model briefly if no system is running, which finds a lock, damage and
 * missing rows.
 */
export async function readModelCheck({ clickhouse }: Config): Promise<Check> {
  const what = 'read model';
  if (clickhouse.scheme !== 'chdb') return unknown(what, urlWithoutSecrets(clickhouse.url));
  const folder = clickhouse.path;
  if (!existsSync(folder)) return unknown(what, `${folder} does not exist yet; it is filled from the log`);
  try {
    const readModels = await openReadModels(`chdb:${folder}`);
    try {
      const current = await readModels.currentGeneration();
      if (current === null) return unknown(what, `${folder} holds no rows yet; it is filled from the log`);
      const { isWhole, faults } = await readModels.verify(current.number);
      return isWhole
        ? good(what, `${folder}, rows up to position ${await readModels.projected(current.number)}`)
        : bad(what, `${folder} has lost rows: ${faults.join('; ')}`, REBUILD);
    } finally {
      await readModels.close();
    }
  } catch (error) {
    const isLocked = error instanceof ReadModelError && error.code === 'locked';
    const advice = isLocked
      ? 'A system has it open but does not answer at --url: give the url it really has.'
      : REBUILD;
    return bad(what, (error as Error).message, advice);
  }
}
